import { chmod, rm } from 'node:fs/promises';
import path from 'node:path';
import { Client } from 'pg';
import { describe, expect, test } from 'vitest';
import { eventually } from '../testing/eventually.ts';
import { startFaultProxy } from '../testing/fault-proxy.ts';
import { useMailRoom } from '../testing/mail-room.ts';
import { mailWith } from '../testing/mail-with.ts';
import type { SunkRequest } from '../testing/http-sink.ts';

/** What the mail server is told, when, and what happens where it refuses: real servers, a real Mailroom process, kill -9 in between. */

const room = useMailRoom();
const subjectOf = (request: SunkRequest) => String(JSON.parse(request.body.toString()).headers.subject);
const subjectsIn = async (folder?: string) =>
  (await room.user.files(folder)).map(({ raw }) => /Subject: (.*)\r/.exec(raw.toString())?.[1] ?? '').sort();
const settled = (subject: string, action: string) =>
  eventually(
    async () => {
      const { postProcessing } = await room.message(subject);
      return postProcessing.action === action && postProcessing.state === 'done';
    },
    { what: `'${action}' of ${subject}`, deadlineMs: 25_000 },
  );
/** Polls on schedule: "Poll now" would ask the server again at once. */
const scheduledPolls = async (count: number) => {
  const isDone = async () => (await room.polls()).filter(({ result }) => result === 'completed').length;
  const before = await isDone();
  await eventually(async () => (await isDone()) >= before + count, { what: `${count} more polls`, deadlineMs: 25_000 });
};

async function execute(sql: string, values: unknown[] = []): Promise<void> {
  const client = new Client({ connectionString: room.database.url });
  await client.connect();
  try {
    await client.query(sql, values);
  } finally {
    await client.end();
  }
}

describe('On Final Failure: Move to Folder', () => {
  const moving = { onFinalFailure: 'move', failureFolder: 'Failed' };

  test('moves a mail once its attempts are used up, not before, across kill -9; a retry that succeeds later leaves it there', async () => {
    await room.user.createFolder('Failed');
    let status = 503;
    room.sink.answerWith((request) => (subjectOf(request) === 'Bad' ? status : 200));
    await room.user.deliver(mailWith('Bad'));
    await room.user.deliver(mailWith('Good'));
    await room.deploy('imap4', moving);
    await room.inStatus('RETRY', 1);
    await scheduledPolls(2);
    expect(await subjectsIn()).toEqual(['Bad', 'Good']);

    // The next attempt is refused in a way that is not worth another.
    status = 422;
    await room.inStatus('FAILED', 1);
    await room.killAndStart();
    await settled('Bad', 'move-failed');
    expect([await subjectsIn(), await subjectsIn('Failed')]).toEqual([['Good'], ['Bad']]);
    expect(await room.user.flags('Failed')).toEqual(['']);

    status = 200;
    const { id } = await room.message('Bad');
    await room.mailroom.call('retryMessage', { params: { id } });
    await room.inStatus('COMPLETED', 2);
    await scheduledPolls(2);
    expect((await room.message('Bad')).postProcessing).toEqual({ action: 'move-failed', state: 'done', error: null });
    expect([await subjectsIn(), await subjectsIn('Failed')]).toEqual([['Good'], ['Bad']]);
  }, 60_000);

  test('moves a mail whose message a person cancels, and one that can not be parsed', async () => {
    await room.user.createFolder('Failed');
    room.sink.answerWith(() => 503);
    const filler = Array.from({ length: 40_000 }, (_, i) => `X-Filler-${i}: ${'x'.repeat(40)}`).join('\r\n');
    await room.user.deliver(mailWith('Poison').replace('\r\n\r\n', `\r\n${filler}\r\n\r\n`));
    await room.user.deliver(mailWith('Slow'));
    await room.deploy('imap4', moving);
    await room.inStatus('RETRY', 1);
    await room.mailroom.call('cancelMessage', { params: { id: (await room.message('Slow')).id } });
    await settled('Slow', 'move-failed');
    await settled('Poison', 'move-failed');
    expect([await subjectsIn(), await subjectsIn('Failed')]).toEqual([[], ['Poison', 'Slow']]);
  });

  test('a mail that was marked as read when it was stored is moved all the same', async () => {
    await room.user.createFolder('Failed');
    room.sink.answerWith(() => 422);
    await room.user.deliver(mailWith('Bad'));
    await room.deploy('imap4', { ...moving, postProcessWhen: 'stored' });
    await settled('Bad', 'move-failed');
    expect(await subjectsIn('Failed')).toEqual(['Bad']);
  });

  test('a missing folder is shown with what to do, and the mails wait until it is there', async () => {
    room.sink.answerWith(() => 422);
    await room.user.deliver(mailWith('Bad'));
    await room.deploy('imap4', moving);
    const waiting = await eventually(async () => {
      await room.inStatus('FAILED', 1);
      const { postProcessing } = await room.message('Bad');
      return postProcessing.state === 'failed' && postProcessing;
    });
    expect(waiting.error).toMatchObject({ code: 'MAIL_FAILURE_FOLDER_MISSING' });
    expect(await subjectsIn()).toEqual(['Bad']);
    await room.user.createFolder('Failed');
    await room.mailroom.call('pollNow', { params: { id: room.flowId } });
    await settled('Bad', 'move-failed');
    expect([await subjectsIn(), await subjectsIn('Failed')]).toEqual([[], ['Bad']]);
  });
});

