import type { IntakePauseView, PollView } from './api/polls.ts';
import { mailSender } from './catalog/mail-sender.ts';
import type { ErrorView } from './errors.ts';
import { isSearchEmpty, searchText } from './mail-search.ts';
import type { ChannelHealth, DeploymentState } from './status.ts';

/**
 * "Why was nothing picked up?" in words: what stops intake first, then what the last look at the mailbox left out, and why.
 * No clock and no database: the same facts give the same reasons.
 */

export const reasonLevels = ['ok', 'info', 'warning', 'error'] as const;
export type ReasonLevel = (typeof reasonLevels)[number];

/** Where a reason is seen or settled. */
export const reasonPlaces = [
  'flow',
  'alerts',
  'processes',
  'polls',
  'locks',
  'quarantine',
  'renumberings',
  'credentials',
  'connectivity',
  'messages',
] as const;
export type ReasonPlace = (typeof reasonPlaces)[number];

export interface Reason {
  level: ReasonLevel;
  /** What is the case. Times are ISO 8601, for the screen to put into the reader's zone. */
  text: string;
  /** What a person can do about it; empty where nothing needs doing. */
  remedy: string;
  place: ReasonPlace | null;
}

export interface WhyFacts {
  now: Date;
  deployment: { state: DeploymentState; version: number; error: ErrorView | null };
  /** Processes that poll and give signs of life. */
  workers: number;
  channel: {
    health: ChannelHealth;
    lastPoll: Pick<PollView, 'result' | 'startedAt' | 'error'> | null;
    /** The last poll that has looked into the mailbox. */
    lastLook: Look | null;
    lastSuccessAt: string | null;
    nextPollAt: string | null;
    failuresInRow: number;
    /** Mails that somebody read before a poll could take them. */
    readElsewhere: number;
  };
  /** What stops intake, of all flows or of this one. */
  pauses: Pick<IntakePauseView, 'flowId' | 'worker' | 'reason'>[];
  /** The account is left in peace after refused sign-ins. */
  signInPause: { credential: string; until: string } | null;
  wanted: Wanted;
  /** Mails of the flow that wait in quarantine, and those of the channel among them that were held after a renumbering. */
  setAside: number;
  held: number;
  /** When the channel last took a mail in, within the polls that are kept. */
  lastTakenAt: string | null;
}

/** What a poll found in the mailbox. */
export type Look = Pick<PollView, 'startedAt' | 'listed' | 'known' | 'taken' | 'quarantined' | 'skippedBySearch' | 'beforeStart'>;

/** Which mails a channel takes. */
export interface Wanted {
  /** Null: the only one there is (POP3). */
  folder: string | null;
  isUnreadOnly: boolean;
  /** In words; empty where every mail is wanted. */
  search: string;
  startsWithNew: boolean;
}

/** @param config of a channel of the mail sender, resolved */
export function wantedOf(config: Record<string, unknown>): Wanted {
  const { protocol, folder, selection, search, startWith } = mailSender.config.parse(config);
  const isImap = protocol === 'imap4';
  return {
    folder: isImap ? folder : null,
    isUnreadOnly: isImap && selection === 'unread',
    search: isSearchEmpty(search) ? '' : searchText(search),
    startsWithNew: startWith === 'new',
  };
}

/** The decisive reason first; never empty. */
export function whyNothing(facts: WhyFacts): Reason[] {
  const stopping = [...ofDeployment(facts), ...ofWorkers(facts), ...ofPauses(facts), ...ofSignIn(facts), ...ofPolls(facts)];
  const found = [...ofLastLook(facts), ...ofDecisions(facts)];
  return [...stopping, ...found, ...ofSchedule(facts), ...ofLastTaken(facts)];
}

const reason = (level: ReasonLevel, text: string, place: ReasonPlace | null = null, remedy = ''): Reason => ({
  level,
  text,
  remedy,
  place,
});

