import type { AlertNotice, AlertSettings, AlertTargetInput } from '../../shared/alert-schemas.ts';
import type { AlertRule } from '../../shared/alert-rules.ts';
import type { AlertKind, AlertSeverity } from '../../shared/alerts.ts';
import type { ErrorView } from '../../shared/errors.ts';
import type { DeploymentState, MessageStatus, OAuth2State, PollResult } from '../../shared/status.ts';
import type { Page, Paged } from './common.ts';
import type { ChannelRow } from './flows.ts';
import type { PollRow } from './logs.ts';
import type { Secrets } from './secrets.ts';

/** What the watchdog looks at, what it finds, and how people are told. */

// ---- looking

/** Everything that is judged, as it was at `now` by the database's clock. */
export interface WatchFacts {
  now: Date;
  /** Since when processes have been there to watch, without a break. */
  watchingSince: Date;
  /** The last sign of life of any worker; null when there never was one. */
  workerSeenAt: Date | null;
  deployments: { flowId: string; flowName: string; version: number; state: DeploymentState; error: ErrorView | null; deployedAt: Date }[];
  /** Of deployments that run. */
  channels: ChannelRow[];
  /** By channel id. */
  lastPolls: Map<string, Pick<PollRow, 'result' | 'startedAt' | 'error'>>;
  /** Failed messages of each flow that nobody has acknowledged or run again; those set aside are in `setAside`. */
  failed: OfFlow[];
  setAside: OfFlow[];
  /** OAuth2 artifacts that can't sign in, and were meant to. */
  credentials: { name: string; state: OAuth2State; error: ErrorView | null }[];
  certificates: { kind: 'certificate' | 'keyPair'; name: string; until: Date }[];
  /** What people have changed of when alerts are raised. */
  rules: AlertRule[];
  /** When flows that have to get mail received the last; null where none did, flows without such a rule left out. */
  lastMailAt: Map<string, Date | null>;
  /** Flows whose log level is Trace. */
  traced: { flowId: string; flowName: string; until: Date; by: string }[];
  /** E-mail addresses of people who are locked out until somebody unlocks them. */
  lockedAccounts: string[];
  /** Targets whose next delivery has failed and still waits. */
  stuckTargets: { id: string; name: string; since: Date; error: ErrorView | null }[];
}

interface OfFlow {
  flowId: string;
  flowName: string;
  count: number;
  /** The newest. */
  error: ErrorView | null;
}

export interface WatchStore {
  /** A sign of life of this process. */
  sign(process: string, role: string): Promise<void>;
  /** Forgets processes that have given no sign for a day, and alerts and deliveries of more than 30 days ago. */
  tidy(): Promise<void>;
  look(): Promise<WatchFacts>;
  /** For `/metrics`. */
  counts(): Promise<WatchCounts>;
}

export interface WatchCounts {
  openAlerts: Partial<Record<AlertKind, number>>;
  checkedAt: Date | null;
  /** Polls that began in the last 5 minutes. */
  polls: Partial<Record<PollResult, number>>;
  /** Those that are open or failed, up to 10,000 of each status. */
  messages: Partial<Record<MessageStatus, number>>;
  /** Taken in during the last 5 minutes. */
  received: Partial<Record<MessageStatus, number>>;
}

// ---- alerts

/** Something that is wrong now. One alert is open for each `kind` and `subject`. */
export interface Finding {
  kind: AlertKind;
  /** What it is about: the id of a channel or flow, or a name. */
  subject: string;
  message: string;
  error: ErrorView | null;
  flowId: string | null;
  nodeId: string | null;
  name: string | null;
  count: number;
}

export interface AlertRow extends Omit<Finding, 'subject'> {
  id: string;
  severity: AlertSeverity;
  remedy: string;
  openedAt: Date;
  seenAt: Date;
  clearedAt: Date | null;
  acknowledgedAt: Date | null;
  acknowledgedBy: string | null;
  returns: number;
}

/** How alerts clear. */
export interface ClearingRules {
  /** An alert clears when it was not seen for this long. */
  clearAfterMs: number;
  /** One that opens again within this time after it cleared has to stay away twice as long each time … */
  flapWithinMs: number;
  /** … but no longer than this. */
  clearAfterAtMostMs: number;
}

export interface AlertStore {
  /** The number of the round that this process may do now; undefined where one was begun less than `everyMs` ago. */
  takeTurn(everyMs: number): Promise<number | undefined>;
  /**
   * Opens, updates and clears alerts, and writes what targets are to be told of it, in one transaction.
   * Undefined when a later turn was taken meanwhile: nothing is written then.
   */
  apply(turn: number, findings: Finding[], rules: ClearingRules): Promise<{ opened: number; cleared: number; toTell: number } | undefined>;
  list(state: 'open' | 'cleared', page: Page): Promise<Paged<AlertRow>>;
  state(): Promise<{ open: number; checkedAt: Date | null }>;
  acknowledge(id: string, by: string): Promise<AlertRow | undefined>;
}

// ---- rules

export interface AlertRuleRow extends AlertRule {
  /** Null where the rule holds for all flows. */
  flowName: string | null;
  changedAt: Date;
  changedBy: string;
}

export interface AlertRuleStore {
  list(): Promise<AlertRuleRow[]>;
  save(rule: AlertRule, by: string): Promise<AlertRuleRow>;
  /** What Mailroom comes with, or what holds for all flows, holds again; false where nothing had been changed. */
  reset(kind: AlertKind, flowId: string | null): Promise<boolean>;
}

// ---- targets

export interface AlertTargetRow extends AlertTargetInput {
  id: string;
  changedAt: Date;
  changedBy: string;
  lastSentAt: Date | null;
  waiting: number;
  error: ErrorView | null;
  nextTryAt: Date | null;
  givenUp: number;
}

export interface AlertTargetStore {
  list(): Promise<AlertTargetRow[]>;
  /** @throws FlowError ALERT_TARGET_EXISTS, as `save` does */
  create(target: AlertTargetInput, by: string): Promise<AlertTargetRow>;
  save(id: string, target: AlertTargetInput, by: string): Promise<AlertTargetRow | undefined>;
  remove(id: string): Promise<boolean>;
}

/** Something to send: the same at each repetition. */
export interface AlertDelivery {
  /** Lets the other side recognise a repetition. */
  id: string;
  notices: AlertNotice[];
}

export interface DueDelivery extends AlertDelivery {
  targetId: string;
  target: string;
  settings: AlertSettings;
  attempts: number;
}

export interface AlertDeliveryStore {
  /** The oldest unsent delivery of each enabled target whose time has come; nobody else gets it for `claimMs`. */
  claimDue(limit: number, claimMs: number): Promise<DueDelivery[]>;
  sent(delivery: DueDelivery): Promise<void>;
  /** To be tried again after `waitMs`; given up when it is older than `keepMs`. */
  failed(delivery: DueDelivery, error: ErrorView, waitMs: number, keepMs: number): Promise<void>;
}

export interface SendContext {
  signal: AbortSignal;
  secrets: Pick<Secrets, 'useCredential' | 'trustedCertificate'>;
  /** Where people find Mailroom, where that is known. */
  publicUrl: string | undefined;
}

/** A way to tell people. It resolves, with one line of what the other side answered, only when that has taken the delivery. */
export interface AlertChannel<Type extends AlertSettings['type']> {
  send(delivery: AlertDelivery, settings: Extract<AlertSettings, { type: Type }>, context: SendContext): Promise<string>;
}

export type AlertChannels = { [Type in AlertSettings['type']]: AlertChannel<Type> };
