import type { MailProtocol } from '../../shared/mail-address.ts';
import type { Issued } from './certificates.ts';
import { startScriptedServer, type ScriptedPeer, type ScriptedServer } from './scripted-server.ts';

/**
 * What a server does at a moment of a visit.
 *
 * @param good what a well-behaved server would send
 * @param line what the client sent; empty at the greeting
 */
export type Act = (peer: ScriptedPeer, good: string, line: string) => void | Promise<void>;

/** Moment -> act; at all others the server behaves well. A moment is `greeting`, or a command as `commandOf` names it. */
export type Acts = Record<string, Act>;

export interface MisbehavingServer extends ScriptedServer {
  /** From the next connection on. */
  behave: (acts?: Acts) => void;
  /** What clients have sent, line by line. */
  lines: () => string[];
}

export interface MisbehavingServerOptions {
  acts?: Acts;
  /** TLS from the first byte. */
  certificate?: Issued;
  /** SASL mechanisms that it lists. */
  mechanisms?: string[];
  /** Whether it lists STARTTLS or STLS; an act must follow it up. */
  hasStartTls?: boolean;
}

/** Two mails, by UID or UIDL. */
export const mailsOnServer: ReadonlyMap<string, string> = new Map([
  ['1', 'Subject: one\r\n\r\n.dot\r\nend\r\n'],
  ['2', 'Subject: two\r\n\r\nsecond\r\n'],
]);

/** Any name and password is let in; nothing is ever deleted or marked. */
export async function startMisbehavingServer(
  protocol: MailProtocol,
  { acts = {}, certificate, ...offer }: MisbehavingServerOptions = {},
): Promise<MisbehavingServer> {
  const received: string[] = [];
  let current = acts;
  const server = await startScriptedServer(async (peer) => {
    const now = current;
    const talk = protocol === 'imap4' ? imapTalk(offer) : pop3Talk(offer);
    const act = async (moment: string, good: string, line: string) => await (now[moment] ?? behaveWell)(peer, good, line);
    await act('greeting', talk.greeting, '');
    for (;;) {
      const line = await peer.line();
      received.push(line);
      const command = commandOf(protocol, line);
      await act(command, talk.answer(command, line), line);
    }
  }, certificate);
  return { ...server, behave: (next = {}) => (current = next), lines: () => received };
}

/** The two kinds of UID FETCH of a visit go by what they ask for: `UID FETCH RFC822.SIZE` and `UID FETCH BODY`. */
export function commandOf(protocol: MailProtocol, line: string): string {
  if (protocol === 'pop3') return line.split(' ', 1).join('').toUpperCase();
  const [, tag = '', command = tag] = /^(\S+)(?: ((?:UID )?\S+))?/.exec(line.toUpperCase()) ?? [];
  return command === 'UID FETCH' ? `${command} ${/BODY|RFC822\.SIZE/.exec(line)?.[0] ?? ''}` : command;
}

const behaveWell: Act = (peer, good) => peer.send(good);

interface Talk {
  greeting: string;
  answer(command: string, line: string): string;
}

type Offer = Pick<MisbehavingServerOptions, 'mechanisms' | 'hasStartTls'>;

const pop3Talk = ({ mechanisms = [], hasStartTls = false }: Offer): Talk => ({
  greeting: '+OK POP3 ready <1896.697170952@dbc.mtview.ca.us>\r\n',
  answer: (command, line) => {
    const lines = (each: (uid: string, mail: string) => string) => [...mailsOnServer].map(([uid, mail]) => each(uid, mail)).join('');
    if (command === 'CAPA') {
      const sasl = mechanisms.length > 0 ? `SASL ${mechanisms.join(' ')}\r\n` : '';
      return `+OK\r\nUSER\r\nUIDL\r\nPIPELINING\r\n${hasStartTls ? 'STLS\r\n' : ''}${sasl}.\r\n`;
    }
    if (command === 'LIST') return `+OK\r\n${lines((uid, mail) => `${uid} ${mail.length}\r\n`)}.\r\n`;
    if (command === 'UIDL') return `+OK\r\n${lines((uid) => `${uid} ${uid}\r\n`)}.\r\n`;
    if (command === 'RETR') return `+OK\r\n${(mailsOnServer.get(line.slice('RETR '.length)) ?? '').replaceAll(/^\./gm, '..')}.\r\n`;
    return ['USER', 'PASS', 'APOP', 'AUTH', 'STLS', 'DELE', 'QUIT', 'NOOP'].includes(command) ? '+OK\r\n' : '-ERR unknown command\r\n';
  },
});