function ofDeployment({ deployment: { state, version, error } }: WhyFacts): Reason[] {
  if (state === 'Error') {
    const text = `Version ${version} could not be started. ${error?.message ?? ''}`.trim();
    return [reason('error', text, 'flow', error?.remedy ?? 'Deploy it again.')];
  }
  if (state === 'Starting') return [reason('info', `Version ${version} is starting. Its mailboxes are polled from then on.`)];
  if (state === 'Started') return [];
  return [reason('warning', 'The flow is being stopped: its mailboxes are not polled any more.', 'flow', 'Deploy it again to go on.')];
}

function ofWorkers({ workers }: WhyFacts): Reason[] {
  if (workers > 0) return [];
  const remedy = 'Start a process with MAILROOM_ROLE=worker or all. Mails stay on the mail server until then.';
  return [reason('error', 'No worker is alive: no mailbox is polled.', 'processes', remedy)];
}

function ofPauses({ pauses }: WhyFacts): Reason[] {
  return pauses.map(({ flowId, worker, reason: { message, remedy } }) => {
    const scope = flowId ? 'for this flow' : worker ? `on ${worker}` : 'for all flows';
    return reason('error', `Intake is paused ${scope}. ${message}`, null, remedy);
  });
}

function ofSignIn({ signInPause }: WhyFacts): Reason[] {
  if (!signInPause) return [];
  const { credential, until } = signInPause;
  return [
    reason(
      'error',
      `The mail server refused the sign-in of '${credential}'. So that the account is not locked, no other try is made before ${until}.`,
      'credentials',
      'Correct user or password of the artifact: the mailbox is then polled at once.',
    ),
  ];
}

/** Most polls are over sooner: only one that takes longer is worth a word. */
const longPollMs = 10_000;

/** What keeps polls from looking into the mailbox. */
function ofPolls({ now, channel, signInPause, pauses }: WhyFacts): Reason[] {
  const { health, lastPoll, lastLook, failuresInRow, lastSuccessAt, nextPollAt } = channel;
  const success = lastSuccessAt === null ? 'None has succeeded yet.' : `The last success was at ${lastSuccessAt}.`;
  if (health === 'late') {
    const due = nextPollAt !== null && Date.parse(nextPollAt) < now.getTime() ? ` at ${nextPollAt}` : ' by now';
    const remedy = 'Look at the processes: all of them may be busy, or another one holds the mailbox.';
    return [reason('error', `A poll was due${due} and has not ended. ${success}`, 'processes', remedy)];
  }
  if (health === 'failing' && signInPause === null) {
    const failed = failuresInRow > 1 ? `The last ${failuresInRow} polls failed.` : 'The last poll failed.';
    const error = lastPoll?.error;
    const place = 'connectivity';
    return [reason('error', `${failed} ${error?.message ?? ''} ${success}`.replace('  ', ' '), place, error?.remedy ?? '')];
  }
  if (lastPoll?.result === 'skipped') {
    const { message, remedy } = lastPoll.error ?? { message: 'The poll was broken off when the flow was stopped or deployed.', remedy: '' };
    return [reason('warning', `The last poll, at ${lastPoll.startedAt}, was skipped. ${message}`, 'locks', remedy)];
  }
  if (lastPoll?.result === 'paused' && pauses.length === 0) {
    return [
      reason(
        'warning',
        `The last poll left mails on the mail server. ${lastPoll.error?.message ?? ''}`.trim(),
        'polls',
        lastPoll.error?.remedy,
      ),
    ];
  }
  if (lastPoll?.result === 'running' && (lastLook === null || now.getTime() - Date.parse(lastPoll.startedAt) > longPollMs)) {
    return [reason('info', `A poll is running since ${lastPoll.startedAt}.`, 'polls')];
  }
  if (lastPoll === null) return [reason('info', 'The mailbox has not been visited yet.')];
  return [];
}

