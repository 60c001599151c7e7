import type { CyrusVariant } from '../../server/testing/cyrus-config.ts';
import { startFaultProxy } from '../../server/testing/fault-proxy.ts';
import { startCyrusServer, type CyrusMailbox, type CyrusServer } from '../../server/testing/cyrus-server.ts';
import { cyrusKeeping } from './corpus-rules.ts';
import { capabilitySets } from './post-processing-rules.ts';
import { borrowedMail, type Attempt, type Fleet, type Mailbox, type TestedServer, type Witness } from './servers.ts';

/**
 * A peer of another family than Dovecot, with its own protocol code, and Cyrus SASL for the sign-in.
 * What is different there, as of 3.6:
 * - A UIDL is UIDVALIDITY and UID, `1795617676.3`: after a renumbering all of them are new.
 * - POP3 locks the mailbox: a second POP3 session is refused with `-ERR [IN-USE]`.
 * - Capabilities of IMAP4 are many before the sign-in already, and AUTH= is gone after it.
 * - USER, PASS and LOGIN are always taken over TLS, also where no plain mechanism is offered.
 * - Only mails with CRLF at the end of each line and without NUL can be stored.
 * - An imapd that offers the two SCRAM mechanisms and nothing else corrupts its memory after a refused one (seen in 3.6.1 with
 *   libsasl2 2.1.28), so each is offered alone.
 */
const sasl = ['SCRAM-SHA-256', 'SCRAM-SHA-1', 'DIGEST-MD5', 'CRAM-MD5', 'PLAIN', 'LOGIN'];
const everything: CyrusVariant = { name: 'everything', mechanisms: sasl, hasApop: true, hasPlainCommands: true };
const offers: CyrusVariant[] = [
  { name: 'only SCRAM-SHA-256', mechanisms: ['SCRAM-SHA-256'], hasApop: false, hasPlainCommands: false },
  { name: 'only SCRAM-SHA-1', mechanisms: ['SCRAM-SHA-1'], hasApop: false, hasPlainCommands: false },
  { name: 'only DIGEST-MD5', mechanisms: ['DIGEST-MD5'], hasApop: false, hasPlainCommands: false },
  { name: 'only CRAM-MD5', mechanisms: ['CRAM-MD5'], hasApop: false, hasPlainCommands: false },
  { name: 'only PLAIN', mechanisms: ['PLAIN'], hasApop: false, hasPlainCommands: true },
];

/** Enough for all rows; those that only read share some. */
const mailboxes = 140;

/** One Cyrus with a face for each offer and each set of capabilities. */
export async function startCyruses(): Promise<Fleet> {
  const poor = capabilitySets.filter(({ missing }) => missing.length > 0);
  const variants = [everything, ...offers, ...poor.map(({ name, missing }) => ({ ...everything, name, suppressed: missing }))];
  const cyrus = await startCyrusServer({ variants, mailboxes });
  const borrowMailbox = mailboxPool(cyrus);
  const serverOf = (variant: CyrusVariant) => testedCyrus(cyrus, variant, borrowMailbox);
  const full = serverOf(everything);
  return {
    everything: full,
    offering: [full, ...offers.map(serverOf)],
    capable: [
      { server: full, hasMove: true, hasUidPlus: true },
      ...poor.map(({ name, hasMove, hasUidPlus }) => ({ server: serverOf({ ...everything, name }), hasMove, hasUidPlus })),
    ],
    stop: cyrus.stop,
  };
}

function testedCyrus(cyrus: CyrusServer, variant: CyrusVariant, borrowMailbox: TestedServer['borrowMailbox']): TestedServer {
  const { name, mechanisms, hasApop, hasPlainCommands } = variant;
  const ports = cyrus.portsOf(name);
  return {
    facts: { name: `Cyrus, ${name}`, mechanisms, hasApop, hasTls: true, hasUserCommand: (isEncrypted) => hasPlainCommands || isEncrypted },
    ca: cyrus.ca,
    keeping: cyrusKeeping,
    port: (protocol, protection) => {
      if (protocol === 'imap4') return protection === 'tls' ? ports.imaps : ports.imap;
      return protection === 'tls' ? ports.pop3s : ports.pop3;
    },
    borrowMailbox,
    newMailbox: async () => mailboxOf(await cyrus.takeMailbox()),
    witness: tap,
  };
}

/** As many as there are rows at once. */
function mailboxPool(cyrus: CyrusServer): TestedServer['borrowMailbox'] {
  const free: Mailbox[] = [];
  return async () => {
    const mailbox = free.pop() ?? (await withOneMail(mailboxOf(await cyrus.takeMailbox())));
    return { ...mailbox, close: () => {}, giveBack: () => free.push(mailbox) };
  };
}

async function withOneMail(mailbox: Mailbox): Promise<Mailbox> {
  await mailbox.deliver([borrowedMail]);
  return mailbox;
}

function mailboxOf({ user, password, imap, files }: CyrusMailbox): Mailbox {
  return {
    user,
    password,
    deliver: (mails) => imap.append('INBOX', mails),
    createFolder: imap.createFolder,
    mails: (folder = 'INBOX') => imap.mails(folder),
    files,
    close: imap.close,
  };
}

/** Listens on the wire. With TLS it sees that there is TLS, and nothing more. */
async function tap(port: number): Promise<Witness> {
  const proxy = await startFaultProxy({ port });
  return {
    port: proxy.port,
    attempts: async () => {
      const said = proxy.commands();
      return said.includes('\x16\x03') ? undefined : attemptsIn(said);
    },
    close: () => proxy.close(),
  };
}

function attemptsIn(commands: string): Attempt[] {
  const lines = commands.split('\r\n');
  return lines.flatMap((line) => {
    const sasl = /^(?:\w+ AUTHENTICATE|AUTH) ([\w-]+)/i.exec(line)?.[1];
    const own = /^(APOP|USER)\b/i.exec(line)?.[1] ?? /^\w+ (LOGIN)\b/i.exec(line)?.[1];
    const mechanism = (sasl ?? own)?.toUpperCase();
    return mechanism === undefined ? [] : [{ mechanism: mechanism === 'USER' ? 'USER/PASS' : mechanism, isEncrypted: false }];
  });
}
