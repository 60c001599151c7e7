import type { ErrorView } from '../../shared/errors.ts';

/** Back-pressure: when intake stands still, and why. */

export interface IntakePause {
  /** Null: all flows. */
  flowId: string | null;
  /** Null: all workers. A disk without space stops those that keep their mails on it. */
  worker: string | null;
  /** INTAKE_FLOW_FULL, INTAKE_FULL or INTAKE_NO_SPACE. */
  reason: ErrorView;
  since: Date;
}

/** For everybody who shows it or raises an alert. */
export interface IntakePressure {
  /** What stops intake now, the oldest first; empty when nothing does. */
  state(): Promise<IntakePause[]>;
}

/** Messages and the raw bytes of their mails. */
export interface Load {
  messages: number;
  bytes: number;
}

/** What workers share of it, so that all stop and go on at the same marks, over restarts as well. */
export interface PressureStore extends IntakePressure {
  /** Open messages (PROCESSING, RETRY) by flow; some are left out where there are more than `limit`. */
  backlog(limit: number): Promise<Map<string, Load>>;
  /** Says that intake stands still, or that it still does; a worker's has to be said again every few seconds. False when it was known. */
  pause(pause: Omit<IntakePause, 'since'>): Promise<boolean>;
  /** Lifts a pause and has the channels that it stopped polled at once. False when somebody else has. */
  goOn(pause: Pick<IntakePause, 'flowId' | 'worker'>): Promise<boolean>;
}
