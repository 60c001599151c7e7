import { backupErrors } from './errors/backup.ts';
import { accessErrors } from './errors/access.ts';
import { alertErrors } from './errors/alert.ts';
import { flowErrors } from './errors/flow.ts';
import { intakeErrors } from './errors/intake.ts';
import { mailErrors } from './errors/mail.ts';
import { receiverErrors } from './errors/receiver.ts';
import { sshErrors } from './errors/ssh.ts';
import { securityErrors } from './errors/security.ts';
import { simulationErrors } from './errors/simulation.ts';
import { startErrors } from './errors/start.ts';
import { systemErrors } from './errors/system.ts';

/** Every error people can see. `docs/errors.md` is generated from this table. */
export const errorTable = {
  ...flowErrors,
  ...intakeErrors,
  ...mailErrors,
  ...receiverErrors,
  ...sshErrors,
  ...securityErrors,
  ...accessErrors,
  ...systemErrors,
  ...simulationErrors,
  ...startErrors,
  ...backupErrors,
  ...alertErrors,
};

export type ErrorCode = keyof typeof errorTable;
/** The facts its message is made of; none for some. */
export type ErrorParams<C extends ErrorCode> =
  Parameters<(typeof errorTable)[C]['message']> extends [infer Facts] ? Facts : Record<string, never>;

/** What the API and the screens show of an error; also what the database keeps. */
export interface ErrorView {
  code: string;
  message: string;
  remedy: string;
  retryable: boolean;
  details?: string;
}

/**
 * An expected failure: what happened, to what, and what to do.
 *
 * `details` may hold the words of the other side (server, receiver), never a secret.
 */
export class FlowError<C extends ErrorCode = ErrorCode> extends Error {
  readonly code: C;
  /** The facts the message was made of. */
  readonly params: ErrorParams<C>;
  readonly remedy: string;
  readonly status: number;
  readonly retryable: boolean;
  readonly details: string | undefined;
  /** How long the other side asked to be left in peace, in ms. */
  readonly retryAfterMs: number | undefined;

  constructor(code: C, params: ErrorParams<C>, options: { cause?: unknown; details?: string; retryAfterMs?: number } = {}) {
    const entry = errorTable[code];
    // The table's entry and its parameters are tied by C, which TypeScript can't follow through the lookup.
    super((entry.message as (params: ErrorParams<C>) => string)(params), { cause: options.cause });
    this.name = 'FlowError';
    this.code = code;
    this.params = params;
    this.remedy = entry.remedy;
    this.status = entry.status;
    this.retryable = entry.retryable;
    this.details = options.details;
    this.retryAfterMs = options.retryAfterMs;
  }

  view(): ErrorView {
    return {
      code: this.code,
      message: this.message,
      remedy: this.remedy,
      retryable: this.retryable,
      ...(this.details === undefined ? {} : { details: this.details }),
    };
  }
}

/** Any thrown value as a FlowError; what is not one of ours becomes INTERNAL and keeps its cause. */
export function asFlowError(error: unknown): FlowError {
  if (error instanceof FlowError) return error;
  const details = error instanceof Error ? error.message : String(error);
  return new FlowError('INTERNAL', {}, { cause: error, details });
}
