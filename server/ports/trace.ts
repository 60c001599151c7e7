import type { Snapshot } from '../../shared/api/simulations.ts';
import type { FlowLogLevel } from '../../shared/log-levels.ts';

/** Log levels of flows, and what they keep of messages. Times are the database's. */

export interface LogLevel {
  level: FlowLogLevel;
  /** Null for Info. */
  until: Date | null;
  setBy: string | null;
}

/** What left one step; null where the message did not leave it. Parts that did not change are left out. */
export interface StepPayload {
  position: number;
  fromPosition: number | null;
  snapshot: Partial<Snapshot> | null;
}

/** What is to be kept of one attempt. */
export interface AttemptPayloads {
  level: FlowLogLevel;
  steps: StepPayload[];
}

/** That something of an attempt is kept. */
export interface KeptPayloads {
  level: FlowLogLevel;
  until: Date;
}

export interface TraceStore {
  level(flowId: string): Promise<LogLevel>;
  /** For `minutes` from now on; Info ends another one. */
  setLevel(flowId: string, wanted: { level: FlowLogLevel; minutes: number; by: string }): Promise<LogLevel>;
  /** Attempt → what is kept of it; others are left out. */
  keptOf(messageId: string): Promise<Map<number, KeptPayloads>>;
  payloads(messageId: string, attempt: number): Promise<StepPayload[]>;
}
