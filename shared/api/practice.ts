import { z } from 'zod';
import { route } from './route.ts';

/** The practice mailbox. */

const practiceSchema = z.object({
  isAvailable: z.boolean(),
  address: z.string(),
  user: z.string(),
  credential: z.string(),
  total: z.int(),
  unread: z.int(),
});

export type PracticeView = z.output<typeof practiceSchema>;

export const practiceRoutes = {
  getPractice: route({ may: 'see', method: 'GET', path: '/practice', summary: 'The practice mailbox', answer: practiceSchema }),
  preparePractice: route({
    may: 'design',
    method: 'POST',
    path: '/practice',
    summary: 'Deploy the credential of the practice mailbox',
    answer: practiceSchema,
  }),
  sendPracticeMail: route({
    may: ['design', 'operate'],
    method: 'POST',
    path: '/practice/mails',
    summary: 'Put a test mail into the practice mailbox',
    body: z.object({ subject: z.string().max(200).optional(), text: z.string().max(10_000).optional() }),
    answer: practiceSchema,
  }),
};
