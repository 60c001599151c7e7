import tls from 'node:tls';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { mailSender, type MailSenderConfig } from '../../../shared/catalog/mail-sender.ts';
import { FlowError } from '../../../shared/errors.ts';
import type { MailProtocol } from '../../../shared/mail-address.ts';
import { bytesOf } from '../../testing/bytes-of.ts';
import { certificateMaker, type Issued } from '../../testing/certificates.ts';
import { eventually } from '../../testing/eventually.ts';
import {
  behaviours,
  fetchBehaviours,
  imapBehaviours,
  mailsOnServer,
  multiLineBehaviours,
  pop3Behaviours,
  startMisbehavingServer,
  type Act,
  type MisbehavingServer,
  type MisbehavingServerOptions,
} from '../../testing/misbehaving-server.ts';
import { secretsOf } from '../../testing/secrets.ts';
import { silentLog } from '../../testing/silent-log.ts';
import type { SenderContext, SettleResult } from '../../ports/mailbox.ts';
import { openImapSession } from './imap-session.ts';
import { openPop3Session } from './pop3-session.ts';

// What a rejected promise that nobody looks at would do to a worker, vitest does to this file: it fails.

const mib = 1024 * 1024;
const protocols = ['imap4', 'pop3'] as const;
const credential = { name: 'box', user: 'mrose', password: 'tanstaaf' };
const context: SenderContext = {
  secrets: secretsOf({ useCredential: async () => credential }),
  signal: new AbortController().signal,
  log: silentLog,
};
/** Deadline of connecting, of the greeting, and of each silence. */
const deadlineMs = 500;
/** For a whole visit, on a busy machine. */
const patienceMs = 10_000;

async function start(protocol: MailProtocol, options?: MisbehavingServerOptions): Promise<MisbehavingServer> {
  const server = await startMisbehavingServer(protocol, options);
  onTestFinished(() => server.close());
  return server;
}

function configOf(protocol: MailProtocol, server: MisbehavingServer, settings: Partial<MailSenderConfig> = {}): MailSenderConfig {
  const base = { protocol, address: `127.0.0.1:${server.port}`, protection: 'off', maxMailMb: 1, pop3PostProcessing: 'delete' };
  return { ...mailSender.config.parse({ ...base, ...settings }), timeoutMs: deadlineMs };
}

interface Visit {
  mails: Map<string, string>;
  settled: SettleResult[];
}

/** Open, list, fetch all, delete the first, close. */
async function visit(config: MailSenderConfig, progressMs = deadlineMs): Promise<Visit> {
  const open = config.protocol === 'imap4' ? openImapSession : openPop3Session;
  const session = await open(config, credential, context, { progressMs });
  try {
    const mails = new Map<string, string>();
    for await (const { uid, bytes } of session.fetch((await session.list()).mails))
      mails.set(uid, (await bytesOf(bytes)).toString('latin1'));
    const settled = await session.settle([{ uid: '1', action: 'delete', messageId: '', isRepeat: false }]);
    return { mails, settled: [...settled, ...(await session.close())] };
  } finally {
    session.destroy();
  }
}

const wholeVisit: Visit = { mails: new Map(mailsOnServer), settled: [{ uid: '1' }] };

/** How a visit to a misbehaving server ended; whatever it did, no socket is left, and the next visit, to a server that has come to its senses, is clean. */
async function outcomeOf(server: MisbehavingServer, config: MailSenderConfig): Promise<Visit | FlowError> {
  const startedAt = performance.now();
  const outcome = await visit(config).catch((error: unknown) => error as FlowError);
  expect(performance.now() - startedAt).toBeLessThan(patienceMs);
  if (outcome instanceof Error) {
    expect(outcome).toBeInstanceOf(FlowError);
    expect(outcome.remedy).not.toBe('');
    expect(String(outcome) + JSON.stringify(outcome)).not.toContain(credential.password);
  }
  await eventually(() => server.open() === 0, { what: 'the end of the connection' });
  server.behave();
  expect(await visit(config)).toEqual(wholeVisit);
  return outcome;
}

const timeout = 'MAIL_TIMEOUT';
const lost = 'MAIL_CONNECTION_LOST';
const protocolError = 'MAIL_PROTOCOL_ERROR';

