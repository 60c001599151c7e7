import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { FlowError } from '../../shared/errors.ts';
import type { BlobStore } from '../ports/blobs.ts';
import type { FetchedMail, ListedMail, MailHead } from '../ports/mailbox.ts';
import { takeInMails, turnOf, type Intake } from './intake.ts';

const mib = 1024 * 1024;
const mail = (uid: string, sizeBytes = 1_000, tries = 0) => ({ uid, sizeBytes, tries, isDecided: true });
const numbered = (count: number, sizeBytes?: number) => Array.from({ length: count }, (_, index) => mail(`${index}`, sizeBytes));
const whole = ({ uid }: ListedMail): FetchedMail => ({ uid, bytes: Buffer.from(uid) });
const lost = () => new FlowError('MAIL_CONNECTION_LOST', { address: 'mail.example.com', during: 'fetching mails' });
const head: MailHead = { subject: '', from: '', to: '', messageId: '', date: null };

/** One intake with a mailbox that answers as `fetch` says; keeps what was asked of it and what became of the mails. */
function setUp(
  fetch: (mails: ListedMail[]) => AsyncGenerator<FetchedMail>,
  { put, signal, isInOrder = false }: { put?: BlobStore['put']; signal?: AbortSignal; isInOrder?: boolean } = {},
) {
  const asked: string[][] = [];
  const taken: string[] = [];
  const failed: string[] = [];
  const aside: string[] = [];
  let progress = 0;
  const store: BlobStore['put'] = async (content, options) => {
    const pieces: Uint8Array[] = [];
    if (content instanceof Uint8Array) pieces.push(content);
    else for await (const piece of content) pieces.push(piece);
    const bytes = Buffer.concat(pieces);
    options?.onStart?.(bytes);
    return { hash: createHash('sha256').update(bytes).digest('hex'), sizeBytes: bytes.length };
  };
  const intake = {
    ledger: {
      takeIn: (batch: { mails: { uid: string }[] }) => {
        const uids = batch.mails.map(({ uid }) => uid);
        taken.push(...uids);
        return Promise.resolve({ taken: uids, known: 0, held: 0 });
      },
      fetchFailed: (_scope: unknown, _channel: unknown, mails: ListedMail[]) => {
        failed.push(...mails.map(({ uid }) => uid));
        return Promise.resolve(0);
      },
      setAside: (_scope: unknown, _channel: unknown, { uid }: ListedMail) => Promise.resolve(void aside.push(uid)),
    },
    blobs: { put: put ?? store, sync: () => Promise.resolve() },
    scope: { channelId: 'c1', mailbox: 'mail.example.com/anna/INBOX', epoch: '1' },
    adapter: { readHead: () => head },
    session: {
      fetch: (mails: ListedMail[]) => {
        asked.push(mails.map(({ uid }) => uid));
        return fetch(mails);
      },
      async *heads(mails: ListedMail[]) {
        for (const { uid } of mails) yield await Promise.resolve({ uid, head: Buffer.from(`Subject: ${uid}`) });
      },
    },
    plan: { maxMailBytes: 20 * mib, postProcessing: 'none', postProcessWhen: 'completed', onFailure: null, isInOrder },
    poll: { taken: 0, known: 0, quarantined: 0, bytes: 0, notes: [] },
    signal: signal ?? new AbortController().signal,
    onProgress: () => (progress += 1),
    onTaken: () => undefined,
    mayGoOn: () => Promise.resolve(true),
  } as unknown as Intake;
  return { intake, asked, taken, failed, aside, progress: () => progress };
}

async function* allOf(mails: ListedMail[]) {
  for (const one of mails) yield await Promise.resolve(whole(one));
}

describe('the turn of one poll', () => {
  const plan = { maxMessages: 3, maxMailBytes: 300 * mib, isInOrder: false };
  const uids = (mails: ListedMail[]) => mails.map(({ uid }) => uid);

  test('holds as many mails as the channel allows, those that failed before last', () => {
    expect(uids(turnOf([mail('a', 1, 1), mail('b'), mail('c'), mail('d')], plan))).toEqual(['b', 'c', 'd']);
    expect(uids(turnOf([mail('a', 1, 1), mail('b')], plan))).toEqual(['b', 'a']);
  });

  test('ends at the cap on bytes, but never before the first mail', () => {
    expect(uids(turnOf([mail('a', 300 * mib), mail('b', 300 * mib), mail('c')], plan))).toEqual(['a']);
    expect(uids(turnOf([mail('a', 900 * mib)], { ...plan, maxMailBytes: 1_000 * mib }))).toEqual(['a']);
  });

  test('does not count mails that are too large to be fetched', () => {
    expect(uids(turnOf([mail('a', 900 * mib), mail('b', 10 * mib)], plan))).toEqual(['a', 'b']);
  });
});

