import { setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { mailSender, type MailSenderConfig } from '../../../shared/catalog/mail-sender.ts';
import { bytesOf } from '../../testing/bytes-of.ts';
import { startScriptedServer, type ScriptedPeer, type ScriptedServer } from '../../testing/scripted-server.ts';
import { secretsOf } from '../../testing/secrets.ts';
import type { MailboxSession } from '../../ports/mailbox.ts';
import { openPop3Session } from './pop3-session.ts';

const credential = { name: 'box', user: 'mrose', password: 'tanstaaf' };
const mail = 'Subject: x\r\n\r\n.dot\r\nend\r\n';
const stuffed = 'Subject: x\r\n\r\n..dot\r\nend\r\n.\r\n';
/** Deadline of connecting, greeting and of each silence in these tests. */
const deadlineMs = 500;

type Answers = Record<string, (peer: ScriptedPeer, line: string) => void | Promise<void>>;

const say = (text: string) => (peer: ScriptedPeer) => peer.send(text);

/** A well-behaved server with two mails; a test replaces the answers it is about. */
const goodAnswers: Answers = {
  greeting: say('+OK POP3 ready <1896.697170952@dbc.mtview.ca.us>\r\n'),
  CAPA: say('+OK\r\nUSER\r\nUIDL\r\nPIPELINING\r\n.\r\n'),
  USER: say('+OK\r\n'),
  PASS: say('+OK\r\n'),
  APOP: say('+OK\r\n'),
  LIST: say('+OK\r\n1 26\r\n2 26\r\n.\r\n'),
  UIDL: say('+OK\r\n1 a\r\n2 b\r\n.\r\n'),
  RETR: say(`+OK\r\n${stuffed}`),
  DELE: say('+OK\r\n'),
  QUIT: say('+OK bye\r\n'),
};

let server: ScriptedServer;

async function serve(answers: Answers): Promise<void> {
  const all: Answers = { ...goodAnswers, ...answers };
  server = await startScriptedServer(async (peer) => {
    await all['greeting']?.(peer, '');
    for (;;) {
      const line = await peer.line();
      const answer = all[line.split(' ', 1)[0]?.toUpperCase() ?? ''];
      if (answer) await answer(peer, line);
      else peer.send('-ERR unknown command\r\n');
    }
  });
}

afterEach(async () => {
  // Whatever went wrong, the client has let go of its socket.
  await vi.waitFor(() => expect(server.open()).toBe(0));
  await server.close();
});

type Settings = Partial<MailSenderConfig> & { signal?: AbortSignal };

function open({ signal = new AbortController().signal, ...settings }: Settings = {}): Promise<MailboxSession> {
  const base = { protocol: 'pop3', address: `127.0.0.1:${server.port}`, timeoutMs: 1_000, protection: 'off' };
  const config = { ...mailSender.config.parse({ ...base, ...settings }), timeoutMs: deadlineMs };
  return openPop3Session(config, credential, { secrets: secretsOf(), signal }, { progressMs: deadlineMs });
}

/** A whole visit: list, fetch all, delete the first. */
async function visit(settings: Settings = {}): Promise<{ mails: string[]; closed: unknown[] }> {
  const session = await open(settings);
  try {
    const mails = await fetchAll(session);
    await session.settle([{ uid: 'a', action: 'delete', messageId: '', isRepeat: false }]);
    return { mails, closed: await session.close() };
  } finally {
    session.destroy();
  }
}

async function fetchAll(session: MailboxSession): Promise<string[]> {
  const mails: string[] = [];
  for await (const { bytes } of session.fetch((await session.list()).mails)) {
    mails.push((await bytesOf(bytes)).toString('latin1'));
  }
  return mails;
}

test('an answer that comes byte by byte is the same answer', async () => {
  await serve({
    LIST: (peer) => peer.sendInPieces('+OK\r\n1 26\r\n2 26\r\n.\r\n', 1),
    RETR: (peer) => peer.sendInPieces(`+OK\r\n${stuffed}`, 1),
  });
  expect(await visit()).toEqual({ mails: [mail, mail], closed: [{ uid: 'a' }] });
});

describe('a server that stops', () => {
  const points: Record<string, string> = {
    greeting: '',
    CAPA: '+OK\r\nUS',
    USER: '',
    PASS: '',
    LIST: '+OK\r\n1 2',
    UIDL: '',
    RETR: '+OK\r\nSubject: x\r\n\r\n.',
    DELE: '+O',
  };
  const ways: Record<string, { stop: (peer: ScriptedPeer) => void; code: string }> = {
    'falls silent': { stop: () => {}, code: 'MAIL_TIMEOUT' },
    'ends the connection': { stop: (peer) => peer.end(), code: 'MAIL_CONNECTION_LOST' },
    'breaks the connection off': { stop: (peer) => peer.reset(), code: 'MAIL_CONNECTION_LOST' },
  };
  const cases = Object.entries(points).flatMap(([point, start]) =>
    Object.entries(ways).map(([way, how]) => ({ point, start, way, ...how })),
  );

  test.each(cases)('$way at $point: the visit ends in time with $code', async ({ point, start, stop, code }) => {
    await serve({
      [point]: (peer) => {
        if (start) peer.send(start);
        stop(peer);
      },
    });
    const startedAt = Date.now();
    await expect(visit()).rejects.toMatchObject({ code });
    expect(Date.now() - startedAt).toBeLessThan(10 * deadlineMs);
  });

  test.each(Object.entries(ways))('%s at QUIT: the deletion does not count', async (_, { stop, code }) => {
    await serve({ QUIT: (peer) => stop(peer) });
    expect((await visit()).closed).toMatchObject([{ uid: 'a', error: { code } }]);
  });
});

test('a deletion that QUIT refuses does not count', async () => {
  await serve({ QUIT: say('-ERR some deleted messages not removed\r\n') });
  expect((await visit()).closed).toMatchObject([{ uid: 'a', error: { code: 'MAIL_POST_PROCESSING_FAILED' } }]);
});

test.each([
  ['-ERR [SYS/TEMP] not now', 'MAIL_SIGN_IN_UNAVAILABLE'],
  ['-ERR too many connections', 'MAIL_TOO_MANY_CONNECTIONS'],
  ['* OK IMAP4rev1 ready', 'MAIL_PROTOCOL_ERROR'],
  ['220 smtp ready', 'MAIL_PROTOCOL_ERROR'],
  ['\x15\x03\x01\x00\x02\x02\x28', 'MAIL_TLS_ON_CLEAR_PORT'],
  ['x'.repeat(1_000_000), 'MAIL_PROTOCOL_ERROR'],
])('a greeting of %.30j ends the visit', async (greeting, code) => {
  await serve({ greeting: say(`${greeting}\r\n`) });
  await expect(visit()).rejects.toMatchObject({ code });
});

test('a line without end is cut off', async () => {
  await serve({ PASS: (peer) => peer.sendInPieces('x'.repeat(200_000), 1_000) });
  await expect(visit()).rejects.toMatchObject({ code: 'MAIL_PROTOCOL_ERROR', details: 'a line is longer than 16384 bytes' });
});

test('a list without end is cut off', async () => {
  const entries = Buffer.from('7 12345\r\n'.repeat(100_000));
  await serve({
    LIST: (peer) => {
      peer.send('+OK\r\n');
      for (let i = 0; i < 50; i++) peer.send(entries);
    },
  });
  await expect(visit()).rejects.toMatchObject({ code: 'MAIL_PROTOCOL_ERROR', details: 'the answer is longer than 33554432 bytes' });
});

test('a mail without end is cut off', async () => {
  const lines = Buffer.from('0123456789\r\n'.repeat(100_000));
  await serve({
    RETR: (peer) => {
      peer.send('+OK\r\n');
      for (let i = 0; i < 5; i++) peer.send(lines);
    },
  });
  await expect(visit({ maxMailMb: 1 })).rejects.toMatchObject({ code: 'MAIL_PROTOCOL_ERROR' });
});

test('a mail that the server refuses is left out, and those behind it come', async () => {
  await serve({ RETR: (peer, line) => peer.send(line === 'RETR 1' ? '-ERR [SYS/PERM] unreadable\r\n' : `+OK\r\n${stuffed}`) });
  expect((await visit()).mails).toEqual([mail]);
});

test('a deletion that the server refuses is named', async () => {
  await serve({ DELE: say('-ERR read only\r\n') });
  const session = await open();
  const results = await session.settle([{ uid: 'a', action: 'delete', messageId: '', isRepeat: false }]);
  expect(results).toMatchObject([{ uid: 'a', error: { code: 'MAIL_POST_PROCESSING_FAILED', details: 'read only' } }]);
  expect(await session.close()).toEqual([]);
});

describe('a listing', () => {
  test('without UIDL is refused', async () => {
    await serve({ UIDL: say('-ERR unknown command\r\n') });
    await expect(visit()).rejects.toMatchObject({ code: 'MAIL_WITHOUT_UID', details: 'unknown command' });
  });

  test('of an empty mailbox needs no UIDL', async () => {
    await serve({ LIST: say('+OK\r\n.\r\n'), UIDL: say('-ERR no messages\r\n') });
    expect((await visit()).mails).toEqual([]);
  });

  test('leaves out mails whose ids are equal or missing, never deletes one of them, and says so', async () => {
    await serve({ LIST: say('+OK\r\n1 26\r\n2 26\r\n3 26\r\n4 26\r\n.\r\n'), UIDL: say('+OK\r\n1 a\r\n2 b\r\n3 a\r\n.\r\n') });
    const session = await open();
    const { mails, notes } = await session.list();
    expect(mails).toEqual([{ uid: 'b', sizeBytes: 26 }]);
    expect(notes).toEqual([
      "Mails that share an id can't be told apart and are left on the server: a.",
      '1 mail(s) without a usable id are left on the server.',
    ]);
    const results = await session.settle([{ uid: 'a', action: 'delete', messageId: '', isRepeat: false }]);
    expect(results).toMatchObject([{ uid: 'a', error: { details: 'more than one mail has this id' } }]);
    await session.close();
  });
});

describe('the sign-in', () => {
  test('by APOP sends the digest of RFC 1939', async () => {
    const apop = vi.fn(goodAnswers['APOP']);
    await serve({ APOP: apop });
    await visit({ authentication: 'encrypted' });
    expect(apop).toHaveBeenCalledWith(expect.anything(), 'APOP mrose c4c9334bac560ecc979e58001b3e22fb');
  });

  test('prefers CRAM-MD5 to APOP', async () => {
    const auth = vi.fn(async (peer: ScriptedPeer) => {
      peer.send(`+ ${Buffer.from('<1@x>').toString('base64')}\r\n`);
      expect(Buffer.from(await peer.line(), 'base64').toString()).toMatch(/^mrose [0-9a-f]{32}$/);
      peer.send('+OK\r\n');
    });
    await serve({ CAPA: say('+OK\r\nSASL PLAIN CRAM-MD5\r\nUIDL\r\n.\r\n'), AUTH: auth });
    await visit({ authentication: 'encrypted' });
    expect(auth).toHaveBeenCalledWith(expect.anything(), 'AUTH CRAM-MD5');
  });

  test('of kind Encrypted sends nothing where neither is offered', async () => {
    await serve({ greeting: say('+OK ready\r\n'), CAPA: say('+OK\r\nSASL PLAIN LOGIN\r\n.\r\n') });
    await expect(visit({ authentication: 'encrypted' })).rejects.toMatchObject({
      code: 'MAIL_MECHANISM_NOT_OFFERED',
      message: expect.stringContaining('It offers: PLAIN, LOGIN.'),
    });
  });

  test.each(['off', 'starttls-optional'] as const)(
    'of kind Plain sends nothing unencrypted to another machine (%s)',
    async (protection) => {
      const user = vi.fn(goodAnswers['USER']);
      await serve({ USER: user });
      // Linux takes this address for itself, but it is no loopback address.
      const address = `0.0.0.0:${server.port}`;
      await expect(visit({ protection, address })).rejects.toMatchObject({ code: 'MAIL_PLAIN_NOT_PROTECTED' });
      expect(user).not.toHaveBeenCalled();
    },
  );

  test.each([
    ['-ERR [AUTH] wrong', 'MAIL_SIGN_IN_REFUSED'],
    ['-ERR invalid password', 'MAIL_SIGN_IN_REFUSED'],
    ['-ERR [AUTH] Plaintext authentication disallowed on non-secure (SSL/TLS) connections.', 'MAIL_SIGN_IN_REFUSED'],
    ['-ERR maildrop already locked', 'MAIL_SIGN_IN_UNAVAILABLE'],
    ['-ERR [IN-USE] Mailbox is locked by another session', 'MAIL_SIGN_IN_UNAVAILABLE'],
    ['-ERR [SYS/TEMP] database down', 'MAIL_SIGN_IN_UNAVAILABLE'],
    ['-ERR [LOGIN-DELAY] wait', 'MAIL_SIGN_IN_UNAVAILABLE'],
    ['-ERR Temporary authentication failure', 'MAIL_SIGN_IN_UNAVAILABLE'],
    ['-ERR Maximum number of connections exceeded', 'MAIL_TOO_MANY_CONNECTIONS'],
  ])('answered by %j is told apart', async (answer, code) => {
    await serve({ PASS: say(`${answer}\r\n`) });
    await expect(visit()).rejects.toMatchObject({ code, details: answer.slice(5) });
  });

  test('with a server that never stops asking is cut off', async () => {
    const ask = async (peer: ScriptedPeer) => {
      for (;;) {
        peer.send('+ \r\n');
        await peer.line();
      }
    };
    await serve({ CAPA: say('+OK\r\nSASL LOGIN\r\n.\r\n'), AUTH: ask });
    await expect(visit()).rejects.toMatchObject({ code: 'MAIL_PROTOCOL_ERROR', details: 'more than 10 challenges' });
  });
});

describe('STARTTLS', () => {
  test('that is mandatory and not offered, or refused, ends the visit before the sign-in', async () => {
    await serve({});
    await expect(visit({ protection: 'starttls-mandatory' })).rejects.toMatchObject({ code: 'MAIL_STARTTLS_NOT_OFFERED' });
    await server.close();
    await serve({ CAPA: say('+OK\r\nSTLS\r\n.\r\n'), STLS: say('-ERR TLS not available\r\n') });
    await expect(visit({ protection: 'starttls-mandatory' })).rejects.toMatchObject({ code: 'MAIL_STARTTLS_NOT_OFFERED' });
  });

  test('that is optional and not offered leaves a note', async () => {
    await serve({});
    const session = await open({ protection: 'starttls-optional' });
    expect((await session.list()).notes).toEqual([`127.0.0.1:${server.port} did not offer STARTTLS: the connection is not encrypted.`]);
    await session.close();
  });

  test.each(['starttls-mandatory', 'starttls-optional'] as const)(
    'refuses what was slipped in before the handshake (%s)',
    async (protection) => {
      await serve({ CAPA: say('+OK\r\nSTLS\r\n.\r\n'), STLS: say('+OK go\r\n+OK\r\nSASL PLAIN\r\n.\r\n') });
      await expect(visit({ protection })).rejects.toMatchObject({
        code: 'MAIL_PROTOCOL_ERROR',
        details: 'the server sent data before the TLS handshake',
      });
    },
  );

  test('after which the server goes on in clear or says nothing ends in time', async () => {
    await serve({
      CAPA: say('+OK\r\nSTLS\r\n.\r\n'),
      STLS: async (peer) => {
        peer.send('+OK go\r\n');
        await peer.line();
        peer.send('+OK still in clear\r\n');
      },
    });
    await expect(visit({ protection: 'starttls-mandatory' })).rejects.toMatchObject({
      code: expect.stringMatching(/MAIL_TLS_FAILED|MAIL_TIMEOUT/),
    });
  });
});

describe('pipelining', () => {
  const many = Array.from({ length: 40 }, (_, i) => i + 1);
  const lists: Answers = {
    LIST: say(`+OK\r\n${many.map((n) => `${n} 26\r\n`).join('')}.\r\n`),
    UIDL: say(`+OK\r\n${many.map((n) => `${n} uid-${n}\r\n`).join('')}.\r\n`),
  };

  /** Answers nothing until no further command comes; remembers how many were on their way. */
  async function mostAtOnce(capabilities: string): Promise<number> {
    let most = 0;
    server = await startScriptedServer(async (peer) => {
      peer.send('+OK\r\n');
      let waiting = 0;
      const flush = () => {
        most = Math.max(most, waiting);
        for (; waiting > 0; waiting--) peer.send(`+OK\r\n${stuffed}`);
      };
      for (;;) {
        const line = await peer.line();
        const [command = ''] = line.split(' ');
        if (command === 'RETR') {
          waiting += 1;
          setImmediate(() => setImmediate(flush));
        } else if (command === 'CAPA') peer.send(`+OK\r\n${capabilities}.\r\n`);
        else await { ...goodAnswers, ...lists }[command]?.(peer, line);
      }
    });
    const session = await open();
    expect(await fetchAll(session)).toHaveLength(40);
    await session.close();
    return most;
  }

  test('asks for 16 mails ahead where it is offered, and for one at a time elsewhere', async () => {
    expect(await mostAtOnce('UIDL\r\nPIPELINING\r\n')).toBe(16);
    await server.close();
    expect(await mostAtOnce('UIDL\r\n')).toBe(1);
  });
});

test('a reader that pauses slows the server down', async () => {
  const lines = Buffer.from('0123456789abcde\r\n'.repeat(1_000_000));
  let unsentBytes = () => 0;
  await serve({
    RETR: (peer) => {
      peer.send('+OK\r\n');
      for (let i = 0; i < 4; i++) peer.send(lines);
      peer.send('.\r\n');
      unsentBytes = () => peer.unsentBytes();
    },
  });
  const session = await open();
  const { mails } = await session.list();
  for await (const { bytes } of session.fetch(mails.slice(0, 1))) {
    await vi.waitFor(async () => {
      const before = unsentBytes();
      await setTimeout(50);
      expect(unsentBytes()).toBe(before);
    });
    expect(unsentBytes()).toBeGreaterThan(2 * lines.length);
    expect(await bytesOf(bytes)).toHaveLength(4 * lines.length);
  }
  await session.close();
});

describe('an abort', () => {
  test('in the middle of a mail drops the connection', async () => {
    const ending = new AbortController();
    await serve({
      RETR: (peer) => {
        peer.send('+OK\r\nSubject: x\r\n');
        ending.abort();
      },
    });
    await expect(visit({ signal: ending.signal })).rejects.toMatchObject({ code: 'MAIL_CONNECTION_LOST', details: 'ended by Mailroom' });
  });

  test('before the visit opens nothing', async () => {
    await serve({});
    await expect(visit({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'MAIL_CONNECTION_LOST' });
  });

  test('between two commands is seen by the next one', async () => {
    const ending = new AbortController();
    await serve({});
    const session = await open({ signal: ending.signal });
    ending.abort();
    await expect(session.list()).rejects.toMatchObject({ code: 'MAIL_CONNECTION_LOST' });
    expect(await session.close()).toEqual([]);
  });
});