/** undefined: it does no harm. */
const codes: Record<keyof typeof behaviours | keyof typeof imapBehaviours | keyof typeof multiLineBehaviours, string | undefined> = {
  'falls silent': timeout,
  'falls silent half-way': timeout,
  'hangs up': lost,
  'hangs up half-way': lost,
  'breaks the connection off': lost,
  'sends an endless line': protocolError,
  'sends garbage': protocolError,
  'speaks another protocol': protocolError,
  'sends byte by byte': undefined,
  'says BYE and hangs up': lost,
  'says BYE and stays': lost,
  'answers to a tag that was never sent': protocolError,
  'answers to a command that is still to come': protocolError,
  'sends untagged lines without end': protocolError,
  'sends a literal without end': protocolError,
  'announces a literal that is too large': protocolError,
  'sends an answer without end': protocolError,
  'sends an endless line in its answer': protocolError,
};

interface Case {
  behaviour: string;
  moment: string;
  act: Act;
  code: string | undefined;
}

function casesOf(acts: Partial<Record<keyof typeof codes, Act>>, moments: string[]): Case[] {
  return moments.flatMap((moment) =>
    Object.entries(acts).map(([behaviour, act]) => ({ behaviour, moment, act, code: codes[behaviour as keyof typeof codes] })),
  );
}

describe('an IMAP4 server that', () => {
  const beforeSignIn = ['greeting', 'CAPABILITY', 'LOGIN'];
  const afterSignIn = ['LIST', 'SELECT', 'NOOP', 'UID SEARCH', 'UID FETCH RFC822.SIZE', 'UID FETCH BODY', 'UID STORE', 'UID EXPUNGE'];
  /** A greeting has no tag, and braces in it are only text. */
  const atGreeting = {
    'says BYE and hangs up': imapBehaviours['says BYE and hangs up'],
    'says BYE and stays': imapBehaviours['says BYE and stays'],
    'sends untagged lines without end': imapBehaviours['sends untagged lines without end'],
  };

  test.each([
    ...casesOf(behaviours, [...beforeSignIn, ...afterSignIn]),
    ...casesOf(atGreeting, ['greeting']),
    ...casesOf(imapBehaviours, [...beforeSignIn.slice(1), ...afterSignIn]),
  ])('$behaviour at $moment: the visit ends in time with $code', async ({ moment, act, code }) => {
    const server = await start('imap4', { acts: { [moment]: act } });
    const outcome = await outcomeOf(server, configOf('imap4', server));
    if (code === undefined) expect(outcome).toEqual(wholeVisit);
    else expect(outcome).toMatchObject({ code, message: expect.stringContaining(`127.0.0.1:${server.port}`) });
    // A stranger may make us read little; the buffers on the way hold some more.
    expect(server.takenBytes()).toBeLessThan(beforeSignIn.includes(moment) ? 8 * mib : 48 * mib);
  });

  test.each(casesOf({ ...behaviours, ...imapBehaviours }, ['LOGOUT']))(
    '$behaviour at $moment changes nothing: all has been confirmed before',
    async ({ moment, act }) => {
      const server = await start('imap4', { acts: { [moment]: act } });
      expect(await outcomeOf(server, configOf('imap4', server))).toEqual(wholeVisit);
    },
  );

  test('says BYE has its words in the error', async () => {
    const server = await start('imap4', { acts: { 'UID SEARCH': imapBehaviours['says BYE and stays'] } });
    expect(await outcomeOf(server, configOf('imap4', server))).toMatchObject({ code: lost, details: 'shutting down' });
  });

  test.each([
    ['sends more than its literals announce', protocolError],
    ['sends less than its literals announce', timeout],
    ['sends mails that nobody asked for', protocolError],
    ['sends a mail again and again', protocolError],
  ] as const)('%s: no mail is taken, and the visit ends with %s', async (behaviour, code) => {
    const server = await start('imap4', { acts: { 'UID FETCH BODY': fetchBehaviours[behaviour] } });
    const config = configOf('imap4', server);
    const session = await openImapSession(config, credential, context, { progressMs: deadlineMs });
    const taken: string[] = [];
    const fetching = (async () => {
      for await (const { uid } of session.fetch((await session.list()).mails)) taken.push(uid);
    })();
    await expect(fetching).rejects.toMatchObject({ code });
    expect(taken).toEqual([]);
    session.destroy();
    expect(await outcomeOf(server, config)).toMatchObject({ code });
  });

  test('sends a large mail again and again instead of in pieces is cut off', async () => {
    const large = `Subject: x\r\n\r\n${'0123456789abcd\r\n'.repeat(200_000)}`;
    const server = await start('imap4', {
      acts: {
        'UID FETCH RFC822.SIZE': (peer, good) => peer.send(good.replaceAll(/RFC822\.SIZE \d+/g, `RFC822.SIZE ${large.length}`)),
        'UID FETCH BODY': (peer, _good, line) =>
          peer.send(
            `* 1 FETCH (UID 1 BODY[]<${/<(\d+)/.exec(line)?.[1]}> {${large.length}}\r\n${large})\r\n${line.split(' ', 1).join()} OK done\r\n`,
          ),
      },
    });
    expect(await outcomeOf(server, configOf('imap4', server))).toMatchObject({
      code: protocolError,
      details: 'the server sent more than 2097152 bytes of mail 1, which was not asked for',
    });
  });

  test('sends an unreadable but well-placed line is borne with', async () => {
    const server = await start('imap4', { acts: { 'UID SEARCH': (peer, good) => peer.send(`* 1 FETCH (((\r\n${good}`) } });
    expect(await outcomeOf(server, configOf('imap4', server))).toEqual(wholeVisit);
  });
});

