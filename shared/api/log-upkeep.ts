import { z } from 'zod';
import { retentionSchema } from '../retention.ts';
import { route } from './route.ts';

/** How long the log is kept, and what is erased from it. */

const erasureSchema = z.object({
  /** Lines of the log, and those of them that have not ended: nothing is erased while there are any. */
  messages: z.int(),
  open: z.int(),
  quarantined: z.int(),
  /** Raw mails. */
  mails: z.int(),
  mailBytes: z.number(),
  /** Raw mails that could not be read, so that nobody can say whose they are. */
  unreadable: z.int(),
});

export type ErasureView = z.output<typeof erasureSchema>;

const erasureAddress = z.object({ address: z.email('must be an e-mail address').max(320) });

export const logUpkeepRoutes = {
  findPersonsMails: route({
    may: 'administer',
    audit: 'view',
    rate: 'heavy',
    method: 'POST',
    path: '/erasures/preview',
    summary: 'What is kept of the mails from and to one address; reads the head of every mail',
    body: erasureAddress,
    answer: erasureSchema,
  }),
  erasePersonsMails: route({
    may: 'administer',
    rate: 'heavy',
    method: 'POST',
    path: '/erasures',
    summary: 'Erase what is kept of the mails from and to one address; the ledger still knows them',
    body: erasureAddress,
    answer: erasureSchema,
  }),
  getRetention: route({
    may: 'see',
    method: 'GET',
    path: '/settings/retention',
    summary: 'How long the message processing log is kept',
    answer: retentionSchema,
  }),
  setRetention: route({
    may: 'administer',
    method: 'PUT',
    path: '/settings/retention',
    summary: 'Change how long the message processing log is kept',
    body: retentionSchema,
    answer: retentionSchema,
  }),
};
