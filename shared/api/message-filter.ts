import { z } from 'zod';
import { messageStatuses } from '../status.ts';
import { readLogHeader } from '../log-header.ts';
import { id, time } from './route.ts';

/** What the list of messages is narrowed to: in the query of the list and of its export, in bulk actions and in saved views. */

/** Values separated by commas: any of them. */
export function anyOf<Value extends string>(item: z.ZodType<Value, string>, most: number) {
  return z
    .string()
    .max(most * 40)
    .transform((text) => text.split(','))
    .pipe(z.array(item).min(1).max(most));
}

export const messageFilterFields = {
  flowId: anyOf(id, 50).optional(),
  /** Of the flow, that the message ran with last. */
  version: z.coerce.number().int().min(1).max(1_000_000).optional(),
  status: anyOf(z.enum(messageStatuses), messageStatuses.length).optional(),
  /** A part of the sender, of the subject: in any case. */
  sender: z.string().max(200).optional(),
  subject: z.string().max(200).optional(),
  /** The whole Message-ID, with or without its angle brackets. */
  mailMessageId: z.string().max(1_000).optional(),
  /** `name=value` of a header that the flow keeps for the log. */
  header: z
    .string()
    .max(400)
    .refine((text) => readLogHeader(text) !== undefined, 'must be name=value')
    .optional(),
  /** The code of the error that it waits or ended with. */
  error: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]{0,59}$/)
    .optional(),
  /** Words or parts of words of subject, from, to or Message-ID; all of them must occur. Text in double quotes is one word. */
  search: z.string().max(200).optional(),
  /** When it was received: from the one, before the other. */
  from: time.optional(),
  to: time.optional(),
  /** Only messages whose mail was marked unread again after it was done. */
  unreadAgain: z.stringbool().optional(),
};

/** A field that is not known is refused: without it, more messages would be meant. */
export const messageFilter = z.strictObject(messageFilterFields);

export type MessageFilterView = z.output<typeof messageFilter>;
/** As it is sent: text alone. */
export type MessageFilterText = z.input<typeof messageFilter>;
