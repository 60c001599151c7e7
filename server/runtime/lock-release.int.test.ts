import { expect, test } from 'vitest';
import { eventually } from '../testing/eventually.ts';
import { useMailRoom } from '../testing/mail-room.ts';
import { mailWith } from '../testing/mail-with.ts';

/** Locks that a person releases, with real workers on a real mailbox. */

const room = useMailRoom({ role: 'web' });
const mailboxLocks = async () => (await room.mailroom.call('listLocks')).items.filter(({ kind }) => kind === 'mailbox');
const theLock = (holder: number) =>
  eventually(async () => (await mailboxLocks()).find((lock) => lock.holder.endsWith(`/${holder}`)), {
    what: `a lock of process ${holder}`,
    deadlineMs: 20_000,
  });
const release = (token: string, reason: string) => room.mailroom.call('releaseLock', { params: { token }, body: { reason } });
const polls = (fits: RegExp) => async () =>
  (await room.polls()).find((poll) => fits.test([poll.error?.message ?? '', ...poll.notes].join('\n')));

test('a poll whose lock is released takes nothing more in, says who and why, and the next one takes each mail once', async () => {
  await room.user.deliver(mailWith('Order 1'));
  const worker = await room.startWorker(['intake.stored']);
  await room.deploy('imap4');
  const halt = await worker.halted();
  const lock = await theLock(worker.pid);
  expect(lock.channel).toMatchObject({ name: 'Orders mailbox', flowId: room.flowId, flowName: 'Orders' });

  const released = await release(lock.token, 'looks stuck');
  expect(released).toMatchObject({ key: lock.key, holder: lock.holder, flowName: 'Orders', reason: 'looks stuck' });
  await expect(release(lock.token, 'again')).rejects.toMatchObject({ status: 409, answer: { code: 'LOCK_NOT_HELD' } });
  expect((await room.mailroom.call('listLockReleases')).items).toContainEqual(released);
  halt.goOn();

  const poll = await eventually(polls(/released by .+: looks stuck/), { what: 'a poll that says so', deadlineMs: 20_000 });
  expect(poll).toMatchObject({ result: 'skipped', taken: 0, error: { code: 'MAIL_LOCK_RELEASED' } });
  expect(poll.error?.message).toContain(released.releasedBy);
  (await worker.halted()).goOn();
  await room.inStatus('COMPLETED', 1);
  expect(room.subjects()).toEqual(['Order 1']);
});

test('a connection that waits for mail is closed, and the lock of a dead worker is free for another at once', async () => {
  const first = await room.startWorker();
  await room.deploy('imap4', { autoDisconnect: false, schedule: { kind: 'interval', every: 5, unit: 'minutes' } });
  const lock = await theLock(first.pid);
  await release(lock.token, 'the provider asks for it');
  await eventually(polls(/the provider asks for it/), { what: 'a poll that says so', deadlineMs: 20_000 });
  const next = await theLock(first.pid);
  expect(BigInt(next.token)).toBeGreaterThan(BigInt(lock.token));

  const second = await room.startWorker();
  await first.kill();
  const released = await release(next.token, 'its machine is gone');
  const taken = await theLock(second.pid);
  // A lease that nobody renews runs out only after 10 s.
  expect(Date.parse(taken.acquiredAt) - Date.parse(released.releasedAt)).toBeLessThan(6_000);
  await room.user.deliver(mailWith('Order 2'));
  await room.inStatus('COMPLETED', 1);
});
