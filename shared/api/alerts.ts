import { z } from 'zod';
import { alertKinds } from '../alerts.ts';
import {
  alertRuleInputSchema,
  alertRuleSchema,
  alertSchema,
  alertSettingsSchema,
  alertTargetInputSchema,
  alertTargetSchema,
} from '../alert-schemas.ts';
import { byId, list, page, route, time } from './route.ts';

/** Alerts and who is told of them. */

export const alertsRoutes = {
  listAlerts: route({
    may: 'see',
    method: 'GET',
    path: '/alerts',
    summary: 'Alerts: open ones, all at once, or those that have cleared, page by page',
    query: page.extend({ state: z.enum(['open', 'cleared']).default('open') }),
    answer: list(alertSchema).extend({
      /** How many are open, also where a page of cleared ones is asked for. */
      open: z.int(),
      /** When the watchdog last looked at everything; null before its first round. */
      checkedAt: time.nullable(),
    }),
  }),
  acknowledgeAlert: route({
    may: 'operate',
    method: 'POST',
    path: '/alerts/:id/acknowledge',
    summary: 'Say that somebody takes care: no more reminders; failed messages count anew from now on',
    params: byId,
    answer: alertSchema,
  }),
  listAlertTargets: route({
    // The address of a webhook may be all it takes to send there.
    may: 'administer',
    method: 'GET',
    path: '/alert-targets',
    summary: 'Who is told of alerts',
    answer: list(alertTargetSchema),
  }),
  createAlertTarget: route({
    may: 'administer',
    method: 'POST',
    path: '/alert-targets',
    summary: 'Tell somebody else of alerts',
    body: alertTargetInputSchema,
    answer: alertTargetSchema,
  }),
  saveAlertTarget: route({
    may: 'administer',
    method: 'PUT',
    path: '/alert-targets/:id',
    summary: 'Change a target; what waits for it is sent at once',
    params: byId,
    body: alertTargetInputSchema,
    answer: alertTargetSchema,
  }),
  deleteAlertTarget: route({
    may: 'administer',
    method: 'DELETE',
    path: '/alert-targets/:id',
    summary: 'Delete a target, and what waits for it',
    params: byId,
  }),
  listAlertRules: route({
    may: 'see',
    method: 'GET',
    path: '/alert-rules',
    summary: 'When alerts are raised: each kind for all flows, and flows that differ',
    answer: list(alertRuleSchema),
  }),
  saveAlertRule: route({
    may: 'administer',
    method: 'PUT',
    path: '/alert-rules',
    summary: 'Change when a kind of alert is raised, for all flows or for one',
    body: alertRuleInputSchema,
    answer: alertRuleSchema,
  }),
  resetAlertRule: route({
    may: 'administer',
    method: 'POST',
    path: '/alert-rules/reset',
    summary: 'Take a change back: what Mailroom comes with, or for a flow what holds for all, holds again',
    body: z.object({ kind: z.enum(alertKinds), flowId: z.uuid().nullable() }),
  }),
  testAlertTarget: route({
    may: 'administer',
    rate: 'heavy',
    method: 'POST',
    path: '/alert-targets/test',
    summary: 'Send a test alert with these settings now; nothing is stored',
    body: z.object({ settings: alertSettingsSchema }),
    answer: z.object({ /** What the other side answered. */ summary: z.string() }),
  }),
};
