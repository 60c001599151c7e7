import type { FlowError } from '../../shared/errors.ts';

/** What a person does with messages that are in the log: run them again, cancel them. */

export interface RerunWish {
  /**
   * `start`: every receiver is called again, under a new key. `failed`: what was delivered stays delivered. `step`: the receivers from
   * the step `nodeId` on are called again, under a new key; what was delivered elsewhere stays delivered.
   */
  from: 'start' | 'failed' | 'step';
  nodeId?: string | undefined;
  /** `newest`: the version that is deployed, else the last that was. */
  version: 'same' | 'newest';
  /** Who asked for it. */
  by: string;
}

/** The trace that a run again leaves in the log. */
export interface Rerun {
  /** The first attempt of this run; the following ones up to the next rerun belong to it. */
  attempt: number;
  /** ISO 8601. */
  at: string;
  by: string;
  from: RerunWish['from'];
  /** Of the step, where it was run from one. */
  nodeId?: string | undefined;
  version: number;
  /** The version of the attempts before. */
  previousVersion: number;
}

/** What became of the wish for one message. */
export interface Answered {
  id: string;
  /** Why nothing was done. */
  refusal: FlowError | undefined;
}

export interface Reruns {
  /** Queues ended messages again, each in a transaction of its own; answers in the order of `ids`. */
  rerun(ids: string[], wish: RerunWish): Promise<Answered[]>;
  /** Ends open messages; what is owed for a failed one is owed then. */
  cancel(ids: string[]): Promise<Answered[]>;
}
