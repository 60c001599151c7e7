import type { ExpiringView } from '../../shared/api/overview.ts';
import type { FlowLogLevel } from '../../shared/log-levels.ts';
import type { Look } from '../../shared/why-nothing.ts';
import type { StatusCounts } from './logs.ts';

/** What the first page of the monitor is made of, besides deployments and polls. */

export interface TimeSpan {
  /** Full hours of UTC: from the one, before the other. */
  from: Date;
  to: Date;
}

export interface FlowState {
  /** Messages received in the span, by the status that they have now. */
  counts: StatusCounts;
  /** Open messages, whenever they were received. */
  backlog: { count: number; oldestAt: Date | null };
  quarantined: number;
  openAlerts: number;
  /** Null: Info. */
  logLevel: { level: FlowLogLevel; until: Date } | null;
}

export interface TopError {
  code: string;
  message: string;
  count: number;
  flows: { id: string; name: string }[];
  lastAt: Date;
}

export interface OverviewFacts {
  /** By flow id; flows of which nothing is to be said are left out. */
  flows: Map<string, FlowState>;
  topErrors: TopError[];
  isErrorsCut: boolean;
  /** Messages in PROCESSING and in RETRY, of all flows. */
  open: { processing: number; retrying: number };
  expiring: (Omit<ExpiringView, 'until'> & { until: Date | null })[];
}

/** What only the database knows of why a channel took nothing in. */
export interface ChannelStanding {
  setAside: number;
  /** Held after a renumbering. */
  held: number;
  /** The newest message that came over the channel, of the newest of its flow. */
  lastTakenAt: Date | null;
  signInPause: { credential: string; until: Date } | null;
  /** The newest poll that has looked into the mailbox. */
  lastLook: (Omit<Look, 'startedAt'> & { startedAt: Date }) | null;
}

export interface OverviewStore {
  read(span: TimeSpan): Promise<OverviewFacts>;
  standing(channel: { id: string; flowId: string }, account: { host: string; credential: string }): Promise<ChannelStanding>;
}