describe('an IMAP4 server that is listened to (IDLE) and', () => {
  async function listen(server: MisbehavingServer): Promise<void> {
    const patience = { progressMs: deadlineMs, probeEveryMs: deadlineMs / 2, probeAnswerMs: 6 * deadlineMs };
    const session = await openImapSession(configOf('imap4', server), credential, context, patience);
    try {
      await session.list();
      await session.wait?.(context.signal, () => {});
    } finally {
      session.destroy();
    }
  }

  const { 'answers to a tag that was never sent': _, 'answers to a command that is still to come': __, ...withoutTags } = imapBehaviours;
  const inPlace = casesOf({ ...behaviours, ...withoutTags }, ['IDLE']);
  /** Confirms IDLE, and then goes wrong where it would tell of a new mail. To be quiet is no fault. */
  const later = inPlace
    .filter(({ behaviour }) => behaviour !== 'falls silent')
    .map(({ act, ...rest }) => ({
      ...rest,
      act: (async (peer, good, line) => {
        peer.send(good);
        await act(peer, '* 3 EXISTS\r\n', line);
      }) satisfies Act,
    }));
  /** A quiet server is asked for a sign of life. */
  const asked = casesOf({ ...behaviours, ...imapBehaviours }, ['DONE', 'NOOP']);

  test.each([...inPlace, ...later, ...asked].filter(({ code }) => code !== undefined))(
    '$behaviour at $moment: the wait ends in time with $code',
    async ({ moment, act, code }) => {
      const server = await start('imap4', { acts: { [moment]: act } });
      const startedAt = performance.now();
      await expect(listen(server)).rejects.toMatchObject({ code });
      expect(performance.now() - startedAt).toBeLessThan(patienceMs);
      await eventually(() => server.open() === 0, { what: 'the end of the connection' });
    },
  );
});

