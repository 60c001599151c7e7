import { setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { mailSender, type MailSenderConfig } from '../../../shared/catalog/mail-sender.ts';
import { bytesOf } from '../../testing/bytes-of.ts';
import { mailsOnServer, startMisbehavingServer, type Act, type MisbehavingServer } from '../../testing/misbehaving-server.ts';
import { secretsOf } from '../../testing/secrets.ts';
import type { MailboxSession } from '../../ports/mailbox.ts';
import { openPop3Session } from './pop3-session.ts';

// What a server of either protocol can do wrong is in misbehaviour.int.test.ts; here is what only POP3 knows.

const credential = { name: 'box', user: 'mrose', password: 'tanstaaf' };
const [, secondMail] = mailsOnServer.values();
const stuffed = 'Subject: x\r\n\r\n..dot\r\nend\r\n.\r\n';
/** Deadline of connecting, greeting and of each silence in these tests. */
const deadlineMs = 500;

const say =
  (text: string): Act =>
  (peer) =>
    peer.send(text);

let server: MisbehavingServer;

async function serve(acts: Record<string, Act>): Promise<void> {
  server = await startMisbehavingServer('pop3', { acts });
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
    await session.settle([{ uid: '1', action: 'delete', messageId: '', isRepeat: false }]);
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

test('a deletion that QUIT refuses does not count', async () => {
  await serve({ QUIT: say('-ERR some deleted messages not removed\r\n') });
  expect((await visit()).closed).toMatchObject([{ uid: '1', error: { code: 'MAIL_POST_PROCESSING_FAILED' } }]);
});

test.each([
  ['-ERR [SYS/TEMP] not now', 'MAIL_SIGN_IN_UNAVAILABLE'],
  ['-ERR too many connections', 'MAIL_TOO_MANY_CONNECTIONS'],
  ['\x15\x03\x01\x00\x02\x02\x28', 'MAIL_TLS_ON_CLEAR_PORT'],
])('a greeting of %j ends the visit', async (greeting, code) => {
  await serve({ greeting: say(`${greeting}\r\n`) });
  await expect(visit()).rejects.toMatchObject({ code });
});

test('a mail that the server refuses is left out, and those behind it come', async () => {
  await serve({ RETR: (peer, good, line) => peer.send(line === 'RETR 1' ? '-ERR [SYS/PERM] unreadable\r\n' : good) });
  expect((await visit()).mails).toEqual([secondMail]);
});

test('a deletion that the server refuses is named', async () => {
  await serve({ DELE: say('-ERR read only\r\n') });
  const session = await open();
  const results = await session.settle([{ uid: '1', action: 'delete', messageId: '', isRepeat: false }]);
  expect(results).toMatchObject([{ uid: '1', error: { code: 'MAIL_POST_PROCESSING_FAILED', details: 'read only' } }]);
  expect(await session.close()).toEqual([]);
});

describe('a listing', () => {
  test('without UIDL and without TOP is refused', async () => {
    await serve({ UIDL: say('-ERR unknown command\r\n') });
    await expect(visit()).rejects.toMatchObject({ code: 'MAIL_WITHOUT_UID', details: expect.stringContaining('TOP') });
  });

  test('without UIDL tells mails apart by their heads, whatever the server has added to them since', async () => {
    const heads = ['Subject: one', 'Subject: two'];
    let reads = 0;
    await serve({
      CAPA: say('-ERR unknown command\r\n'),
      UIDL: say('-ERR unknown command\r\n'),
      TOP: (peer, _good, line) => peer.send(`+OK\r\n${heads[Number(line.split(' ')[1]) - 1]}\r\nStatus: ${(reads += 1)}\r\n\r\n.\r\n`),
    });
    const first = await open();
    const { mails, notes } = await first.list();
    expect(mails.map(({ uid }) => uid)).toEqual([expect.stringMatching(/^head:/), expect.stringMatching(/^head:/)]);
    expect(new Set(mails.map(({ uid }) => uid)).size).toBe(2);
    expect(notes).toEqual([expect.stringContaining('told apart by their headers')]);
    expect(await fetchAll(first)).toHaveLength(2);
    await first.settle([{ uid: mails[1]?.uid ?? '', action: 'delete', messageId: '', isRepeat: false }]);
    expect(await first.close()).toEqual([{ uid: mails[1]?.uid }]);
    const second = await open();
    expect((await second.list()).mails).toEqual(mails);
    await second.close();
  });

  test('of an empty mailbox needs no UIDL', async () => {
    await serve({ LIST: say('+OK\r\n.\r\n'), UIDL: say('-ERR no messages\r\n') });
    expect((await visit()).mails).toEqual([]);
  });

  const twice = { LIST: say('+OK\r\n1 26\r\n2 26\r\n3 26\r\n4 26\r\n.\r\n'), UIDL: say('+OK\r\n1 a\r\n2 b\r\n3 a\r\n.\r\n') };
  const deleteA = { uid: 'a', action: 'delete' as const, messageId: '', isRepeat: false };

  test('leaves out mails whose ids are equal or missing where the server gives no heads, never deletes one of them, and says so', async () => {
    await serve(twice);
    const session = await open();
    const { mails, notes } = await session.list();
    expect(mails).toEqual([{ uid: 'b', sizeBytes: 26 }]);
    expect(notes).toEqual([expect.stringMatching(/^3 mail\(s\) have no id of their own.*left on the server/)]);
    expect(await session.settle([deleteA])).toMatchObject([{ uid: 'a', error: { details: 'more than one mail has this id' } }]);
    await session.close();
  });

  test('gives mails whose ids are equal or missing ids from their heads, copies of one mail a single one, and says so', async () => {
    const heads = ['Subject: one', '', 'Subject: one', 'Subject: four'];
    await serve({
      ...twice,
      CAPA: say('+OK\r\nTOP\r\nUIDL\r\n.\r\n'),
      TOP: (peer, _good, line) => peer.send(`+OK\r\n${heads[Number(line.split(' ')[1]) - 1]}\r\n\r\n.\r\n`),
    });
    const session = await open();
    const { mails, notes } = await session.list();
    expect(mails).toEqual([
      { uid: expect.stringMatching(/^head:/), sizeBytes: 26 },
      { uid: 'b', sizeBytes: 26 },
      { uid: expect.stringMatching(/^head:/), sizeBytes: 26 },
    ]);
    expect(notes).toEqual([expect.stringMatching(/no id of their own to 3 mail.*1 of them are copies/)]);
    expect(await session.settle([deleteA])).toMatchObject([{ uid: 'a', error: { details: 'more than one mail has this id' } }]);
    await session.close();
  });
});

describe('heads', () => {
  const subjectsOf = async (session: MailboxSession) => {
    const found: string[] = [];
    for await (const { uid } of session.heads((await session.list()).mails)) found.push(uid);
    return found;
  };

  test.each([
    ['does not name TOP', {}],
    ['refuses TOP', { CAPA: say('-ERR unknown command\r\n') }],
  ])('of a server that %s are an error of their own, and the visit goes on', async (_, answers) => {
    await serve(answers);
    const session = await open();
    await expect(subjectsOf(session)).rejects.toMatchObject({ code: 'MAIL_HEADS_NOT_OFFERED', remedy: expect.stringContaining('Search') });
    expect(await fetchAll(session)).toHaveLength(2);
    await session.close();
  });

  test('that are refused for one mail, or never end, cost that one or the visit', async () => {
    await serve({
      CAPA: say('-ERR no\r\n'),
      TOP: (peer, _good, line) => peer.send(line.startsWith('TOP 1') ? '-ERR no such message\r\n' : '+OK\r\nSubject: two\r\n\r\n.\r\n'),
    });
    const session = await open();
    expect(await subjectsOf(session)).toEqual(['2']);
    await session.close();
    await server.close();
    await serve({ CAPA: say('-ERR no\r\n'), TOP: say('+OK\r\nSubject: never') });
    const silent = await open();
    await expect(subjectsOf(silent)).rejects.toMatchObject({ code: 'MAIL_TIMEOUT' });
  });
});

describe('a deletion', () => {
  const top = (messageId: string) => say(`+OK\r\nMessage-ID: <${messageId}>\r\n\r\n.\r\n`);
  const owed = { uid: '1', action: 'delete' as const, messageId: '<ours@example.test>', isRepeat: false, listedBytes: 99 };

  test.each([
    ['another mail has the id now', 'theirs@example.test', false],
    ['the server only counts its size otherwise', 'ours@example.test', true],
  ])('of a mail whose size has changed: %s', async (_, messageId, isDeleted) => {
    const dele = vi.fn(say('+OK\r\n'));
    await serve({ CAPA: say('+OK\r\nTOP\r\nUIDL\r\n.\r\n'), TOP: top(messageId), DELE: dele });
    const session = await open();
    const results = await session.settle([owed]);
    expect(dele).toHaveBeenCalledTimes(isDeleted ? 1 : 0);
    expect(results).toMatchObject(isDeleted ? [] : [{ uid: '1', error: { details: expect.stringContaining('another mail') } }]);
    await session.close();
  });
});

describe('the sign-in', () => {
  test('by APOP sends the digest of RFC 1939', async () => {
    await serve({});
    await visit({ authentication: 'encrypted' });
    expect(server.lines()).toContain('APOP mrose c4c9334bac560ecc979e58001b3e22fb');
  });

  test('prefers CRAM-MD5 to APOP', async () => {
    const auth: Act = async (peer, good) => {
      peer.send(`+ ${Buffer.from('<1@x>').toString('base64')}\r\n`);
      expect(Buffer.from(await peer.line(), 'base64').toString()).toMatch(/^mrose [0-9a-f]{32}$/);
      peer.send(good);
    };
    await serve({ CAPA: say('+OK\r\nSASL PLAIN CRAM-MD5\r\nUIDL\r\n.\r\n'), AUTH: auth });
    await visit({ authentication: 'encrypted' });
    expect(server.lines()).toContain('AUTH CRAM-MD5');
  });

  test('of kind Encrypted sends nothing where neither is offered', async () => {
    await serve({ greeting: say('+OK ready\r\n'), CAPA: say('+OK\r\nSASL PLAIN LOGIN\r\n.\r\n') });
    await expect(visit({ authentication: 'encrypted' })).rejects.toMatchObject({
      code: 'MAIL_MECHANISM_NOT_OFFERED',
      message: expect.stringContaining('It offers: PLAIN and LOGIN.'),
    });
  });

  test.each(['off', 'starttls-optional'] as const)(
    'of kind Plain sends nothing unencrypted to another machine (%s)',
    async (protection) => {
      await serve({});
      // Linux takes this address for itself, but it is no loopback address.
      const address = `0.0.0.0:${server.port}`;
      await expect(visit({ protection, address })).rejects.toMatchObject({ code: 'MAIL_PLAIN_NOT_PROTECTED' });
      expect(server.lines()).toEqual(['CAPA', ...(protection === 'off' ? [] : ['CAPA'])]);
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
    const ask: Act = async (peer) => {
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
});

describe('pipelining', () => {
  const many = Array.from({ length: 40 }, (_, i) => i + 1);
  const lists: Record<string, Act> = {
    LIST: say(`+OK\r\n${many.map((n) => `${n} 26\r\n`).join('')}.\r\n`),
    UIDL: say(`+OK\r\n${many.map((n) => `${n} uid-${n}\r\n`).join('')}.\r\n`),
  };

  /** Answers RETR only when no further command comes; remembers how many were on their way. */
  async function mostAtOnce(capabilities: string): Promise<number> {
    let most = 0;
    let waiting = 0;
    const retr: Act = (peer) => {
      waiting += 1;
      setImmediate(() =>
        setImmediate(() => {
          most = Math.max(most, waiting);
          for (; waiting > 0; waiting--) peer.send(`+OK\r\n${stuffed}`);
        }),
      );
    };
    await serve({ ...lists, CAPA: say(`+OK\r\n${capabilities}.\r\n`), RETR: retr });
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
