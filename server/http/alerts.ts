import { randomUUID } from 'node:crypto';
import { FlowError } from '../../shared/errors.ts';
import type { AlertDelivery, AlertTargetRow } from '../ports/alerts.ts';
import { sendAlerts } from '../runtime/alert-sender.ts';
import type { HttpParts } from './parts.ts';
import { presentAlert, presentAlertRule, presentAlertRules, presentAlertTarget } from './present-alerts.ts';
import type { Handlers } from './route.ts';
import { nameOf, visitorOf } from './visitor.ts';

type AlertHandlers = Pick<
  Handlers,
  | 'listAlerts'
  | 'acknowledgeAlert'
  | 'listAlertTargets'
  | 'createAlertTarget'
  | 'saveAlertTarget'
  | 'deleteAlertTarget'
  | 'testAlertTarget'
  | 'listAlertRules'
  | 'saveAlertRule'
  | 'resetAlertRule'
>;

export function alertRoutes({
  alerts,
  alertRules,
  flows,
  alertTargets,
  alertChannels,
  secrets,
  publicUrl,
  events,
  clock,
  log,
}: HttpParts): AlertHandlers {
  const missing = (what: string, id: string) => new FlowError('NOT_FOUND', { what, id });
  const changed = (id: string) => events.publish({ kind: 'alert', id });

  const storedTarget = async (id: string) => (await alertTargets.list()).map(auditedTarget).find((target) => target.id === id);

  return {
    async listAlerts({ query: { state, limit, cursor } }) {
      const [{ items, nextCursor }, { open, checkedAt }] = await Promise.all([alerts.list(state, { limit, cursor }), alerts.state()]);
      return { items: items.map(presentAlert), nextCursor, open, checkedAt: checkedAt?.toISOString() ?? null };
    },

    async acknowledgeAlert({ params: { id }, request }) {
      const row = await alerts.acknowledge(id, nameOf(visitorOf(request)));
      if (!row) throw missing('alert', id);
      changed(id);
      return presentAlert(row);
    },

    listAlertRules: async () => ({ items: presentAlertRules(await alertRules.list()), nextCursor: null }),

    async saveAlertRule({ body, request, note }) {
      const { kind, flowId } = body;
      const flow = flowId === null ? undefined : await flows.get(flowId);
      if (flowId !== null && !flow) throw missing('flow', flowId);
      const before = (await alertRules.list()).find((rule) => rule.kind === kind && rule.flowId === flowId);
      const row = await alertRules.save(body, nameOf(visitorOf(request)));
      note({ name: kind, ...(flowId !== null && { flowId }), before: before && presentAlertRule(before), after: presentAlertRule(row) });
      changed(kind);
      return presentAlertRule(row);
    },

    async resetAlertRule({ body: { kind, flowId }, note }) {
      const before = (await alertRules.list()).find((rule) => rule.kind === kind && rule.flowId === flowId);
      note({ name: kind, ...(flowId !== null && { flowId }), ...(before && { before: presentAlertRule(before) }) });
      if (!(await alertRules.reset(kind, flowId))) throw missing('changed alert rule', kind);
      changed(kind);
      return null;
    },

    listAlertTargets: async () => ({ items: (await alertTargets.list()).map(presentAlertTarget), nextCursor: null }),

    async createAlertTarget({ body, request, note }) {
      const by = nameOf(visitorOf(request));
      const row = await alertTargets.create(body, by);
      log.info({ target: row.name, by }, 'A target of alerts was created');
      note({ after: auditedTarget(row) });
      changed(row.id);
      return presentAlertTarget(row);
    },

    async saveAlertTarget({ params: { id }, body, request, note }) {
      note({ before: await storedTarget(id) });
      const by = nameOf(visitorOf(request));
      const row = await alertTargets.save(id, body, by);
      if (!row) throw missing('target of alerts', id);
      note({ after: auditedTarget(row) });
      log.info({ target: row.name, isEnabled: row.isEnabled, by }, 'A target of alerts was changed');
      changed(id);
      return presentAlertTarget(row);
    },

    async deleteAlertTarget({ params: { id }, request, note }) {
      const before = await storedTarget(id);
      note({ name: before?.name, before });
      if (!(await alertTargets.remove(id))) throw missing('target of alerts', id);
      log.info({ target: id, by: nameOf(visitorOf(request)) }, 'A target of alerts was deleted');
      changed(id);
      return null;
    },

    async testAlertTarget({ body: { settings }, request, response }) {
      const gone = new AbortController();
      response.once('close', () => gone.abort(new Error('nobody waits for the answer any more')));
      const delivery = testDelivery(clock.now(), nameOf(visitorOf(request)));
      return { summary: await sendAlerts({ channels: alertChannels, secrets, publicUrl }, delivery, settings, gone.signal) };
    },
  };
}

/** What people decide about a target, for the audit log. The path of a webhook and values of headers may be secrets. */
function auditedTarget({ id, name, isEnabled, settings, kinds, leastSeverity, flowIds, remindHours }: AlertTargetRow) {
  const where =
    settings.type === 'webhook'
      ? { host: URL.parse(settings.url)?.host ?? '', headers: settings.headers.map((header) => header.name) }
      : { host: settings.host, to: settings.to };
  return { id, name, isEnabled, type: settings.type, ...where, kinds, leastSeverity, flowIds, remindHours };
}

function testDelivery(now: Date, by: string): AlertDelivery {
  const at = now.toISOString();
  const alert = {
    id: randomUUID(),
    kind: 'TEST' as const,
    severity: 'warning' as const,
    title: 'Test',
    message: `This is a test, sent by ${by}.`,
    remedy: 'Nothing to do: alerts arrive here.',
    error: null,
    count: 1,
    flowId: null,
    openedAt: at,
    clearedAt: null,
  };
  return { id: randomUUID(), notices: [{ event: 'test', at, alert }] };
}
