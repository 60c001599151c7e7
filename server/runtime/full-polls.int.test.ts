import { describe, expect, test } from 'vitest';
import { eventually } from '../testing/eventually.ts';
import { startFaultProxy } from '../testing/fault-proxy.ts';
import { useMailRoom } from '../testing/mail-room.ts';
import { mailWith } from '../testing/mail-with.ts';

/** Mailboxes with more mail than one poll may take. */

describe.each(['imap4', 'pop3'] as const)('a mailbox over %s with more than one poll may take', (protocol) => {
  const room = useMailRoom();
  const deliver = async (count: number) => {
    for (let number = 1; number <= count; number++) await room.user.deliver(mailWith(`Order ${number}`));
  };
  const polls = async () => (await room.polls()).filter(({ result }) => result === 'completed').toReversed();

  test('is read poll by poll over one connection, which lists it once', async () => {
    await deliver(12);
    const proxy = await startFaultProxy({ port: room.server.ports[protocol === 'imap4' ? 'imap' : 'pop3'] });
    try {
      await room.deploy(protocol, { address: `localhost:${proxy.port}`, maxMessages: 5, autoDisconnect: true });
      await room.inStatus('COMPLETED', 12);
      const [first, second, third] = await eventually(async () => ((await polls()).length === 3 ? polls() : undefined), {
        what: 'three polls',
      });
      expect([first, second, third].map((poll) => [poll?.listed, poll?.taken])).toEqual([
        [12, 5],
        [7, 5],
        [2, 2],
      ]);
      expect(second?.notes).toContain('It went on with what the poll before it had listed.');
      expect(proxy.connections()).toBe(1);
    } finally {
      await proxy.close();
    }
  });

  test('is told of all of them, and what came meanwhile is taken by the next poll', async () => {
    await deliver(7);
    await room.deploy(protocol, { maxMessages: 3, autoDisconnect: true, postProcessing: 'delete', pop3PostProcessing: 'delete' });
    await room.inStatus('COMPLETED', 7);
    await room.user.deliver(mailWith('Order 8'));
    await room.pollUntil((poll) => poll.taken === 1, 'the mail that came later to be taken');
    await room.inStatus('COMPLETED', 8);
    await room.pollUntil(async () => (await room.user.files()).length === 0, 'all mails to be deleted on the server');
    expect(room.subjects().toSorted()).toEqual(Array.from({ length: 8 }, (_, index) => `Order ${index + 1}`));
  });
});
