import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { templates } from '../shared/templates/templates.ts';
import { createTestDatabase } from './testing/database.ts';
import { eventually } from './testing/eventually.ts';
import { makeDataDirectory, startMailroomProcess, type MailroomProcess } from './testing/mailroom-process.ts';

/** Each template as a person begins with it: deployed on the practice mailbox, with a mail going through. */

let data: Awaited<ReturnType<typeof makeDataDirectory>>;
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let mailroom: MailroomProcess;

beforeAll(async () => {
  [data, database] = await Promise.all([makeDataDirectory(), createTestDatabase('template')]);
  mailroom = await startMailroomProcess({ dataDirectory: data.path, databaseUrl: database.url });
});
afterAll(async () => {
  await mailroom[Symbol.asyncDispose]();
  await database.drop();
  await data.remove();
});

test.each(templates)('"$title" runs on the practice mailbox', async ({ title, make }) => {
  const { address, credential } = await mailroom.call('preparePractice');
  const draft = make({ name: 'Practice mailbox', address, credential, protection: 'off', zone: 'UTC' });
  const { id } = await mailroom.call('createFlow', { body: { name: title, draft } });
  await mailroom.call('deployFlow', { params: { id }, body: {} });
  await mailroom.call('sendPracticeMail', { body: { subject: `Invoice of an order for ${title.replace('newsletters', 'bulk mail')}` } });
  const ended = await eventually(
    async () => {
      await mailroom.call('pollNow', { params: { id } });
      const { items } = await mailroom.call('listMessages', { query: { flowId: id, limit: 50 } });
      return items.find(({ status, subject }) => status === 'COMPLETED' && subject.startsWith('Invoice of')) ?? undefined;
    },
    { what: 'the message', deadlineMs: 30_000 },
  );
  expect(ended.subject).toContain('Invoice of');
  await mailroom.call('undeployFlow', { params: { id } });
});

test('what they write lies in the folders they name', async () => {
  const folders = await readdir(path.join(data.path, 'outbox'));
  expect(folders).toEqual(expect.arrayContaining(['mails', 'letters', 'tickets', 'orders']));
});
