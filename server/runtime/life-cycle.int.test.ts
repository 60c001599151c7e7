import { describe, expect, test } from 'vitest';
import { allDayEvery } from '../../shared/schedule.ts';
import { eventually } from '../testing/eventually.ts';
import { mailToHttp, deployCredential, deployFlow } from '../testing/flows.ts';
import { startHttpSink } from '../testing/http-sink.ts';
import { useMailRoom } from '../testing/mail-room.ts';
import { mailWith } from '../testing/mail-with.ts';

/** Deploy, undeploy and the way back to an earlier version, on real servers. */

const room = useMailRoom();
const deployment = async (flowId = room.flowId) => (await room.mailroom.call('listDeployments')).items.find((one) => one.flowId === flowId);
const undeploy = () => room.mailroom.call('undeployFlow', { params: { id: room.flowId } });
const deploy = () => room.mailroom.call('deployFlow', { params: { id: room.flowId }, body: {} });
const isGone = () => eventually(async () => (await deployment()) === undefined, { what: 'the end of the deployment', deadlineMs: 20_000 });

describe('undeploy', () => {
  test('what runs may end, what waits stays in the queue, and goes on when the flow is deployed again', async () => {
    const count = 100;
    const answers: (() => void)[] = [];
    room.sink.onRequest(() => new Promise((resolve) => answers.push(resolve)));
    for (let index = 0; index < count; index++) await room.user.deliver(mailWith(`Order ${index}`));
    await room.deploy('imap4', { maxMessages: count });
    await eventually(() => answers.length === 32);
    await room.inStatus('PROCESSING', count);

    await undeploy();
    await eventually(async () => (await room.messages()).every(({ isHeld }) => isHeld));
    // One after the other: the worker takes note a moment after the database, and what it has started by then may end as well.
    for (let index = 0; index < answers.length; index++) {
      answers[index]?.();
      await room.inStatus('COMPLETED', index + 1);
    }
    room.sink.onRequest(async () => undefined);
    await isGone();
    const completed = (await room.messages('COMPLETED')).length;
    expect(completed).toBeGreaterThanOrEqual(32);
    expect(completed).toBeLessThan(count);
    expect(room.sink.requests).toHaveLength(completed);
    expect(new Set((await room.messages('PROCESSING')).map(({ isHeld }) => isHeld))).toEqual(new Set([true]));

    await deploy();
    await room.inStatus('COMPLETED', count);
    expect(room.sink.requests).toHaveLength(count);
    expect(new Set((await room.messages()).map(({ attempts }) => attempts))).toEqual(new Set([1]));
  });

  test('a message that waits for its next attempt waits for the flow as well', async () => {
    let status = 503;
    room.sink.answerWith(() => status);
    await room.user.deliver(mailWith('Order'));
    await room.deploy('imap4');
    await room.inStatus('RETRY', 1);
    await undeploy();
    await isGone();
    status = 200;
    const { nextAttemptAt } = await room.message('Order');
    await eventually(() => Date.now() > Date.parse(nextAttemptAt ?? '') + 1_500, {
      what: 'the time of the next attempt',
      deadlineMs: 20_000,
    });
    expect(room.sink.requests).toHaveLength(1);
    await deploy();
    await room.inStatus('COMPLETED', 1);
    expect(room.sink.requests).toHaveLength(2);
  });

  test('a person can end a message whose flow is not deployed, and messages of a deleted flow are ABANDONED', async () => {
    room.sink.answerWith(() => 503);
    for (const subject of ['Cancelled', 'Abandoned']) await room.user.deliver(mailWith(subject));
    await room.deploy('imap4');
    await room.inStatus('RETRY', 2);
    await undeploy();
    await isGone();
    await room.mailroom.call('cancelMessage', { params: { id: (await room.message('Cancelled')).id } });
    await room.mailroom.call('deleteFlow', { params: { id: room.flowId } });
    expect((await room.message('Cancelled')).status).toBe('CANCELLED');
    expect((await room.message('Abandoned')).status).toBe('ABANDONED');
  });
});