describe('mails are asked for', () => {
  test('in groups of at most 50', async () => {
    const { intake, asked, taken } = setUp(allOf);
    await takeInMails(intake, numbered(120));
    expect(asked.map((uids) => uids.length)).toEqual([50, 50, 20]);
    expect(taken).toHaveLength(120);
  });

  test('in groups of at most 8 MB, a larger one alone', async () => {
    const { intake, asked } = setUp(allOf);
    await takeInMails(intake, [...numbered(3, 3 * mib), mail('large', 15 * mib), mail('small')]);
    expect(asked).toEqual([['0', '1'], ['2'], ['large'], ['small']]);
  });

  test('last and one by one when they have failed before, the least tried first', async () => {
    const { intake, asked } = setUp(allOf);
    await takeInMails(intake, [mail('bad', 1_000, 3), mail('new'), mail('suspect', 1_000, 1)]);
    expect(asked).toEqual([['new'], ['suspect'], ['bad']]);
  });

  test('not at all when they are too large: they are set aside', async () => {
    const { intake, asked, aside } = setUp(allOf);
    await takeInMails(intake, [mail('huge', 21 * mib), mail('small')]);
    expect([asked, aside]).toEqual([[['small']], ['huge']]);
  });
});

test('the next group is fetched while the one before is being stored, and no more than two wait for that', async () => {
  const disk = Promise.withResolvers<void>();
  const { intake, asked, taken } = setUp(allOf, {
    async put() {
      await disk.promise;
      return { hash: 'ab', sizeBytes: 1 };
    },
  });
  const done = takeInMails(intake, numbered(250));
  await expect.poll(() => asked.length).toBe(3);
  expect(taken).toEqual([]);
  disk.resolve();
  expect(await done).toBe(true);
  expect(asked).toHaveLength(5);
  expect(taken).toEqual(numbered(250).map(({ uid }) => uid));
});

describe('when fetching breaks off', () => {
  test('what had come is taken in, and only the rest counts as failed', async () => {
    const { intake, taken, failed } = setUp(async function* (mails) {
      yield* allOf(mails.slice(0, 2));
      throw lost();
    });
    await expect(takeInMails(intake, numbered(4))).rejects.toMatchObject({ code: 'MAIL_CONNECTION_LOST' });
    expect([taken, failed]).toEqual([
      ['0', '1'],
      ['2', '3'],
    ]);
  });

  test('in the middle of a streamed mail, that one counts as failed too', async () => {
    async function* half() {
      yield await Promise.resolve(Buffer.from('half'));
      throw lost();
    }
    const { intake, taken, failed } = setUp(async function* (mails) {
      yield* allOf(mails.slice(0, 1));
      yield { uid: '1', bytes: half() };
    });
    await expect(takeInMails(intake, numbered(3))).rejects.toMatchObject({ code: 'MAIL_CONNECTION_LOST' });
    expect([taken, failed]).toEqual([['0'], ['1', '2']]);
  });

  test('a mail that the server leaves out of its answer counts as failed, and the poll goes on', async () => {
    const { intake, taken, failed } = setUp((mails) => allOf(mails.slice(1)));
    expect(await takeInMails(intake, numbered(3))).toBe(false);
    expect([taken, failed]).toEqual([['1', '2'], ['0']]);
  });

  test.each(['whole', 'streamed'])('a full disk of ours is no fault of the mails (%s)', async (form) => {
    const put = () => Promise.reject(new FlowError('DISK_FULL', { directory: '/data' }));
    const fetch = async function* (mails: ListedMail[]) {
      for await (const one of allOf(mails)) yield form === 'whole' ? one : { ...one, bytes: allOfBytes() };
    };
    const { intake, failed } = setUp(fetch, { put });
    await expect(takeInMails(intake, numbered(3))).rejects.toMatchObject({ code: 'DISK_FULL' });
    expect(failed).toEqual([]);
  });

  test.each([
    ['a shutdown is no fault of the mails', new Error('the worker is stopping'), []],
    ['a visit that got stuck is', new FlowError('MAIL_POLL_OVERRAN', { minutes: 10 }), ['0', '1']],
  ])('%s', async (_what, reason, expected) => {
    const { intake, failed } = setUp(
      async function* () {
        yield* allOf([]);
        throw lost();
      },
      { signal: AbortSignal.abort(reason) },
    );
    await expect(takeInMails(intake, numbered(2))).rejects.toMatchObject({ code: 'MAIL_CONNECTION_LOST' });
    expect(failed).toEqual(expected);
  });
});