describe('a POP3 server that', () => {
  const moments = ['greeting', 'CAPA', 'USER', 'PASS', 'LIST', 'UIDL', 'RETR', 'DELE'];

  test.each([...casesOf(behaviours, moments), ...casesOf(multiLineBehaviours, ['CAPA', 'LIST', 'UIDL', 'RETR'])])(
    '$behaviour at $moment: the visit ends in time with $code',
    async ({ moment, act, code }) => {
      const server = await start('pop3', { acts: { [moment]: act } });
      const outcome = await outcomeOf(server, configOf('pop3', server));
      if (code === undefined) expect(outcome).toEqual(wholeVisit);
      else expect(outcome).toMatchObject({ code, message: expect.stringContaining(`127.0.0.1:${server.port}`) });
      expect(server.takenBytes()).toBeLessThan(/CAPA|LIST|UIDL/.test(moment) ? 48 * mib : 8 * mib);
    },
  );

  test.each(casesOf(behaviours, ['QUIT']))('$behaviour at $moment: the deletion does not count', async ({ moment, act, code }) => {
    const server = await start('pop3', { acts: { [moment]: act } });
    const settled = code === undefined ? [{ uid: '1' }] : [{ uid: '1', error: { code } }];
    expect(await outcomeOf(server, configOf('pop3', server))).toMatchObject({ mails: wholeVisit.mails, settled });
  });

  /** POP3 has no BYE: an error, then the end. */
  test.each([
    ['greeting', 'MAIL_SIGN_IN_UNAVAILABLE'],
    ['CAPA', lost],
    ['USER', 'MAIL_SIGN_IN_UNAVAILABLE'],
    ['PASS', 'MAIL_SIGN_IN_UNAVAILABLE'],
    ['LIST', protocolError],
    ['UIDL', protocolError],
    ['RETR', lost],
  ])('says that it shuts down at %s: the visit ends with %s', async (moment, code) => {
    const server = await start('pop3', { acts: { [moment]: pop3Behaviours['says -ERR and hangs up'] } });
    expect(await outcomeOf(server, configOf('pop3', server))).toMatchObject({ code });
  });

  test.each(['DELE', 'QUIT'])('says that it shuts down at %s: the deletion does not count', async (moment) => {
    const server = await start('pop3', { acts: { [moment]: pop3Behaviours['says -ERR and hangs up'] } });
    expect(await outcomeOf(server, configOf('pop3', server))).toMatchObject({
      settled: [{ uid: '1', error: { code: 'MAIL_POST_PROCESSING_FAILED' } }],
    });
  });
});

describe('a certificate', () => {
  let good: Issued;
  let bad: Record<'forAnotherHost' | 'expired' | 'selfSigned', Issued>;
  const systemAuthorities = tls.getCACertificates('default');
  beforeAll(async () => {
    const maker = await certificateMaker();
    const authority = await maker.authority('Test authority');
    good = await authority.issue();
    bad = {
      forAnotherHost: await authority.issue({ names: ['mail.example.com'] }),
      expired: await authority.issue({ days: -1 }),
      selfSigned: await maker.selfSigned(),
    };
    await maker.clear();
    tls.setDefaultCACertificates([...systemAuthorities, authority.cert]);
  });
  afterAll(() => tls.setDefaultCACertificates(systemAuthorities));

  const kinds = [
    ['for another host', 'forAnotherHost', 'MAIL_CERTIFICATE_WRONG_HOST', 'is for mail.example.com'],
    ['that has expired', 'expired', 'MAIL_CERTIFICATE_EXPIRED', 'expired on 20'],
    ['by no authority', 'selfSigned', 'MAIL_CERTIFICATE_UNKNOWN', 'issuer mail, SHA-256'],
  ] as const;

  test.each(protocols.flatMap((protocol) => kinds.map(([kind, which, code, words]) => ({ protocol, kind, which, code, words }))))(
    '$kind ends the visit with $code before a word is said ($protocol)',
    async ({ protocol, which, code, words }) => {
      const tlsServer = async (certificate: Issued) => {
        const server = await start(protocol, { certificate });
        return { server, config: configOf(protocol, server, { protection: 'tls' }) };
      };
      const refused = await tlsServer(bad[which]);
      await expect(visit(refused.config)).rejects.toMatchObject({ code, message: expect.stringContaining(words) });
      await eventually(() => refused.server.open() === 0, { what: 'the end of the connection' });
      expect(refused.server.lines()).toEqual([]);
      const accepted = await tlsServer(good);
      expect(await visit(accepted.config)).toEqual(wholeVisit);
    },
  );
});

const agreesAndFallsSilent: Act = async (peer, good) => {
  peer.send(good);
  await new Promise(() => {});
};

const goesOnInClear: Act = async (peer, good) => {
  peer.send(good);
  await peer.line();
  peer.send(good);
};

const hangsUpAtHandshake: Act = async (peer, good) => {
  peer.send(good);
  await peer.line();
  peer.end();
};

