import { receiverErrors } from '../../shared/errors/receiver.ts';

/**
 * Removes the words of receivers from the errors of an answer: some systems answer with the request they got, and so with what a mail
 * holds. For visitors who may not see that.
 */
export function withoutReceiverWords(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutReceiverWords);
  if (typeof value !== 'object' || value === null) return value;
  const isReceivers = 'code' in value && typeof value.code === 'string' && Object.hasOwn(receiverErrors, value.code);
  const kept = Object.entries(value).filter(([name]) => !(isReceivers && name === 'details'));
  return Object.fromEntries(kept.map(([name, field]) => [name, withoutReceiverWords(field)]));
}
