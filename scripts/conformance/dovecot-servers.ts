import { startMailServer, type MailServer, type MailServerOptions, type MailUser } from '../../server/testing/mail-server.ts';
import { dovecotKeeping } from './corpus-rules.ts';
import { capabilitySets, type CapabilitySet } from './post-processing-rules.ts';
import { borrowedMail, type Attempt, type CapableServer, type Fleet, type Mailbox, type TestedServer } from './servers.ts';

const sasl = ['SCRAM-SHA-256', 'SCRAM-SHA-1', 'DIGEST-MD5', 'CRAM-MD5', 'PLAIN', 'LOGIN', 'OAUTHBEARER', 'XOAUTH2'];

interface Offer {
  name: string;
  mechanisms: string[];
  hasApop?: boolean;
  hasTls?: boolean;
}

const offers: Offer[] = [
  { name: 'only SCRAM', mechanisms: ['SCRAM-SHA-256', 'SCRAM-SHA-1'] },
  { name: 'only SCRAM-SHA-1', mechanisms: ['SCRAM-SHA-1'] },
  { name: 'only DIGEST-MD5', mechanisms: ['DIGEST-MD5'] },
  { name: 'only CRAM-MD5', mechanisms: ['CRAM-MD5'] },
  { name: 'only APOP', mechanisms: [], hasApop: true },
  { name: 'only PLAIN', mechanisms: ['PLAIN'] },
  { name: 'only LOGIN', mechanisms: ['LOGIN'] },
  { name: 'only OAUTHBEARER', mechanisms: ['OAUTHBEARER'] },
  { name: 'only XOAUTH2', mechanisms: ['XOAUTH2'] },
  { name: 'no STARTTLS', mechanisms: sasl, hasApop: true, hasTls: false },
];

/**
 * One Dovecot for each offer and each set of capabilities.
 *
 * @param introspectionUrl where they ask about tokens
 */
export async function startDovecots(introspectionUrl: string): Promise<Fleet> {
  const started: MailServer[] = [];
  const start = async (options: MailServerOptions) => {
    const server = await startMailServer({ ...options, introspectionUrl });
    started.push(server);
    return server;
  };
  const stop = async () => void (await Promise.all(started.map((server) => server.stop())));
  try {
    const poor = capabilitySets.filter(({ missing }) => missing.length > 0);
    const [everything, others, capable] = await Promise.all([
      startOffering({ name: 'everything', mechanisms: sasl, hasApop: true }, start),
      Promise.all(offers.map((offer) => startOffering(offer, start))),
      Promise.all(poor.map((set) => startPoor(set, start))),
    ]);
    return {
      everything,
      offering: [everything, ...others],
      capable: [{ server: everything, hasMove: true, hasUidPlus: true }, ...capable],
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Start = (options: MailServerOptions) => Promise<MailServer>;

async function startOffering({ name, mechanisms, hasApop = false, hasTls = true }: Offer, start: Start): Promise<TestedServer> {
  const words = [...mechanisms, ...(hasApop ? ['APOP'] : [])].map((word) => word.toLowerCase());
  const server = await start({ mechanisms: words, hasTls });
  return testedDovecot(server, {
    name: `Dovecot, ${name}`,
    mechanisms,
    hasApop,
    hasTls,
    // Dovecot lists USER in any case, but refuses it where it has no PLAIN.
    hasUserCommand: () => mechanisms.includes('PLAIN'),
  });
}

async function startPoor({ name, hasMove, hasUidPlus }: CapabilitySet, start: Start): Promise<CapableServer> {
  const said = [...(hasMove ? ['MOVE'] : []), ...(hasUidPlus ? ['UIDPLUS'] : [])];
  const server = await start({ imapCapability: ['IMAP4rev1 LITERAL+ SASL-IR IDLE', ...said].join(' ') });
  const facts = { name: `Dovecot, ${name}`, mechanisms: ['PLAIN', 'LOGIN'], hasApop: false, hasTls: true, hasUserCommand: () => true };
  return { server: testedDovecot(server, facts), hasMove, hasUidPlus };
}

function testedDovecot(server: MailServer, facts: TestedServer['facts']): TestedServer {
  const { ports } = server;
  return {
    facts,
    ca: server.ca,
    keeping: dovecotKeeping,
    port: (protocol, protection) => {
      const isTls = facts.hasTls && protection === 'tls';
      if (protocol === 'imap4') return isTls ? ports.imaps : ports.imap;
      return isTls ? ports.pop3s : ports.pop3;
    },
    borrowMailbox: async () => {
      // Dovecot's log names the user: with one of its own, each row finds its lines.
      const mailbox = mailboxOf(await server.createUser());
      await mailbox.deliver([borrowedMail]);
      return { ...mailbox, giveBack: () => {} };
    },
    newMailbox: async () => mailboxOf(await server.createUser()),
    witness: async (port) => ({ port, attempts: async (user) => attemptsIn(await server.log(), user), close: async () => {} }),
  };
}

function mailboxOf({ user, password, deliver, createFolder, files }: MailUser): Mailbox {
  return {
    user,
    password,
    createFolder,
    deliver: async (mails) => {
      for (const raw of mails) await deliver(raw);
    },
    mails: async (folder) => (await files(folder)).map(({ flags, raw }) => ({ flags: imapFlags(flags), raw })),
    files: async () => (await files()).map(({ raw }) => raw),
    close: () => {},
  };
}

/** Maildir writes each flag as a letter. */
function imapFlags(letters: string): string[] {
  const names = new Map([
    ['S', '\\Seen'],
    ['T', '\\Deleted'],
  ]);
  return Array.from(letters, (letter) => names.get(letter) ?? letter);
}

/**
 * Sign-ins in Dovecot's log: `imap-login: Info: Login: user=<u>, method=PLAIN, …, TLS, session=…`, and for a refused one
 * `Disconnected … (auth failed, 1 attempts in 0 secs): user=<u>, method=PLAIN, …`. Without TLS it says `secured`, for loopback.
 */
function attemptsIn(log: string, user: string): Attempt[] {
  const lines = log.split('\n').filter((line) => /-login: Info: /.test(line) && line.includes(`user=<${user}>`));
  return lines.map((line) => ({
    mechanism: /method=([^,]+)/.exec(line)?.[1] ?? 'none',
    isEncrypted: /, TLS\b/.test(line),
    isAccepted: /: Login: /.test(line),
  }));
}