describe('what is slipped in behind the agreement to STARTTLS', () => {
  const slippedIn = {
    imap4: ['* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n', '3 OK CAPABILITY completed\r\n'],
    pop3: ['+OK\r\nSASL PLAIN\r\n.\r\n', '+OK\r\n'],
  };
  /** In the packet of the agreement, or in one of its own right behind it. */
  const ways: Record<string, (extra: string) => Act> = {
    'with it': (extra) => (peer, good) => peer.send(good + extra),
    'after it': (extra) => (peer, good) => {
      peer.send(good);
      peer.send(extra);
    },
    'byte by byte': (extra) => async (peer, good) => await peer.sendInPieces(good + extra, 1),
  };
  const cases = protocols.flatMap((protocol) =>
    slippedIn[protocol].flatMap((extra) =>
      Object.entries(ways).flatMap(([way, act]) =>
        (['starttls-mandatory', 'starttls-optional'] as const).map((protection) => ({ protocol, extra, way, act, protection })),
      ),
    ),
  );

  test.each(cases)('is refused: $extra, $way ($protocol, $protection)', async ({ protocol, extra, act, protection }) => {
    const moment = protocol === 'imap4' ? 'STARTTLS' : 'STLS';
    const server = await start(protocol, { hasStartTls: true, mechanisms: ['PLAIN'], acts: { [moment]: act(extra) } });
    await expect(visit(configOf(protocol, server, { protection }))).rejects.toMatchObject({
      code: expect.stringMatching(/^MAIL_(PROTOCOL_ERROR|TLS_FAILED)$/),
    });
    await eventually(() => server.open() === 0, { what: 'the end of the connection' });
    expect(server.lines().join('\n')).not.toMatch(/AUTH|LOGIN|USER|PASS/);
  });

  test.each(
    protocols.flatMap((protocol) => [
      { protocol, what: 'never comes', act: agreesAndFallsSilent, code: timeout },
      { protocol, what: 'is answered in clear', act: goesOnInClear, code: 'MAIL_TLS_FAILED' },
      { protocol, what: 'is cut off', act: hangsUpAtHandshake, code: lost },
    ]),
  )('a handshake that $what ends the visit in time; it never goes on in clear ($protocol)', async ({ protocol, act, code }) => {
    const moment = protocol === 'imap4' ? 'STARTTLS' : 'STLS';
    const server = await start(protocol, { hasStartTls: true, mechanisms: ['PLAIN'], acts: { [moment]: act } });
    const startedAt = performance.now();
    // The handshake is part of connecting: Timeout is its deadline.
    const visiting = visit(configOf(protocol, server, { protection: 'starttls-optional' }), 3 * patienceMs);
    await expect(visiting).rejects.toMatchObject({ code });
    expect(performance.now() - startedAt).toBeLessThan(patienceMs / 2);
    expect(server.lines().join('\n')).not.toMatch(/AUTH|LOGIN|USER|PASS/);
    await eventually(() => server.open() === 0, { what: 'the end of the connection' });
  });
});

