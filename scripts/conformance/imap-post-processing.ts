import { createHash } from 'node:crypto';
import { mailSenderAdapter } from '../../server/adapters/mail-sender.ts';
import type { ListedMail, SettleItem, SettleResult } from '../../server/ports/mailbox.ts';
import { startFaultProxy } from '../../server/testing/fault-proxy.ts';
import { openPlainImap } from '../../server/testing/plain-imap.ts';
import { channel, codeOf, visit, type Channel } from './channel.ts';
import { inLanes } from './lanes.ts';
import { capabilitySets, expectedOutcome, imapKinds, type ImapKind, type Outcome } from './post-processing-rules.ts';
import type { CapableServer, KeptMail, Mailbox } from './servers.ts';
import type { Row, Section } from './table.ts';

/** Every kind of post-processing on every kind of server: once, told again, and with the answer to each command lost in turn. */
export async function imapPostProcessingSection(servers: CapableServer[], lanes: number): Promise<Section> {
  const cases = servers.flatMap((on) => imapKinds.map((kind) => ({ on, kind })));
  const rows = await inLanes(cases, lanes, ({ on, kind }) => rowsOf(on, kind));
  return {
    title: 'Post-processing, IMAP4',
    columns: ['server', 'post-processing', 'situation'],
    rows: rows.flat(),
    remarks: [
      `${servers.length} servers × ${imapKinds.length} kinds, with ${capabilitySets.map(({ name }) => name).join(', ')} of MOVE and UIDPLUS.`,
      'Looked at from the other side: the Maildir of Dovecot, a second IMAP connection to Cyrus. In the same folder are a mail that another mail',
      'program has flagged \\Deleted and an unread one: both must be there afterwards as they were.',
    ],
  };
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const oursId = '<ours@example.test>';
const otherFolder = 'Done';
/** More commands than any post-processing needs. */
const maxCommands = 6;

async function rowsOf(on: CapableServer, kind: ImapKind): Promise<Row[]> {
  const wanted = expectedOutcome(kind, on);
  const row = (situation: string, outcome: Outcome | string): Row => ({
    about: [on.server.facts.name, kind, situation],
    wanted: outcomeText(situation === 'once' ? wanted : { ...wanted, isSaid: false }),
    happened: typeof outcome === 'string' ? outcome : outcomeText(outcome),
  });
  const rows = [row('once', await once(on, kind).catch(codeOf)), row('told again', await toldAgain(on, kind).catch(codeOf))];
  if (kind === 'none') return rows;
  for (let lost = 1; lost <= maxCommands; lost += 1) {
    const found = await answerLost(on, kind, lost).catch((error: unknown) => ({ command: `command ${lost}`, outcome: codeOf(error) }));
    // All its answers have been lost before.
    if (!found && lost > 1) break;
    rows.push(row(`answer to ${found?.command ?? 'nothing'} lost, told again`, found?.outcome ?? 'no command was sent'));
  }
  return rows;
}

async function once(on: CapableServer, kind: ImapKind): Promise<Outcome> {
  return withMailbox(on, async (mailbox, port) => {
    const to = channelOf(mailbox, port, kind);
    return outcomeOf(mailbox, await settle(to, await listedOurs(to)));
  });
}

async function toldAgain(on: CapableServer, kind: ImapKind): Promise<Outcome> {
  return withMailbox(on, async (mailbox, port) => {
    const to = channelOf(mailbox, port, kind);
    const ours = await listedOurs(to);
    await settle(to, ours);
    await settle(to, ours, true);
    return outcomeOf(mailbox, []);
  });
}

/** @returns undefined where post-processing sends fewer commands */
async function answerLost(
  on: CapableServer,
  kind: ImapKind,
  which: number,
): Promise<{ command: string; outcome: Outcome | string } | undefined> {
  return withMailbox(on, async (mailbox, port) => {
    const proxy = await startFaultProxy({ port });
    try {
      const to = channelOf(mailbox, proxy.port, kind);
      const ours = await listedOurs(to);
      const before = proxy.commands().length;
      const isLost = (sent: string) => changes(sent).length >= which;
      proxy.fault({ cutAfter: isLost });
      const first = await settle(to, ours).then(() => 'settled', codeOf);
      const command = changes(proxy.commands().slice(before))[which - 1];
      if (proxy.faults() === 0 || command === undefined) return undefined;
      proxy.fault({});
      await settle(to, ours, true);
      return {
        command,
        outcome: first === 'MAIL_CONNECTION_LOST' ? await outcomeOf(mailbox, []) : `the lost answer was not noticed: ${first}`,
      };
    } finally {
      await proxy.close();
    }
  });
}

/** The commands among these lines that change something, as `UID MOVE`. */
function changes(sent: string): string[] {
  return [...sent.matchAll(/^\S+ ((?:UID )?(?:STORE|COPY|MOVE|EXPUNGE))\b/gim)].map(([, command = '']) => command.toUpperCase());
}

async function withMailbox<T>({ server }: CapableServer, work: (mailbox: Mailbox, port: number) => Promise<T>): Promise<T> {
  const mailbox = await server.newMailbox();
  try {
    await mailbox.createFolder(otherFolder);
    await mailbox.deliver(['ours', 'theirs', 'unread'].map(mail));
    const port = server.port('imap4', 'off');
    await flagTheirs(mailbox, port);
    return await work(mailbox, port);
  } finally {
    mailbox.close();
  }
}

const mail = (name: string) =>
  Buffer.from(`From: a@example.test\r\nSubject: ${name}\r\nMessage-ID: <${name}@example.test>\r\n\r\nBody of ${name}\r\n`);

/** Another mail program has marked the second mail to be deleted, and not yet emptied the folder. */
async function flagTheirs({ user, password }: Mailbox, port: number): Promise<void> {
  const other = await openPlainImap(port, user, password);
  await other.command('SELECT INBOX');
  await other.command('UID STORE 2 +FLAGS (\\Deleted)');
  other.close();
}

function channelOf(mailbox: Mailbox, port: number, kind: ImapKind): Channel {
  const settings = { address: `127.0.0.1:${port}`, protection: 'off' } as const;
  if (kind === 'final-failure') return channel({ ...settings, onFinalFailure: 'move', failureFolder: otherFolder }, mailbox);
  return channel({ ...settings, postProcessing: kind, archiveFolder: otherFolder }, mailbox);
}

async function listedOurs(to: Channel): Promise<ListedMail> {
  return visit(to, async (session) => {
    const { mails } = await session.list();
    await session.close();
    const [ours] = mails;
    if (mails.length !== 2 || !ours) throw new Error(`2 mails should be listed, not ${mails.length}`);
    return ours;
  });
}

/** What the runtime does once a message is COMPLETED or FAILED: what the plan says is told to the server. */
async function settle(to: Channel, ours: ListedMail, isRepeat = false): Promise<SettleResult[]> {
  const { postProcessing, onFailure } = mailSenderAdapter.plan(to.config);
  const action = onFailure ?? postProcessing;
  const facts = { messageId: oursId, listedBytes: ours.sizeBytes, contentHash: sha256(mail('ours')) };
  const items: SettleItem[] = action === 'none' ? [] : [{ uid: ours.uid, action, isRepeat, ...facts }];
  return visit(to, async (session) => {
    const results = await session.settle(items);
    results.push(...(await session.close()));
    const refused = results.find(({ error }) => error);
    if (refused?.error) throw new Error(`${refused.error.code}: ${refused.error.details ?? refused.error.message}`);
    if (results.length !== items.length) throw new Error(`${results.length} results for ${items.length} mails`);
    return results;
  });
}

async function outcomeOf(mailbox: Mailbox, results: SettleResult[]): Promise<Outcome & { others: string }> {
  const [inbox, archive] = [await mailbox.mails(), await mailbox.mails(otherFolder)];
  return {
    inbox: stateOf(inbox, 'ours'),
    archive: stateOf(archive, 'ours'),
    isSaid: results.some(({ note }) => note !== undefined),
    others: othersText(inbox, archive),
  };
}

function stateOf(mails: KeptMail[], name: string): string {
  const found = mails.filter(({ raw }) => raw.equals(mail(name)));
  const states = found.map(({ flags }) => {
    const read = flags.includes('\\Seen') ? 'read' : 'unread';
    return flags.includes('\\Deleted') ? `${read}, flagged \\Deleted` : read;
  });
  return states.length > 1 ? `${states.length} times: ${states.join(' and ')}` : (states[0] ?? 'gone');
}

function othersText(inbox: KeptMail[], archive: KeptMail[]): string {
  const theirs = stateOf(inbox, 'theirs');
  const unread = stateOf(inbox, 'unread');
  const strays = archive.filter(({ raw }) => !raw.equals(mail('ours'))).length;
  if (theirs === 'unread, flagged \\Deleted' && unread === 'unread' && strays === 0) return untouched;
  return `theirs ${theirs}, the unread one ${unread}, ${strays} strays in ${otherFolder}`;
}

const untouched = 'others untouched';

function outcomeText({ inbox, archive, isSaid, others = untouched }: Outcome & { others?: string }): string {
  return `INBOX: ${inbox}; ${otherFolder}: ${archive}; ${others}${isSaid ? '; said so' : ''}`;
}