describe('what the server refuses', () => {
  const archiving = { postProcessing: 'archive', archiveFolder: 'Done' };

  test('is shown in each poll with its words and what to do, asked again only after a while, and at once with Poll now', async () => {
    await room.user.createFolder('Done');
    const folder = path.dirname(path.dirname((await deliverTo('Done')).path));
    const proxy = await startFaultProxy({ port: room.server.ports.imap });
    const moves = () => proxy.commands().match(/UID MOVE/g)?.length ?? 0;
    await setMode(folder, 0o555);
    try {
      await room.user.deliver(mailWith('Order 1'));
      await room.deploy('imap4', { ...archiving, address: `localhost:${proxy.port}` });
      await room.inStatus('COMPLETED', 1);
      await eventually(() => moves() === 1, { what: 'the refusal' });
      await scheduledPolls(3);
      expect(moves()).toBe(1);
      const [newest] = (await room.polls()).filter(({ result }) => result === 'completed');
      expect(newest?.notes).toEqual([
        expect.stringMatching(/did not carry out 'archive'.*The server said: \[SERVERBUG\].*Next try: \d{4}-\d\d-\d\dT/),
      ]);
      expect((await room.message('Order 1')).postProcessing).toMatchObject({
        state: 'failed',
        error: { details: expect.stringContaining('SERVERBUG') },
      });

      await setMode(folder, 0o755);
      await room.mailroom.call('pollNow', { params: { id: room.flowId } });
      await settled('Order 1', 'archive');
      expect([await subjectsIn(), await subjectsIn('Done')]).toEqual([[], ['Order 1', 'There']]);
    } finally {
      await setMode(folder, 0o755);
      await proxy.close();
    }
  });

  test('a missing archive folder is named with what to do, and the mails are moved once it is there', async () => {
    await room.user.deliver(mailWith('Order 1'));
    await room.deploy('imap4', archiving);
    await room.inStatus('COMPLETED', 1);
    await eventually(async () => (await room.message('Order 1')).postProcessing.error?.code === 'MAIL_ARCHIVE_FOLDER_MISSING');
    await room.user.createFolder('Done');
    await room.mailroom.call('pollNow', { params: { id: room.flowId } });
    await settled('Order 1', 'archive');
  });

  test('mails stay where they are when the channel no longer names a folder for them', async () => {
    await room.user.deliver(mailWith('Order 1'));
    await room.deploy('imap4', archiving);
    await eventually(
      async () => (await room.messages('COMPLETED')).length === 1 && (await room.message('Order 1')).postProcessing.state === 'failed',
    );
    await room.redeploy('imap4', { postProcessing: 'mark-read' });
    const poll = await eventually(async () =>
      (await room.polls()).find(({ notes }) => notes.some((note) => note.includes('no longer names a folder'))),
    );
    expect(poll.result).toBe('completed');
    expect(await subjectsIn()).toEqual(['Order 1']);
  });

  async function deliverTo(folder: string) {
    await room.user.deliver(mailWith('There'), folder);
    const [there] = await room.user.paths(folder);
    if (!there) throw new Error('nothing was delivered');
    return there;
  }
  async function setMode(folder: string, mode: number): Promise<void> {
    for (const part of ['', 'tmp', 'new', 'cur']) await chmod(path.join(folder, part), mode);
  }
});

