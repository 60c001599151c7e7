import { changesBetween } from '../../shared/changes.ts';
import { FlowError } from '../../shared/errors.ts';
import type { DeploymentRow, FlowRow } from '../ports/flows.ts';
import { checkDraft, deployFlow, deployVersion } from '../runtime/deploy.ts';
import { deploymentView } from './deployments.ts';
import type { HttpParts } from './parts.ts';
import { presentFlow, presentFlowSummary, presentKeptDraft, presentVersion } from './present.ts';
import type { Handlers } from './route.ts';
import { nameOf, visitorOf } from './visitor.ts';

export function flowRoutes(
  parts: HttpParts,
): Pick<
  Handlers,
  | 'listFlows'
  | 'createFlow'
  | 'getFlow'
  | 'saveFlow'
  | 'deleteFlow'
  | 'checkFlow'
  | 'deployFlow'
  | 'undeployFlow'
  | 'pollNow'
  | 'getVersion'
  | 'listVersions'
  | 'listKeptDrafts'
  | 'keepDraft'
  | 'deployVersion'
> {
  const { flows, deployments, events } = parts;

  async function existing(id: string): Promise<FlowRow> {
    const flow = await flows.get(id);
    if (!flow) throw new FlowError('NOT_FOUND', { what: 'flow', id });
    return flow;
  }

  async function deployed(id: string): Promise<DeploymentRow> {
    const deployment = await deployments.get(id);
    if (!deployment) throw new FlowError('FLOW_NOT_DEPLOYED', { flow: (await existing(id)).name });
    return deployment;
  }

  async function view(flow: FlowRow) {
    const deployment = await deployments.get(flow.id);
    if (!deployment) return presentFlow(flow, null, undefined);
    const [shown, version] = await Promise.all([deploymentView(parts, deployment), flows.version(flow.id, deployment.version)]);
    return presentFlow(flow, shown, version);
  }

  return {
    async listFlows() {
      const [rows, deploymentRows] = await Promise.all([flows.list(), deployments.list()]);
      const byFlow = new Map(deploymentRows.map((deployment) => [deployment.flowId, deployment]));
      const items = rows.map(async (flow) => {
        const deployment = byFlow.get(flow.id);
        const version = deployment && (await flows.version(flow.id, deployment.version));
        return presentFlowSummary(flow, deployment, version !== undefined && changesBetween(version.document, flow.draft).count === 0);
      });
      return { items: await Promise.all(items), nextCursor: null };
    },

    async createFlow({ body }) {
      const flow = await flows.create(body);
      events.publish({ kind: 'flow', id: flow.id });
      return view(flow);
    },

    getFlow: async ({ params }) => view(await existing(params.id)),

    async saveFlow({ params: { id }, body: { revision, keepsOther, ...change }, request }) {
      const saved = await flows.save(id, revision, change, keepsOther ? nameOf(visitorOf(request)) : undefined);
      if (!saved) throw new FlowError('FLOW_CHANGED_ELSEWHERE', { revision: (await existing(id)).revision });
      events.publish({ kind: 'flow', id });
      return view(saved);
    },

    async deleteFlow({ params: { id }, note }) {
      const flow = await existing(id);
      note({ name: flow.name });
      if (await deployments.get(id)) throw new FlowError('FLOW_STILL_DEPLOYED', { flow: flow.name });
      await flows.remove(id);
      events.publish({ kind: 'flow', id });
      return null;
    },

    checkFlow: async ({ params }) => ({ problems: await checkDraft(parts, params.id) }),

    async deployFlow({ params, body, request, note }) {
      note({ before: { version: (await deployments.get(params.id))?.version ?? null } });
      const deployment = await deployFlow(parts, params.id, { ...body, by: nameOf(visitorOf(request)) });
      note({ name: deployment.flowName, after: { version: deployment.version, note: body.note } });
      return deploymentView(parts, deployment);
    },

    async undeployFlow({ params: { id }, note }) {
      const { version } = await deployed(id);
      note({ before: { version } });
      await deployments.stop(id);
      events.publish({ kind: 'deployment', id });
      return null;
    },

    async pollNow({ params: { id } }) {
      await deployed(id);
      await deployments.pollNow(id);
      return null;
    },

    async getVersion({ params }) {
      const found = await flows.version(params.id, params.version);
      if (!found) throw new FlowError('NOT_FOUND', { what: 'version', id: String(params.version) });
      return { ...presentVersion(found), document: found.document };
    },

    async listVersions({ params: { id }, query: { limit, cursor } }) {
      await existing(id);
      const rows = await flows.versions(id, limit + 1, cursor);
      const shown = rows.slice(0, limit);
      return { items: shown.map(presentVersion), nextCursor: rows.length > limit ? String(shown.at(-1)?.version) : null };
    },

    async listKeptDrafts({ params: { id } }) {
      await existing(id);
      return { items: (await flows.keptDrafts(id)).map(presentKeptDraft), nextCursor: null };
    },

    async keepDraft({ params: { id }, body: { draft }, request }) {
      await existing(id);
      const kept = await flows.keepDraft(id, draft, nameOf(visitorOf(request)));
      events.publish({ kind: 'flow', id });
      return presentKeptDraft(kept);
    },

    async deployVersion({ params: { id, version }, request, note }) {
      note({ before: { version: (await deployments.get(id))?.version ?? null } });
      const deployment = await deployVersion(parts, id, version, nameOf(visitorOf(request)));
      note({ after: { version } });
      return deploymentView(parts, deployment);
    },
  };
}
