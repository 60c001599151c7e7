import type { MessageView } from '../../shared/api/messages.ts';
import type { ErrorView } from '../../shared/errors.ts';

/** An error that another attempt could mend says so; where there is none any more, a person has to do something. */
export function asItEnded(error: ErrorView, { status, attempts }: Pick<MessageView, 'status' | 'attempts'>, attempt = attempts): ErrorView {
  if (status !== 'FAILED' || !error.retryable || attempt !== attempts) return error;
  return { ...error, remedy: 'No attempt is left. Put right what is wrong there, then run the message again.' };
}
