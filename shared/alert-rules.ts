import { alertKinds, type AlertKind } from './alerts.ts';

/** When alerts are raised: what Mailroom comes with, and what people may change of it. */

interface RuleEntry {
  /** Words around the value: "after 3 polls in a row that failed". */
  before: string;
  /** A number a person may set, with its unit; null where there is none to set. */
  value: { unit: string; default: number; min: number; max: number } | null;
  isEnabled: boolean;
  /** Whether single flows may differ. */
  isPerFlow: boolean;
}

const plain = (before: string, isPerFlow = false): RuleEntry => ({ before, value: null, isEnabled: true, isPerFlow });

export const alertRuleTable: Record<AlertKind, RuleEntry> = {
  NO_WORKER: {
    before: 'No worker gave a sign of life for',
    value: { unit: 's', default: 30, min: 20, max: 3_600 },
    isEnabled: true,
    isPerFlow: false,
  },
  CHANNEL_LATE: plain('A due poll was not begun, or does not end', true),
  CHANNEL_FAILING: {
    before: 'Polls of a channel that failed in a row:',
    value: { unit: 'polls', default: 3, min: 1, max: 100 },
    isEnabled: true,
    isPerFlow: true,
  },
  CHANNEL_PAUSED: plain('A channel takes nothing in, since a receiver is too slow or the disk nearly full', true),
  NO_MAIL: {
    before: 'No mail came in for a flow for',
    value: { unit: 'hours', default: 24, min: 1, max: 720 },
    isEnabled: false,
    isPerFlow: true,
  },
  MESSAGES_FAILED: {
    before: 'Messages of a flow in FAILED, at least:',
    value: { unit: 'messages', default: 1, min: 1, max: 10_000 },
    isEnabled: true,
    isPerFlow: true,
  },
  MAILS_SET_ASIDE: plain('A flow has mails in quarantine', true),
  DEPLOYMENT_ERROR: plain('A deployment could not be started', true),
  QUEUE_BACKLOG: {
    before: 'The oldest job that nobody has taken waits for more than',
    value: { unit: 'min', default: 15, min: 1, max: 1_440 },
    isEnabled: true,
    isPerFlow: false,
  },
  TRACE_ON: { before: 'The log level of a flow is Trace, so that bodies are kept', value: null, isEnabled: false, isPerFlow: true },
  CREDENTIAL_UNAUTHORIZED: plain('An OAuth2 artifact that is needed is not authorized'),
  CREDENTIAL_ERROR: plain('The provider refuses an OAuth2 artifact'),
  ACCOUNT_LOCKED: plain('A person’s account is locked after too many failed sign-ins'),
  CERTIFICATE_EXPIRING: {
    before: 'A trusted certificate ends within',
    value: { unit: 'days', default: 30, min: 1, max: 365 },
    isEnabled: true,
    isPerFlow: false,
  },
  CERTIFICATE_EXPIRED: plain('A trusted certificate has ended'),
  KEY_PAIR_EXPIRING: {
    before: 'The certificate of a key pair ends within',
    value: { unit: 'days', default: 30, min: 1, max: 365 },
    isEnabled: true,
    isPerFlow: false,
  },
  KEY_PAIR_EXPIRED: plain('The certificate of a key pair has ended'),
  ALERTS_UNDELIVERED: {
    before: 'A target could not be told for',
    value: { unit: 'min', default: 10, min: 1, max: 1_440 },
    isEnabled: true,
    isPerFlow: false,
  },
};

/** What a person has changed: for all flows (`flowId` null), or for one. */
export interface AlertRule {
  kind: AlertKind;
  flowId: string | null;
  isEnabled: boolean;
  /** In the unit of the kind; null where it has none. */
  value: number | null;
}

/** What holds for a flow, or for all; `value` undefined: what Mailroom comes with. */
export function ruleFor(rules: readonly AlertRule[], kind: AlertKind, flowId: string | null): { isEnabled: boolean; value?: number } {
  const of = (id: string | null) => rules.find((rule) => rule.kind === kind && rule.flowId === id);
  const rule = (flowId === null ? undefined : of(flowId)) ?? of(null);
  if (!rule) return { isEnabled: alertRuleTable[kind].isEnabled };
  return { isEnabled: rule.isEnabled, ...(rule.value !== null && { value: rule.value }) };
}

/** @returns what is wrong with a rule, by field; empty where it can be kept */
export function ruleProblems({ kind, flowId, value }: AlertRule): { path: string; message: string }[] {
  const entry = alertRuleTable[kind];
  const problems: { path: string; message: string }[] = [];
  if (flowId !== null && !entry.isPerFlow) problems.push({ path: 'flowId', message: 'holds for everything: single flows can’t differ' });
  if (entry.value === null && value !== null) problems.push({ path: 'value', message: 'has no value' });
  if (entry.value !== null && (value === null || value < entry.value.min || value > entry.value.max)) {
    problems.push({ path: 'value', message: `must be from ${entry.value.min} to ${entry.value.max} ${entry.value.unit}` });
  }
  return problems;
}

/** Every kind as it is shown: what holds for all, changed or not. */
export function globalRules(rules: readonly AlertRule[]): AlertRule[] {
  return alertKinds.map((kind) => {
    const { isEnabled, value } = ruleFor(rules, kind, null);
    return { kind, flowId: null, isEnabled, value: value ?? alertRuleTable[kind].value?.default ?? null };
  });
}