test('deploying one flow leaves the connections of the others alone', async () => {
  const [user, sink] = await Promise.all([room.server.createUser(), startHttpSink()]);
  try {
    await deployCredential(room.mailroom, user, 'others');
    const standing = mailToHttp(room.server, 'imap4', sink.url, {
      credential: 'others',
      autoDisconnect: false,
      schedule: allDayEvery(1, 'hours'),
    });
    const otherId = await deployFlow(room.mailroom, 'Others', standing);
    const lockOf = async () =>
      (await room.mailroom.call('listLocks')).items.find(({ key }) => key.includes(user.user) && !key.startsWith('connection'));
    await eventually(async () => (await deployment(otherId))?.channels[0]?.lastSuccessAt);
    const before = await eventually(lockOf, { what: 'the lock of the connection that waits' });

    await room.deploy('imap4');
    await room.redeploy('imap4', { maxMessages: 7 });
    await room.nextPoll();
    await room.redeploy('imap4', { maxMessages: 8 });
    await room.nextPoll();
    expect((await lockOf())?.token).toBe(before.token);
    expect((await room.mailroom.call('listPolls', { query: { flowId: otherId } })).items).toHaveLength(1);
  } finally {
    await sink.close();
  }
});

describe('versions', () => {
  test('the way back to an earlier version is one call, and mails that came meanwhile are still taken once', async () => {
    await room.deploy('imap4', { maxMessages: 10 });
    await room.user.deliver(mailWith('By version 1'));
    await room.inStatus('COMPLETED', 1);
    await room.redeploy('imap4', { maxMessages: 20 });
    await room.user.deliver(mailWith('By version 2'));
    await room.inStatus('COMPLETED', 2);

    const params = { id: room.flowId };
    const { draft } = await room.mailroom.call('getFlow', { params });
    expect(await room.mailroom.call('deployVersion', { params: { ...params, version: 1 } })).toMatchObject({
      version: 1,
      state: 'Starting',
    });
    await eventually(async () => (await deployment())?.state === 'Started');
    await room.user.deliver(mailWith('By version 1 again'));
    await room.inStatus('COMPLETED', 3);
    const byVersion = (await room.messages()).map(({ subject, version }) => [subject, version]);
    expect(byVersion).toEqual([
      ['By version 1 again', 1],
      ['By version 2', 2],
      ['By version 1', 1],
    ]);

    // The draft is still that of version 2: deploying it is the way forward again, not a third version.
    expect((await room.mailroom.call('getFlow', { params })).draft).toEqual(draft);
    expect((await deploy()).version).toBe(2);
    const { items, nextCursor } = await room.mailroom.call('listVersions', { params, query: { limit: 1 } });
    expect(items.map(({ version }) => version)).toEqual([2]);
    const older = await room.mailroom.call('listVersions', { params, query: { limit: 1, cursor: Number(nextCursor) } });
    expect([older.items.map(({ version }) => version), older.nextCursor]).toEqual([[1], null]);
  });

  test('a version that can not run any more is refused, and what runs goes on', async () => {
    await room.deploy('imap4', { credential: room.user.user });
    await deployCredential(room.mailroom, room.user, 'second');
    await room.redeploy('imap4', { credential: 'second' });
    await room.mailroom.call('deleteCredential', { params: { name: room.user.user } });
    await expect(room.mailroom.call('deployVersion', { params: { id: room.flowId, version: 1 } })).rejects.toMatchObject({
      answer: { code: 'VERSION_HAS_PROBLEMS' },
    });
    await expect(room.mailroom.call('deployVersion', { params: { id: room.flowId, version: 9 } })).rejects.toMatchObject({
      answer: { code: 'NOT_FOUND' },
    });
    expect(await deployment()).toMatchObject({ version: 2, state: 'Started' });
  });
});
