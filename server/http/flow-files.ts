import type { ImportedFile } from '../../shared/api/flow-files.ts';
import { FlowError } from '../../shared/errors.ts';
import { flowFileSchemaDocument } from '../../shared/flow-file-schema.ts';
import { toFile, type FileProblem, type FlowContent } from '../../shared/flow-file.ts';
import type { ImportedFlow } from '../ports/flows.ts';
import { safeFileName } from './downloads.ts';
import { readText, writeText } from './flow-file-text.ts';
import type { HttpParts } from './parts.ts';
import type { Handlers } from './route.ts';
import { findUnstorable } from './storable.ts';
import { nameOf, visitorOf } from './visitor.ts';

interface ReadFile {
  fileName: string;
  flow: FlowContent | undefined;
  problems: FileProblem[];
}

export function flowFileRoutes({ flows, events }: HttpParts): Pick<Handlers, 'exportFlow' | 'importFlows' | 'getFlowSchema'> {
  const schema = flowFileSchemaDocument();
  return {
    async exportFlow({ params: { id }, query: { format } }) {
      const flow = await flows.get(id);
      if (!flow) throw new FlowError('NOT_FOUND', { what: 'flow', id });
      return { fileName: safeFileName(`${flow.name}.${format}`), text: writeText(toFile(flow), format) };
    },

    async importFlows({ body: { files, match, isDryRun }, request }) {
      const read = sameNames(
        files.map(({ fileName, text }) => readFile(fileName, text)),
        match,
      );
      const whole = read.flatMap(({ flow }) => (flow ? [flow] : []));
      const isFit = whole.length === read.length;
      const imported = await flows.importAll(whole, { match, by: nameOf(visitorOf(request)), isDryRun: isDryRun || !isFit });
      const isDone = isFit && !isDryRun;
      if (isDone) for (const { flowId } of imported) if (flowId !== null) events.publish({ kind: 'flow', id: flowId });
      const byFlow = new Map(whole.map((flow, index) => [flow, imported[index]]));
      return { isDone, files: read.map((file) => present(file, file.flow && byFlow.get(file.flow))) };
    },

    getFlowSchema: () => Promise.resolve(schema),
  };
}

function readFile(fileName: string, text: string): ReadFile {
  const { flow, problems } = readText(text);
  const unstorable = flow && findUnstorable(flow);
  if (!unstorable) return { fileName, flow, problems };
  const problem: FileProblem = {
    path: unstorable.path,
    level: 'error',
    code: 'FILE_INVALID',
    message: `${unstorable.path}: ${unstorable.message}.`,
    remedy: 'Correct it in the file.',
  };
  return { fileName, flow: undefined, problems: [...problems, problem] };
}

/** Where flows are found by their names, a second file of one name would undo what the first does. */
function sameNames(files: ReadFile[], match: 'name' | 'never'): ReadFile[] {
  const seen = new Map<string, string>();
  return files.map((file) => {
    const name = file.flow?.name;
    const other = name === undefined || match === 'never' ? undefined : seen.get(name);
    if (name !== undefined && other === undefined) seen.set(name, file.fileName);
    if (other === undefined) return file;
    const problem: FileProblem = {
      path: 'name',
      level: 'error',
      code: 'FILE_NAME_TWICE',
      message: `'${name}' is also the name of the flow in ${other}.`,
      remedy: 'Give one of the two another name.',
    };
    return { ...file, flow: undefined, problems: [...file.problems, problem] };
  });
}

function present({ fileName, flow, problems }: ReadFile, imported: ImportedFlow | undefined): ImportedFile {
  return { fileName, name: flow?.name ?? null, problems, action: imported?.action ?? null, flowId: imported?.flowId ?? null };
}