describe('a sign-in of kind Encrypted', () => {
  type Step = (answer: string) => string;
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  /** Sends each challenge in base64 and reads the answer to it; then says that the sign-in succeeded. */
  const exchange = (...steps: Step[]): Act => {
    return async (peer, good) => {
      let answer = '';
      for (const step of steps) {
        peer.send(`+ ${base64(step(answer))}\r\n`);
        answer = Buffer.from(await peer.line(), 'base64').toString();
      }
      peer.send(good);
    };
  };
  const serverFirst =
    (iterations = 4_096): Step =>
    (answer) =>
      `r=${/r=(.*)$/.exec(answer)?.[1]}more,s=${base64('salt')},i=${iterations}`;
  const nothing: Step = () => '';
  const wrong = base64('x'.repeat(32));
  const digest = 'nonce="n",qop="auth",algorithm=md5-sess,charset=utf-8';
  const unproven = 'MAIL_SERVER_NOT_PROVEN';

  const lies: [mechanism: string, what: string, act: Act, code: string][] = [
    ['SCRAM-SHA-256', 'succeeds before anything was asked', exchange(), unproven],
    ['SCRAM-SHA-256', 'succeeds before the proof of either side', exchange(nothing), unproven],
    ['SCRAM-SHA-256', 'succeeds without the signature', exchange(nothing, serverFirst()), unproven],
    ['SCRAM-SHA-256', 'signs wrongly', exchange(nothing, serverFirst(), () => `v=${wrong}`), unproven],
    ['SCRAM-SHA-256', 'names an error and then succeeds', exchange(nothing, serverFirst(), () => 'e=other-error'), unproven],
    ['SCRAM-SHA-256', 'has a nonce of its own', exchange(nothing, () => `r=other,s=${base64('salt')},i=4096`), protocolError],
    ['SCRAM-SHA-256', 'would cost an hour', exchange(nothing, serverFirst(2_000_000_000)), protocolError],
    ['SCRAM-SHA-256', 'wants a quick guess', exchange(nothing, serverFirst(1)), protocolError],
    ['SCRAM-SHA-256', 'begins with a challenge', exchange(() => 'hello'), protocolError],
    ['SCRAM-SHA-256', 'sends no base64', (peer) => peer.send('+ !!!!\r\n'), protocolError],
    ['SCRAM-SHA-256', 'sends a challenge that is too long', exchange(() => 'x'.repeat(10_000)), protocolError],
    ['SCRAM-SHA-256', 'falls silent', () => {}, timeout],
    ['SCRAM-SHA-1', 'signs wrongly', exchange(nothing, serverFirst(), () => `v=${base64('x'.repeat(20))}`), unproven],
    ['DIGEST-MD5', 'succeeds without rspauth', exchange(() => digest), unproven],
    [
      'DIGEST-MD5',
      'has a wrong rspauth',
      exchange(
        () => digest,
        () => `rspauth=${'0'.repeat(32)}`,
      ),
      unproven,
    ],
    ['DIGEST-MD5', 'wants another algorithm', exchange(() => digest.replace('md5-sess', 'md5')), protocolError],
    ['CRAM-MD5', 'succeeds before anything was asked', exchange(), unproven],
    ['CRAM-MD5', 'has an empty challenge', exchange(nothing), protocolError],
    ['CRAM-MD5', 'never stops asking', exchange(...Array.from({ length: 20 }, () => () => '<1@x>')), protocolError],
  ];

  test.each(protocols.flatMap((protocol) => lies.map(([mechanism, what, act, code]) => ({ protocol, mechanism, what, act, code }))))(
    'with $mechanism to a server that $what ends with $code, not as a wrong password ($protocol)',
    async ({ protocol, mechanism, act, code }) => {
      const command = protocol === 'imap4' ? 'AUTHENTICATE' : 'AUTH';
      const server = await start(protocol, { mechanisms: ['PLAIN', mechanism], acts: { [command]: act } });
      const config = configOf(protocol, server, { authentication: 'encrypted' });
      await expect(visit(config)).rejects.toMatchObject({ code, message: expect.stringContaining(`127.0.0.1:${server.port}`) });
      await eventually(() => server.open() === 0, { what: 'the end of the connection' });
      expect(server.lines().filter((line) => line.includes(command))).toEqual([expect.stringContaining(`${command} ${mechanism}`)]);
      expect(server.lines().join('\n')).not.toMatch(
        new RegExp(`LIST|SELECT|${credential.password}|${base64(credential.password).slice(0, 8)}`),
      );
    },
  );

  test.each(protocols)('is cancelled with * where the server asks for what it must not (%s)', async (protocol) => {
    const command = protocol === 'imap4' ? 'AUTHENTICATE' : 'AUTH';
    const answers: string[] = [];
    const act: Act = async (peer) => {
      peer.send('+ \r\n');
      await peer.line();
      peer.send(`+ ${base64('r=other,s=QQ==,i=4096')}\r\n`);
      answers.push(await peer.line());
    };
    const server = await start(protocol, { mechanisms: ['SCRAM-SHA-256'], acts: { [command]: act } });
    await expect(visit(configOf(protocol, server, { authentication: 'encrypted' }))).rejects.toMatchObject({ code: protocolError });
    await eventually(() => answers.length === 1, { what: 'the cancellation' });
    expect(answers).toEqual(['*']);
  });

  test('refuses a greeting that leaves it out (PREAUTH)', async () => {
    const server = await start('imap4', { acts: { greeting: (peer) => peer.send('* PREAUTH welcome\r\n') } });
    await expect(visit(configOf('imap4', server, { authentication: 'encrypted' }))).rejects.toMatchObject({ code: unproven });
  });
});
