import { describe, expect, test } from 'vitest';
import { deployCredential } from '../testing/flows.ts';
import { eventually } from '../testing/eventually.ts';
import { useMailRoom } from '../testing/mail-room.ts';
import { mailWith } from '../testing/mail-with.ts';

const room = useMailRoom();

const hourMs = 60 * 60_000;
const lastDay = () => ({ from: new Date(Date.now() - 23 * hourMs).toISOString(), to: new Date(Date.now() + hourMs).toISOString() });
const tile = async () => (await room.mailroom.call('getOverview', { query: lastDay() })).flows.find(({ flowId }) => flowId === room.flowId);
const reasons = async () => (await room.mailroom.call('whyNothing', { params: { id: (await room.channel()).id } })).reasons;

describe.each(['imap4', 'pop3'] as const)('over %s', (protocol) => {
  test('the overview tells what came in and failed, what the server said last, and why nothing more comes', async () => {
    room.sink.answerWith(({ body }) => (body.toString().includes('Bad') ? 400 : 200));
    for (const subject of ['Good', 'Bad']) await room.user.deliver(mailWith(subject));
    await room.deploy(protocol);
    await room.inStatus('COMPLETED', 1);
    await room.inStatus('FAILED', 1);
    const last = await room.pollUntil((poll) => poll.taken === 0, 'a poll that takes nothing');

    const shown = await eventually(tile, { what: 'the tile' });
    expect(shown).toMatchObject({
      flowName: 'Orders',
      counts: { COMPLETED: 1, FAILED: 1 },
      backlog: { count: 0, oldestAt: null },
      quarantined: 0,
    });
    expect(shown.channels[0]?.serverSaid?.text).toMatch(/Dovecot/);
    const { topErrors, counts, workers } = await room.mailroom.call('getOverview', { query: lastDay() });
    expect(topErrors.find(({ code }) => code === 'HTTP_REFUSED')).toMatchObject({
      flows: expect.arrayContaining([{ id: room.flowId, name: 'Orders' }]) as unknown,
    });
    expect(counts.FAILED).toBeGreaterThanOrEqual(1);
    expect(workers).toEqual({ running: 1, stopping: 0, lost: 0 });
    const texts = (await reasons()).map(({ text }) => text).join('\n');
    expect(texts).toMatch(/[12] mails? in the (folder 'INBOX'|mailbox) w(as|ere) taken before/);
    const sums = await room.mailroom.call('getPollSums', { params: { id: (await room.channel()).id }, query: { from: lastDay().from } });
    expect(sums).toMatchObject({ taken: 2, quarantined: 0 });
    expect(sums.polls.completed).toBeGreaterThan(1);
    expect(last.bytes).toBe(0);
  });
});

test('a refused sign-in is told in the words of the server, with what to correct', async () => {
  await deployCredential(room.mailroom, { ...room.user, password: 'wrong' }, `${room.user.user}-wrong`);
  await room.deploy('imap4', { credential: `${room.user.user}-wrong` });
  await eventually(async () => (await room.channel()).health === 'failing', { what: 'a failing channel', deadlineMs: 20_000 });
  expect((await room.channel()).serverSaid?.text).toMatch(/AUTHENTICATIONFAILED|Authentication failed/i);
  const [first] = await reasons();
  expect(first).toMatchObject({ level: 'error', place: 'credentials' });
  expect(first?.text).toContain(`the sign-in of '${room.user.user}-wrong'`);
});

test('only channels of deployed flows are asked why, and only a span of time is counted', async () => {
  const id = '00000000-0000-4000-8000-000000000000';
  await expect(room.mailroom.call('whyNothing', { params: { id } })).rejects.toMatchObject({ answer: { code: 'NOT_FOUND' } });
  const { from, to } = lastDay();
  await expect(room.mailroom.call('getOverview', { query: { from: to, to: from } })).rejects.toMatchObject({
    answer: { code: 'BAD_REQUEST' },
  });
});

test('a version is downloaded as it was deployed, whatever the draft says now', async () => {
  await room.deploy('imap4', { folder: 'Before' });
  const { revision, draft } = await room.mailroom.call('getFlow', { params: { id: room.flowId } });
  const nodes = draft.nodes.map((node) => ({ ...node, config: { ...node.config, folder: 'After' } }));
  await room.mailroom.call('saveFlow', { params: { id: room.flowId }, body: { revision, draft: { ...draft, nodes } } });
  const file = async (query: { version?: number }) => await room.mailroom.call('getFlowFile', { params: { id: room.flowId }, query });
  expect((await file({})).text).toContain('After');
  expect(await file({ version: 1 })).toMatchObject({
    text: expect.stringContaining('Before') as string,
    fileName: expect.stringContaining('v1') as string,
  });
  await expect(file({ version: 2 })).rejects.toMatchObject({ answer: { code: 'NOT_FOUND' } });
});
