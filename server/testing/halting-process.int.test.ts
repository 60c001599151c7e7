import { expect, test } from 'vitest';
import { createTestDatabase } from './database.ts';
import { eventually } from './eventually.ts';
import { deployCredential, deployFlow, mailToHttp } from './flows.ts';
import { startHttpSink } from './http-sink.ts';
import { startMailServer } from './mail-server.ts';
import { makeDataDirectory, startMailroomProcess } from './mailroom-process.ts';

test('a process halts at a named point of the way of a mail until it is let go on', async () => {
  const data = await makeDataDirectory();
  const database = await createTestDatabase('template');
  const server = await startMailServer();
  const sink = await startHttpSink();
  try {
    await using mailroom = await startMailroomProcess({
      dataDirectory: data.path,
      databaseUrl: database.url,
      haltAt: ['intake.committed', 'exchange.delivered'],
    });
    const user = await server.createUser();
    await user.deliver('Subject: one\r\n\r\nText\r\n');
    await deployCredential(mailroom, user);
    await deployFlow(mailroom, 'Orders', mailToHttp(server, 'imap4', sink.url));
    const committed = await mailroom.halted();
    expect(committed.point).toBe('intake.committed');
    const delivered = await mailroom.halted();
    expect(delivered.point).toBe('exchange.delivered');
    expect((await mailroom.call('listMessages', { query: {} })).items.map(({ status }) => status)).toEqual(['PROCESSING']);
    committed.goOn();
    delivered.goOn();
    await eventually(async () => (await mailroom.call('listMessages', { query: {} })).items[0]?.status === 'COMPLETED');
    expect(sink.requests).toHaveLength(1);
  } finally {
    await sink.close();
    await server.stop();
    await database.drop();
    await data.remove();
  }
});
