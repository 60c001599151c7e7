import { describe, expect, it } from 'vitest';
import type { ErrorView } from './errors.ts';
import type { PollResult } from './status.ts';
import { whyNothing, wantedOf, type Look, type Reason, type WhyFacts } from './why-nothing.ts';

const now = new Date('2026-11-26T10:00:00.000Z');
const at = (minutes: number) => new Date(now.getTime() + minutes * 60_000).toISOString();
const error = (message: string) => ({ code: 'MAIL_UNREACHABLE', message, remedy: 'Check the address.', retryable: true });

const emptyLook: Look = {
  startedAt: at(-1),
  listed: 0,
  known: 0,
  taken: 0,
  quarantined: 0,
  skippedBySearch: 0,
  beforeStart: 0,
};
const poll = (result: PollResult, problem: ErrorView | null = null) => ({ result, startedAt: at(-1), error: problem });

type Given = Partial<Omit<WhyFacts, 'channel'>> & { channel?: Partial<WhyFacts['channel']> };

function facts({ channel, ...given }: Given = {}): WhyFacts {
  return {
    now,
    deployment: { state: 'Started', version: 3, error: null },
    workers: 1,
    pauses: [],
    signInPause: null,
    wanted: { folder: 'INBOX', isUnreadOnly: true, search: '', startsWithNew: false },
    setAside: 0,
    held: 0,
    lastTakenAt: at(-90),
    ...given,
    channel: {
      health: 'ok',
      lastPoll: poll('completed'),
      lastLook: emptyLook,
      lastSuccessAt: at(-1),
      nextPollAt: at(1),
      failuresInRow: 0,
      readElsewhere: 0,
      ...channel,
    },
  };
}

const lastLook = (counts: Partial<Look>) => facts({ channel: { lastLook: { ...emptyLook, ...counts } } });
const first = (given: WhyFacts) => whyNothing(given)[0];

