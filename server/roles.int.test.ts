import { expect, onTestFinished, test } from 'vitest';
import { createTestDatabase } from './testing/database.ts';
import { eventually } from './testing/eventually.ts';
import { deployCredential, deployFlow, mailToHttp } from './testing/flows.ts';
import { startHttpSink } from './testing/http-sink.ts';
import { startMailServer } from './testing/mail-server.ts';
import { makeDataDirectory, startMailroomProcess } from './testing/mailroom-process.ts';

test('a web process draws and shows, workers poll and run, and one worker goes on where another was killed', async () => {
  const database = await createTestDatabase('empty');
  onTestFinished(database.drop);
  const data = await makeDataDirectory();
  onTestFinished(data.remove);
  const [server, sink] = await Promise.all([startMailServer(), startHttpSink()]);
  onTestFinished(async () => {
    await Promise.all([server.stop(), sink.close()]);
  });
  const start = async (role: 'web' | 'worker') => {
    const started = await startMailroomProcess({ dataDirectory: data.path, databaseUrl: database.url, env: { MAILROOM_ROLE: role } });
    onTestFinished(() => started[Symbol.asyncDispose]());
    return started;
  };

  // All at once on an empty database and an empty data directory.
  const [web, first] = await Promise.all([start('web'), start('worker')]);
  const user = await server.createUser();
  await deployCredential(web, user);
  const mail = (subject: string) => `From: ada@example.com\r\nSubject: ${subject}\r\nMessage-ID: <${subject}@example.com>\r\n\r\nHello\r\n`;
  await user.deliver(mail('Order-1'));
  const flowId = await deployFlow(web, 'Orders', mailToHttp(server, 'imap4', sink.url));
  const completed = async () => (await web.call('listMessages', { query: { flowId, status: 'COMPLETED' } })).items.length;
  await eventually(async () => (await completed()) === 1, { what: 'the first mail', deadlineMs: 20_000 });

  await first.kill();
  await user.deliver(mail('Order-2'));
  await start('worker');
  await eventually(async () => (await completed()) === 2, { what: 'the second mail', deadlineMs: 25_000 });
  expect(sink.requests).toHaveLength(2);
}, 90_000);
