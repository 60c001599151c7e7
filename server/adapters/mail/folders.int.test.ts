import tls from 'node:tls';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { mailSender, type MailSenderConfig } from '../../../shared/catalog/mail-sender.ts';
import type { SenderContext } from '../../ports/mailbox.ts';
import { startMailServer, type MailServer, type MailUser } from '../../testing/mail-server.ts';
import { secretsOf } from '../../testing/secrets.ts';
import { silentLog } from '../../testing/silent-log.ts';
import { createFolder, folders } from './folders.ts';

let server: MailServer;
let user: MailUser;

beforeAll(async () => {
  server = await startMailServer();
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), server.ca]);
});
afterAll(() => server.stop());
beforeEach(async () => {
  user = await server.createUser();
});

const config = (more: Partial<MailSenderConfig> = {}) =>
  mailSender.config.parse({ address: `localhost:${server.ports.imaps}`, credential: 'mailbox', ...more });
const context = (signal = new AbortController().signal): SenderContext => ({
  secrets: secretsOf({ useCredential: async (name) => ({ name, user: user.user, password: user.password }) }),
  signal,
  log: silentLog,
});
const paths = async () => (await folders(config(), context())).map(({ path }) => path);

test('a folder is created where it is asked for, also below others and in any writing', async () => {
  expect(await createFolder(config(), 'Erledigt.Überfällig 🚚', context())).toBe('Erledigt.Überfällig 🚚');
  expect(await paths()).toEqual(expect.arrayContaining(['Erledigt', 'Erledigt.Überfällig 🚚']));
  expect(await folders(config(), context())).toContainEqual(
    expect.objectContaining({ path: 'Erledigt.Überfällig 🚚', parents: ['Erledigt'], isSelectable: true }),
  );
});

test('a folder that is there already is left as it is', async () => {
  await user.createFolder('Done');
  await user.deliver('Subject: kept\r\n\r\n', 'Done');
  expect(await createFolder(config(), 'Done', context())).toBe('Done');
  expect(await createFolder(config(), 'inbox', context())).toBe('INBOX');
  expect(await user.files('Done')).toHaveLength(1);
});

test('a name that the server refuses fails with its words', async () => {
  const refused = createFolder(config(), 'a..b', context());
  await expect(refused).rejects.toMatchObject({ code: 'MAIL_FOLDER_NOT_CREATED', details: expect.stringMatching(/\w/) });
  expect(await paths()).toEqual(['INBOX']);
});

test('POP3 has no folders, and says so without connecting', async () => {
  const pop3 = config({ protocol: 'pop3', address: 'no-such-host.invalid' });
  await expect(folders(pop3, context())).rejects.toMatchObject({ code: 'MAIL_NO_FOLDERS' });
  await expect(createFolder(pop3, 'Done', context())).rejects.toMatchObject({ code: 'MAIL_NO_FOLDERS' });
});

test('nothing is asked of a server when the person has left', async () => {
  const left = AbortSignal.abort();
  await expect(folders(config(), context(left))).rejects.toMatchObject({ code: 'MAIL_CONNECTION_LOST' });
});