describe('each reason by itself', () => {
  it.each<[string, WhyFacts, Partial<Reason>]>([
    ['an empty folder', facts(), { level: 'info', text: `The last poll, at ${at(-1)}, found no unread mail in the folder 'INBOX'.` }],
    [
      'an empty POP3 mailbox',
      facts({ wanted: { folder: null, isUnreadOnly: false, search: '', startsWithNew: false } }),
      { text: `The last poll, at ${at(-1)}, found no mail in the mailbox.`, remedy: '' },
    ],
    [
      'a version that could not be started',
      facts({ deployment: { state: 'Error', version: 3, error: error('The adapter is gone.') } }),
      { level: 'error', text: 'Version 3 could not be started. The adapter is gone.', place: 'flow', remedy: 'Check the address.' },
    ],
    ['a flow that stops', facts({ deployment: { state: 'Stopping', version: 3, error: null } }), { level: 'warning', place: 'flow' }],
    ['a flow that starts', facts({ deployment: { state: 'Starting', version: 3, error: null } }), { level: 'info' }],
    ['no worker', facts({ workers: 0 }), { level: 'error', place: 'processes', text: 'No worker is alive: no mailbox is polled.' }],
    [
      'a full disk',
      facts({ pauses: [{ flowId: null, worker: 'mill', reason: error('The disk is full.') }] }),
      { level: 'error', text: 'Intake is paused on mill. The disk is full.' },
    ],
    [
      'refused sign-ins',
      facts({ signInPause: { credential: 'orders', until: at(16) }, channel: { health: 'failing' } }),
      { level: 'error', place: 'credentials', text: expect.stringContaining(`no other try is made before ${at(16)}`) as string },
    ],
    [
      'failing polls',
      facts({
        channel: { health: 'failing', failuresInRow: 4, lastPoll: poll('failed', error('Nobody answers.')) },
      }),
      { level: 'error', text: `The last 4 polls failed. Nobody answers. The last success was at ${at(-1)}.`, place: 'connectivity' },
    ],
    [
      'a late channel',
      facts({ channel: { health: 'late', nextPollAt: at(-10), lastSuccessAt: null } }),
      { level: 'error', text: `A poll was due at ${at(-10)} and has not ended. None has succeeded yet.`, place: 'processes' },
    ],
    [
      'a mailbox that another holds',
      facts({ channel: { lastPoll: poll('skipped', error('The mailbox is being polled by mill.')) } }),
      { level: 'warning', text: `The last poll, at ${at(-1)}, was skipped. The mailbox is being polled by mill.`, place: 'locks' },
    ],
    [
      'a poll that has been running for a minute',
      facts({ channel: { lastPoll: poll('running') } }),
      { level: 'info', text: `A poll is running since ${at(-1)}.` },
    ],
    [
      'a channel without a poll',
      facts({ channel: { lastPoll: null, lastLook: null } }),
      { level: 'info', text: 'The mailbox has not been visited yet.' },
    ],
    [
      'known mails',
      lastLook({ listed: 12, known: 12 }),
      { level: 'ok', text: expect.stringMatching(/^12 mails in the folder 'INBOX' were taken before/) as string },
    ],
    ['mails that were taken', lastLook({ listed: 2, taken: 2 }), { level: 'ok', text: `The last poll, at ${at(-1)}, took 2 mails in.` }],
    [
      'mails that Search leaves out',
      {
        ...lastLook({ skippedBySearch: 1 }),
        wanted: { folder: 'INBOX', isUnreadOnly: true, search: 'from billing', startsWithNew: false },
      },
      { level: 'warning', text: '1 mail was left out by Search. Only mails from billing are wanted.', place: 'flow' },
    ],
    ['mails from before the start', lastLook({ listed: 5, beforeStart: 5 }), { text: expect.stringContaining('Start With is') as string }],
    ['mails set aside', lastLook({ listed: 1, quarantined: 1 }), { level: 'warning', place: 'quarantine' }],
  ])('%s', (_, given, expected) => {
    expect(first(given)).toMatchObject(expected);
  });

  it('tells of mails that somebody read first, and of those that wait for a decision', () => {
    const reasons = whyNothing(facts({ channel: { readElsewhere: 3 }, setAside: 5, held: 2 }));
    expect(reasons.map(({ place }) => place)).toEqual(['polls', 'polls', 'renumberings', 'quarantine', 'messages']);
    expect(reasons.map(({ text }) => text)).toEqual(
      expect.arrayContaining([
        "3 mails were read by someone else before a poll could take them, and Selection is 'Only Unread'.",
        '3 mails of this flow wait in quarantine.',
      ]),
    );
  });

  it('says when the schedule has no run left, or only a late one', () => {
    expect(whyNothing(facts({ channel: { nextPollAt: null } })).at(-2)).toMatchObject({ level: 'warning', place: 'flow' });
    expect(whyNothing(facts({ channel: { nextPollAt: at(600) } })).at(-2)?.text).toContain(at(600));
    expect(
      whyNothing(facts({ channel: { nextPollAt: at(30) } }))
        .map(({ text }) => text)
        .join(),
    ).not.toContain(at(30));
  });
});

it('tells what the last look has found while the next poll is running', () => {
  const running = { ...poll('running'), startedAt: now.toISOString() };
  expect(first(facts({ channel: { lastPoll: running } }))?.text).toContain('found no unread mail');
});

it('puts what stops everything before what stops a part', () => {
  const reasons = whyNothing(
    facts({
      deployment: { state: 'Error', version: 3, error: null },
      workers: 0,
      pauses: [{ flowId: null, worker: null, reason: error('The database is nearly full.') }],
      signInPause: { credential: 'orders', until: at(16) },
      channel: { health: 'failing', lastPoll: poll('failed') },
      held: 1,
      setAside: 1,
    }),
  );
  expect(reasons.map(({ place }) => place)).toEqual(['flow', 'processes', null, 'credentials', 'renumberings', 'messages']);
});

it('repeats the refused sign-in only once, although the channel fails because of it', () => {
  const failing: Given['channel'] = {
    health: 'failing',
    failuresInRow: 3,
    lastPoll: poll('failed', error('Refused.')),
  };
  const texts = whyNothing(facts({ signInPause: { credential: 'orders', until: at(4) }, channel: failing })).map(({ text }) => text);
  expect(texts.filter((text) => text.includes('Refused.'))).toEqual([]);
});

it('reads what a channel wants from its configuration', () => {
  expect(wantedOf({ protocol: 'imap4', folder: 'Orders', search: { from: 'billing' } })).toEqual({
    folder: 'Orders',
    isUnreadOnly: true,
    search: 'from billing',
    startsWithNew: false,
  });
  expect(wantedOf({ protocol: 'pop3', folder: 'Orders', startWith: 'new' })).toMatchObject({
    folder: null,
    isUnreadOnly: false,
    startsWithNew: true,
  });
});
