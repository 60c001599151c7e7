import { describe, expect, test } from 'vitest';
import { eventually } from '../testing/eventually.ts';
import { chain, deployCredential, deployFlow, mailSenderNode, node } from '../testing/flows.ts';
import { useMailRoom } from '../testing/mail-room.ts';
import { mailWith } from '../testing/mail-with.ts';

/** Back-pressure, on real servers: a receiver that does not answer stops intake at the high-water mark. */

describe('with a mark of 40 messages for a flow', () => {
  const room = useMailRoom({ env: { MAILROOM_FLOW_OPEN_MESSAGES: '40' } });
  const deliver = async (from: number, to: number) => {
    for (let i = from; i < to; i += 1) await room.user.deliver(mailWith(`Order ${i}`));
  };
  /** A receiver that takes every request and answers only once it is told to. */
  function hangingReceiver(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    room.sink.onRequest(() => promise);
    return resolve;
  }
  const pauses = async () => (await room.mailroom.call('listIntakePauses')).items;

  test('intake stops between two batches, says so, and the rest follows by itself when the receiver answers', async () => {
    const answer = hangingReceiver();
    await deliver(0, 70);
    await room.deploy('imap4', { maxMessages: 200 });
    await eventually(async () => (await room.channel()).health === 'paused', { what: 'a paused channel', deadlineMs: 20_000 });

    expect(await room.messages()).toHaveLength(50);
    expect(await room.user.files()).toHaveLength(70);
    const { lastPoll, failuresInRow } = await room.channel();
    expect(lastPoll).toMatchObject({
      result: 'paused',
      error: { code: 'INTAKE_FLOW_FULL', remedy: expect.stringContaining('wait on the mail server') },
    });
    expect(lastPoll?.error?.message).toContain('50 messages');
    expect(failuresInRow).toBe(0);
    const polls = await room.polls();
    expect(polls.find(({ taken }) => taken === 50)?.notes).toContain('20 mail(s) of this poll wait on the mail server.');
    expect(await pauses()).toMatchObject([{ flowId: room.flowId, worker: null, reason: { code: 'INTAKE_FLOW_FULL' } }]);

    answer();
    await room.inStatus('COMPLETED', 70);
    expect(room.sink.requests).toHaveLength(70);
    expect(await pauses()).toEqual([]);
    await eventually(async () => (await room.channel()).health === 'ok', { what: 'a healthy channel' });
  });

  test('another flow goes on, and so does the stop over a kill -9', async () => {
    const answer = hangingReceiver();
    await deliver(0, 60);
    await room.deploy('imap4', { maxMessages: 50 });
    await eventually(async () => (await pauses()).length === 1, { what: 'a pause', deadlineMs: 20_000 });

    const other = await room.server.createUser();
    await deployCredential(room.mailroom, other, 'other');
    await other.deliver(mailWith('Invoice'));
    const flowId = await deployFlow(
      room.mailroom,
      'Invoices',
      chain(mailSenderNode(room.server, 'imap4', { credential: 'other' }), node('file', 'file-receiver', {})),
    );
    const completed = async () => (await room.mailroom.call('listMessages', { query: { flowId, status: 'COMPLETED', limit: 10 } })).items;
    await eventually(async () => (await completed()).length === 1, { what: 'the message of the other flow', deadlineMs: 20_000 });

    const since = Date.now();
    await room.killAndStart();
    await room.mailroom.call('pollNow', { params: { id: room.flowId } });
    const isPausedAgain = async () => (await room.polls()).some((poll) => poll.result === 'paused' && Date.parse(poll.startedAt) > since);
    await eventually(isPausedAgain, { what: 'a paused poll of the new process', deadlineMs: 25_000 });
    expect(await room.messages()).toHaveLength(50);
    answer();
  });
});