/** What the last poll that looked into the mailbox has found there; a mailbox that can't be reached now may look otherwise by now. */
function ofLastLook({ channel: { lastPoll, lastLook, readElsewhere }, wanted }: WhyFacts): Reason[] {
  if (lastLook === null || lastPoll?.result === 'failed') return [];
  const { listed, known, taken, quarantined, skippedBySearch, beforeStart, startedAt } = lastLook;
  const place = wanted.folder === null ? 'the mailbox' : `the folder '${wanted.folder}'`;
  const reasons: Reason[] = [];
  if (taken > 0) reasons.push(reason('ok', `The last poll, at ${startedAt}, took ${mails(taken)} in.`, 'messages'));
  else if (listed === 0 && skippedBySearch === 0) {
    const none = wanted.isUnreadOnly ? 'no unread mail' : 'no mail';
    const remedy =
      wanted.folder === null ? '' : `Check that mail arrives in that folder, and that no rule of the server moves it elsewhere.`;
    reasons.push(reason('info', `The last poll, at ${startedAt}, found ${none} in ${place}.`, 'polls', remedy));
  }
  if (taken === 0 && known > 0)
    reasons.push(
      reason('ok', `${mails(known)} in ${place} ${known === 1 ? 'was' : 'were'} taken before: no mail is taken twice.`, 'messages'),
    );
  if (skippedBySearch > 0) {
    const remedy = 'Change Search in the channel if they are wanted.';
    const only = wanted.search === '' ? '' : ` Only mails ${wanted.search} are wanted.`;
    reasons.push(reason('warning', `${were(skippedBySearch)} left out by Search.${only}`, 'flow', remedy));
  }
  if (beforeStart > 0) {
    const text = `${were(beforeStart)} in ${place} before the channel began, and Start With is 'Only mails that arrive from now on'.`;
    reasons.push(reason('info', text, 'flow'));
  }
  if (readElsewhere > 0) {
    const text = `${were(readElsewhere)} read by someone else before a poll could take ${readElsewhere === 1 ? 'it' : 'them'}, and Selection is 'Only Unread'.`;
    reasons.push(reason('warning', text, 'polls', 'Take them anyway, or set Selection to All.'));
  }
  if (quarantined > 0) reasons.push(reason('warning', `The last poll set ${mails(quarantined)} aside.`, 'quarantine'));
  return reasons;
}

/** What waits for a person. */
function ofDecisions({ setAside, held }: WhyFacts): Reason[] {
  const reasons: Reason[] = [];
  if (held > 0) {
    const text = `The mailbox numbers its mails anew, and ${mails(held)} that look like ones taken before ${held === 1 ? 'is' : 'are'} held.`;
    reasons.push(reason('warning', text, 'renumberings', 'Decide whether they are the same or new.'));
  }
  if (setAside > held) {
    const others = setAside - held;
    const text = `${mails(others)} of this flow ${others === 1 ? 'waits' : 'wait'} in quarantine.`;
    reasons.push(reason('warning', text, 'quarantine', 'Try them again, or discard them.'));
  }
  return reasons;
}

/** A poll further away than this is worth a word. */
const soonMs = 60 * 60_000;

function ofSchedule({ now, deployment, channel: { nextPollAt } }: WhyFacts): Reason[] {
  if (deployment.state !== 'Started') return [];
  if (nextPollAt === null) {
    return [
      reason('warning', 'The schedule has no run left: the mailbox is not polled any more.', 'flow', 'Change Schedule, or use Poll now.'),
    ];
  }
  if (Date.parse(nextPollAt) - now.getTime() < soonMs) return [];
  return [reason('info', `The schedule has the next poll at ${nextPollAt}. Poll now looks at once.`)];
}

function ofLastTaken({ lastTakenAt, channel: { lastLook } }: WhyFacts): Reason[] {
  if (lastLook && lastLook.taken > 0) return [];
  const text = lastTakenAt === null ? 'No kept poll has taken a mail in.' : `A mail was last taken in at ${lastTakenAt}.`;
  return [reason('info', text, 'messages')];
}

const mails = (count: number) => (count === 1 ? '1 mail' : `${count.toLocaleString('en')} mails`);
const were = (count: number) => `${mails(count)} ${count === 1 ? 'was' : 'were'}`;
