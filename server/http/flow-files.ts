import { FlowError } from '../../shared/errors.ts';
import { flowFileName, toFlowFile } from '../../shared/flow-file.ts';
import { readFlowFile, writeFlowFile } from './flow-file-text.ts';
import type { HttpParts } from './parts.ts';
import type { Handlers } from './route.ts';

export function flowFileRoutes({ flows, events }: HttpParts): Pick<Handlers, 'getFlowFile' | 'importFlow'> {
  return {
    async getFlowFile({ params: { id }, query: { format, version } }) {
      const flow = await flows.get(id);
      if (!flow) throw new FlowError('NOT_FOUND', { what: 'flow', id });
      if (version === undefined) return { fileName: flowFileName(flow.name, format), text: writeFlowFile(toFlowFile(flow), format) };
      const deployed = await flows.version(id, version);
      if (!deployed) throw new FlowError('NOT_FOUND', { what: 'version of the flow', id: String(version) });
      const text = writeFlowFile(toFlowFile({ ...flow, draft: deployed.document }), format);
      return { fileName: flowFileName(`${flow.name} v${version}`, format), text };
    },

    async importFlow({ body: { text, isDryRun } }) {
      const { flow, problems } = readFlowFile(text);
      const created = flow && !isDryRun ? await flows.create(flow) : undefined;
      if (created) events.publish({ kind: 'flow', id: created.id });
      return { problems, name: flow?.name ?? null, flowId: created?.id ?? null };
    },
  };
}
