import type { ImapFolder } from 'hoodiecrow-imap';
import { FlowError } from '../../shared/errors.ts';
import type { Logger } from '../ports/common.ts';
import type { PracticeMailbox } from '../ports/practice.ts';
import { startImapServer } from './imap-server.ts';
import { newPracticeState, readPracticeState, writePracticeState, type PracticeState, type StoredFolder } from './practice-store.ts';
import { sampleMails, testMail } from './sample-mails.ts';

const user = 'practice';
const maxMails = 500;
const saveDelayMs = 100;

/**
 * An IMAP mailbox of our own for the first minute: `practice` on the loopback interface, INBOX with sample mails, and Archive.
 * It is kept in `<directory>/practice.json`.
 *
 * @param port used when it is free, else any other
 */
export async function startPracticeMailbox({
  directory,
  port,
  log,
}: {
  directory: string;
  port: number;
  log: Logger;
}): Promise<PracticeMailbox & { close(): Promise<void> }> {
  const kept = await readPracticeState(directory, log);
  const state = kept ?? newPracticeState();
  const folders = { INBOX: folderOf(state.folders.INBOX), Archive: { ...folderOf(state.folders.Archive), 'special-use': '\\Archive' } };
  const saving = saver(async () => writePracticeState(directory, snapshot(state.password, folders)), log);
  const imap = await startImapServer({ port, user, password: state.password, folders, onChange: saving.soon, log });

  const append = (bytes: Buffer, at: Date): void => {
    imap.server.appendMessage('INBOX', [], imapDate(at), bytes.toString('latin1'));
  };
  if (!kept) for (const bytes of await sampleMails(new Date())) append(bytes, new Date());
  await saving.now();

  return {
    address: `127.0.0.1:${imap.port}`,
    user,
    password: state.password,
    counts: () => ({ total: folders.INBOX.messages.length, unread: folders.INBOX.messages.filter(isUnread).length }),
    async send(mail) {
      if (imap.isQuiet()) for (const folder of Object.values(folders)) dropOldestRead(folder);
      if (folders.INBOX.messages.length >= 2 * maxMails) throw new FlowError('PRACTICE_FULL', { count: folders.INBOX.messages.length });
      const now = new Date();
      append(await testMail(mail, now), now);
      await saving.now();
    },
    async close() {
      await imap.close();
      await saving.now();
    },
  };
}

/** Keeps fewer than 500 mails, unless they are unread. */
function dropOldestRead(folder: ImapFolder): void {
  const surplus = folder.messages.length - maxMails + 1;
  if (surplus <= 0) return;
  const dropped = new Set(folder.messages.filter((mail) => !isUnread(mail)).slice(0, surplus));
  folder.messages = folder.messages.filter((mail) => !dropped.has(mail));
}

function isUnread({ flags }: { flags: string[] }): boolean {
  return !flags.includes('\\Seen');
}

function folderOf({ uidValidity, uidNext, mails }: StoredFolder): ImapFolder {
  const messages = mails.map(({ uid, flags, receivedAt, raw }) => ({ uid, flags, internaldate: receivedAt, raw }));
  return { uidvalidity: uidValidity, uidnext: uidNext, messages };
}

function snapshot(password: string, folders: { INBOX: ImapFolder; Archive: ImapFolder }): PracticeState {
  const stored = ({ uidvalidity, uidnext, messages }: ImapFolder): StoredFolder => ({
    uidValidity: uidvalidity,
    uidNext: uidnext,
    mails: messages.map(({ uid, flags, internaldate, raw }) => ({ uid, flags, receivedAt: internaldate, raw })),
  });
  return { password, folders: { INBOX: stored(folders.INBOX), Archive: stored(folders.Archive) } };
}

/** RFC 9051, date-time, in UTC. */
function imapDate(at: Date): string {
  const [, day = '', month = '', year = '', time = ''] = at.toUTCString().split(' ');
  return `${day}-${month}-${year} ${time} +0000`;
}

/** Saves one after the other; what changes within a moment is saved once. */
function saver(save: () => Promise<void>, log: Logger): { soon: () => void; now: () => Promise<void> } {
  let timer: NodeJS.Timeout | undefined;
  let last = Promise.resolve();
  const now = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    last = last.then(save).catch((error: unknown) => log.warn({ err: error }, 'The practice mailbox could not be saved'));
    return last;
  };
  return { now, soon: () => (timer ??= setTimeout(() => void now(), saveDelayMs)) };
}