function imapTalk({ mechanisms = [], hasStartTls = false }: Offer): Talk {
  const capabilities = ['IMAP4rev1 UIDPLUS IDLE', ...(hasStartTls ? ['STARTTLS'] : []), ...mechanisms.map((name) => `AUTH=${name}`)].join(
    ' ',
  );
  let idleTag = '';
  const fetched = (line: string, item: (mail: string) => string) => {
    const [, set = ''] = /UID FETCH (\S+)/i.exec(line) ?? [];
    const wanted = [...mailsOnServer].filter(([uid]) => isIn(Number(uid), set));
    return wanted.map(([uid, mail]) => `* ${uid} FETCH (UID ${uid} ${item(mail)})\r\n`).join('');
  };
  const data = (command: string, line: string) => {
    if (command === 'CAPABILITY') return `* CAPABILITY ${capabilities}\r\n`;
    if (command === 'LIST') return line.endsWith('"" ""') ? '* LIST (\\Noselect) "/" ""\r\n' : '* LIST () "/" INBOX\r\n';
    if (command === 'SELECT')
      return '* FLAGS (\\Seen \\Deleted)\r\n* 2 EXISTS\r\n* 0 RECENT\r\n* OK [UIDVALIDITY 1] valid\r\n* OK [UIDNEXT 3] next\r\n';
    if (command === 'UID SEARCH') return `* SEARCH ${[...mailsOnServer.keys()].join(' ')}\r\n`;
    if (command === 'UID FETCH RFC822.SIZE') return fetched(line, (mail) => `RFC822.SIZE ${mail.length}`);
    if (command === 'UID FETCH BODY') return fetched(line, (mail) => `BODY[] {${mail.length}}\r\n${mail}`);
    if (command === 'LOGOUT') return '* BYE see you\r\n';
    return '';
  };
  return {
    greeting: '* OK IMAP4rev1 ready\r\n',
    answer: (command, line) => {
      const [tag = ''] = line.split(' ', 1);
      if (command === 'IDLE') idleTag = tag;
      if (command === 'IDLE') return '+ idling\r\n';
      return `${data(command, line)}${command === 'DONE' ? idleTag : tag} OK done\r\n`;
    },
  };
}

/** Whether a sequence set such as `1:3,7` holds a number. */
function isIn(uid: number, set: string): boolean {
  return set.split(',').some((range) => {
    const [first = '', last = first] = range.split(':');
    return uid >= Number(first) && uid <= Number(last);
  });
}

const mib = 1024 * 1024;

/** More than any client may take. */
const endlessBytes = 512 * mib;

function half(text: string): string {
  return text.slice(0, Math.ceil(text.length / 2));
}

/** Named ways to misbehave, at any moment. Those of one protocol only are below. */
export const behaviours = {
  'falls silent': () => {},
  'falls silent half-way': (peer, good) => peer.send(half(good)),
  'hangs up': (peer) => peer.end(),
  'hangs up half-way': (peer, good) => {
    peer.send(half(good));
    peer.end();
  },
  'breaks the connection off': (peer) => peer.reset(),
  'sends an endless line': (peer, good) =>
    peer.sendEndlessly(
      good
        .slice(0, 3)
        .padEnd(mib / 8, 'x')
        .replaceAll(/[\r\n]/g, 'x'),
      endlessBytes,
    ),
  'sends garbage': (peer) => peer.send(Buffer.from(Array.from({ length: 1_000 }, (_, i) => (i * 167 + 13) % 256))),
  'speaks another protocol': (peer) => peer.send('220 smtp.example.com ESMTP ready\r\n'),
  'sends byte by byte': (peer, good) => peer.sendInPieces(good, 1),
} satisfies Acts;

export const imapBehaviours = {
  'says BYE and hangs up': (peer) => {
    peer.send('* BYE shutting down\r\n');
    peer.end();
  },
  'says BYE and stays': (peer) => peer.send('* BYE shutting down\r\n'),
  'answers to a tag that was never sent': (peer, good) => peer.send(good.replaceAll(/^[0-9A-F]+ OK/gm, 'ZZ9 OK')),
  'answers to a command that is still to come': (peer, good) => peer.send(good.replaceAll(/^[0-9A-F]+ OK/gm, 'FFF OK')),
  'sends untagged lines without end': (peer) => peer.sendEndlessly('* OK still here\r\n'.repeat(8_192), endlessBytes),
  'sends a literal without end': (peer) => peer.sendEndlessly(`* OK {${'1'.padEnd(7, '0')}}\r\n${'x'.repeat(1_000_000)}`, endlessBytes),
  'announces a literal that is too large': (peer) => peer.send('* OK {4000000000}\r\n'),
} satisfies Acts;

/** For `UID FETCH BODY`. */
export const fetchBehaviours = {
  'sends more than its literals announce': (peer, good) => peer.send(good.replaceAll(/\{(\d+)\}/g, (_, bytes) => `{${Number(bytes) - 9}}`)),
  'sends less than its literals announce': (peer, good) => peer.send(good.replaceAll(/\{(\d+)\}/g, (_, bytes) => `{${Number(bytes) + 9}}`)),
  'sends mails that nobody asked for': (peer, good) => peer.send(good.replaceAll(/UID (\d)/g, 'UID 10$1')),
  'sends a mail again and again': (peer, good) => peer.sendEndlessly(good.slice(0, good.indexOf('* 2 FETCH')), endlessBytes),
} satisfies Acts;

export const pop3Behaviours = {
  'says -ERR and hangs up': (peer) => {
    peer.send('-ERR [SYS/TEMP] shutting down\r\n');
    peer.end();
  },
} satisfies Acts;

/** For `CAPA`, `LIST`, `UIDL` and `RETR`. */
export const multiLineBehaviours = {
  'sends an answer without end': async (peer) => {
    peer.send('+OK\r\n');
    await peer.sendEndlessly('7 12345678\r\n'.repeat(10_000), endlessBytes);
  },
  'sends an endless line in its answer': async (peer) => {
    peer.send('+OK\r\n');
    await peer.sendEndlessly('x'.repeat(mib / 8), endlessBytes);
  },
} satisfies Acts;