describe('Delete After Days over POP3', () => {
  const deleting = { pop3PostProcessing: 'delete-after-days', deleteAfterDays: 7 };
  const makeOlder = (days: number) => execute(`update ledger set seen_at = seen_at - $1 * interval '1 day'`, [days]);

  test('deletes a mail that ended well so many days after it was taken, and leaves one that failed', async () => {
    room.sink.answerWith((request) => (subjectOf(request) === 'Bad' ? 422 : 200));
    for (const subject of ['Good', 'Bad']) await room.user.deliver(mailWith(subject));
    await room.deploy('pop3', deleting);
    await room.inStatus('COMPLETED', 1);
    await room.inStatus('FAILED', 1);
    await makeOlder(6);
    await room.nextPoll();
    expect(await subjectsIn()).toEqual(['Bad', 'Good']);
    expect((await room.message('Good')).postProcessing).toMatchObject({ action: 'delete-after-days', state: 'owed' });

    await room.killAndStart();
    await makeOlder(2);
    await settled('Good', 'delete');
    await room.nextPoll();
    expect(await subjectsIn()).toEqual(['Bad']);
    await room.user.deliver(mailWith('Next'));
    await room.inStatus('COMPLETED', 2);
    expect((await room.polls()).flatMap(({ notes }) => notes)).toEqual([]);
  });

  test('goes by what the channel says when the time has come: fewer days delete sooner, Leave on Server deletes nothing', async () => {
    await room.user.deliver(mailWith('Order 1'));
    await room.deploy('pop3', deleting);
    await room.inStatus('COMPLETED', 1);
    await room.redeploy('pop3', {});
    await makeOlder(8);
    await room.nextPoll();
    expect(await subjectsIn()).toEqual(['Order 1']);
    await room.redeploy('pop3', { ...deleting, deleteAfterDays: 3 });
    await settled('Order 1', 'delete');
    expect(await subjectsIn()).toEqual([]);
  });
});

describe('after a renumbering', () => {
  /** Holds the answer to one subject back until it is let go. */
  function holdBack(subject: string) {
    let isFree = false;
    const answers = new Map<string, number>();
    room.sink.answerWith((request) => {
      if (subjectOf(request) !== subject) return answers.get(subjectOf(request)) ?? 200;
      return isFree ? 200 : 503;
    });
    return { letGo: () => (isFree = true), answers };
  }

  test.each(['imap4', 'pop3'] as const)(
    'over %s what is owed waits until its mail is recognised, and no other mail is deleted in its place',
    async (protocol) => {
      const held = holdBack('Gone');
      held.answers.set('Stranger', 422);
      for (const subject of ['Gone', 'Stranger']) await room.user.deliver(mailWith(subject));
      const post = protocol === 'imap4' ? { postProcessing: 'delete', selection: 'all' } : { pop3PostProcessing: 'delete' };
      await room.deploy(protocol, post);
      await room.inStatus('RETRY', 1);
      await room.inStatus('FAILED', 1);

      // Somebody deletes the first mail and the server is restored: the stranger now has its number.
      const [gone] = await room.user.paths();
      await rm(gone?.path ?? '');
      await room.user.renumber();
      held.letGo();
      await room.mailroom.call('pollNow', { params: { id: room.flowId } });
      await room.inStatus('COMPLETED', 1);
      await scheduledPolls(2);
      expect(await subjectsIn()).toEqual(['Stranger']);
      expect(room.subjects().filter((subject) => subject === 'Stranger')).toHaveLength(1);
    },
    40_000,
  );

  test.each(['imap4', 'pop3'] as const)(
    'over %s a mail that is recognised is told what it is owed under its new id',
    async (protocol) => {
      const held = holdBack('Order 2');
      for (const subject of ['Order 1', 'Order 2']) await room.user.deliver(mailWith(subject));
      const post = protocol === 'imap4' ? { postProcessing: 'delete' } : { pop3PostProcessing: 'delete' };
      await room.deploy(protocol, post);
      await room.inStatus('RETRY', 1);
      await settled('Order 1', 'delete');
      await room.user.renumber();
      await room.pollUntil((poll) => poll.notes.some((note) => note.includes('numbers its mails anew')), 'the renumbering to be noticed');
      held.letGo();
      await room.inStatus('COMPLETED', 2);
      await settled('Order 2', 'delete');
      expect(await subjectsIn()).toEqual([]);
    },
    40_000,
  );

  test('a mail that looks like one taken before but differs is held for a person, and shown', async () => {
    await room.user.deliver(mailWith('Order 1'));
    await room.deploy('imap4', { selection: 'all', postProcessing: 'none' });
    await room.inStatus('COMPLETED', 1);
    const [before] = await room.user.paths();
    await rm(before?.path ?? '');
    await room.user.deliver(mailWith('Order 1', { text: 'Quite another text' }));
    await room.user.renumber();
    const [held] = await eventually(async () => ((await room.setAside()).length === 1 ? room.setAside() : undefined), {
      deadlineMs: 20_000,
    });
    expect(held).toMatchObject({ reason: { code: 'MAIL_RENUMBERED_DIFFERS' }, subject: 'Order 1', hasRaw: true });
    expect(room.sink.requests).toHaveLength(1);
    await room.mailroom.call('releaseQuarantined', { params: { id: held?.id ?? '' } });
    await room.inStatus('COMPLETED', 2);
  });
});