async function* allOfBytes() {
  yield await Promise.resolve(Buffer.from('bytes'));
}

test('a large mail that keeps coming is progress all the time', async () => {
  const { intake, progress } = setUp(async function* (mails) {
    for (const { uid } of mails) yield await Promise.resolve({ uid, bytes: hundred() });
  });
  async function* hundred() {
    for (let i = 0; i < 100; i++) yield await Promise.resolve(Buffer.from('piece'));
  }
  await takeInMails(intake, [mail('large', 10 * mib)]);
  expect(progress()).toBeGreaterThanOrEqual(100);
});

test('back-pressure is asked before each batch, and what it stops stays on the server', async () => {
  const { intake, asked, failed } = setUp(allOf);
  let batches = 0;
  intake.mayGoOn = () => Promise.resolve((batches += 1) <= 2);
  await takeInMails(intake, numbered(170));
  expect(asked.map((uids) => uids.length)).toEqual([50, 50]);
  expect(failed).toEqual([]);
  expect(intake.poll.notes).toEqual(['70 mail(s) of this poll wait on the mail server.']);
});

describe('in order', () => {
  test('a mail that could not be stored holds those behind it, although they could', async () => {
    const isBad = (bytes: unknown) => bytes instanceof Uint8Array && String(Buffer.from(bytes)) === '1';
    const put: BlobStore['put'] = (content) =>
      isBad(content) ? Promise.reject(new Error('the database is restarting')) : Promise.resolve({ hash: '', sizeBytes: 1 });
    const { intake, taken, failed } = setUp(allOf, { put, isInOrder: true });
    await expect(takeInMails(intake, numbered(4))).rejects.toThrow('the database is restarting');
    expect([taken, failed]).toEqual([['0'], []]);
  });

  test('mails are taken in as they are listed, whatever came first from the server', async () => {
    const { intake, taken } = setUp(
      async function* (mails) {
        for (const one of mails.toReversed()) yield await Promise.resolve(whole(one));
      },
      { isInOrder: true },
    );
    await takeInMails(intake, [mail('a'), mail('b', 1_000, 1), mail('c'), mail('d')]);
    expect(taken).toEqual(['a', 'b', 'c', 'd']);
  });

  test('what is behind a mail that could not be fetched waits, and what is before it is taken in', async () => {
    const { intake, taken, failed } = setUp(
      async function* (mails) {
        for (const one of mails) if (one.uid !== 'b') yield await Promise.resolve(whole(one));
      },
      { isInOrder: true },
    );
    await takeInMails(intake, [mail('a'), mail('b'), mail('c'), mail('d', 1_000, 1)]);
    expect(taken).toEqual(['a']);
    expect(failed).toEqual(['b']);
  });

  test('nothing of the groups fetched meanwhile is taken in when one before them is not complete', async () => {
    const { intake, asked, taken } = setUp((mails) => allOf(mails.filter(({ uid }) => uid !== '10')), { isInOrder: true });
    await takeInMails(intake, numbered(250));
    expect(taken).toEqual(numbered(10).map(({ uid }) => uid));
    expect(asked.length).toBeLessThan(5);
  });

  test('one that is too large does not hold the line', async () => {
    const { intake, taken, aside } = setUp(allOf, { isInOrder: true });
    await takeInMails(intake, [mail('a', 30 * mib), mail('b')]);
    expect([aside, taken]).toEqual([['a'], ['b']]);
  });
});

test('a mail that a person has allowed is taken in up to the size that was allowed', async () => {
  const { intake, taken, aside } = setUp(allOf);
  await takeInMails(intake, [{ ...mail('a', 30 * mib), allowedBytes: 1_000 * mib }, mail('b', 30 * mib)]);
  expect([aside, taken]).toEqual([['b'], ['a']]);
});

test('a file system that hangs holds a mailbox no longer than its lock timeout', async () => {
  const hold = new AbortController();
  const never = () => new Promise<never>(() => undefined);
  const { intake, taken, failed } = setUp(allOf, { put: never, signal: hold.signal });
  const visit = takeInMails(intake, numbered(3));
  const overran = new FlowError('MAIL_POLL_OVERRAN', { minutes: 5 });
  setTimeout(() => hold.abort(overran), 20);
  await expect(visit).rejects.toBe(overran);
  // That the disk hangs says nothing about the mails.
  expect([taken, failed]).toEqual([[], []]);
});
