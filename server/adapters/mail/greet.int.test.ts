import { once } from 'node:events';
import { expect, onTestFinished, test, vi } from 'vitest';
import { mailSender, type MailSenderConfig } from '../../../shared/catalog/mail-sender.ts';
import { startScriptedServer, type ScriptedPeer, type ScriptedServer } from '../../testing/scripted-server.ts';
import { secretsOf } from '../../testing/secrets.ts';
import { greet } from './greet.ts';
import { connectImap } from './imap-client.ts';

/** How an IMAP session begins, on servers that no real one can be made to be. */

const signal = new AbortController().signal;
const credential = { name: 'box', user: 'mrose', password: 'tanstaaf-4711' };

async function serve(script: (peer: ScriptedPeer) => Promise<void> | void): Promise<ScriptedServer> {
  const server = await startScriptedServer(script);
  onTestFinished(async () => {
    await vi.waitFor(() => expect(server.open()).toBe(0));
    await server.close();
  });
  return server;
}

function visit({ port }: ScriptedServer, config: Partial<MailSenderConfig> = {}) {
  const full = mailSender.config.parse({ address: `127.0.0.1:${port}`, protection: 'off', timeoutMs: 2_000, ...config });
  return connectImap(full, credential, { secrets: secretsOf(), signal });
}

type Answers = Record<string, (tag: string) => string>;

/** Answers each command by its first word, until the client is gone. Returns what was said. */
async function talk(peer: ScriptedPeer, said: string[], answers: Answers): Promise<void> {
  for (;;) {
    const line = await peer.line();
    said.push(line);
    const [tag = '', command = ''] = line.split(' ');
    const answer = answers[command.toUpperCase()];
    peer.send(answer ? answer(tag) : `${tag} BAD unknown\r\n`);
  }
}

const signedIn: Answers = {
  CAPABILITY: (tag) => `* CAPABILITY IMAP4rev1\r\n${tag} OK done\r\n`,
  LOGIN: (tag) => `${tag} OK welcome\r\n`,
};

test('what a server says right behind its greeting is heard, and so is the rest', async () => {
  const said: string[] = [];
  const server = await serve(async (peer) => {
    peer.send('* OK ready\r\n* OK [ALERT] maintenance tonight\r\n');
    await talk(peer, said, signedIn);
  });
  const connection = await visit(server);
  expect(said[0]).toMatch(/ CAPABILITY$/);
  expect(said.some((line) => line.includes('LOGIN'))).toBe(true);
  connection.destroy();
});

test.each(['off', 'starttls-optional'] as const)('nothing of it is lost on the way to who reads on (%s)', async (protection) => {
  const server = await serve(async (peer) => {
    peer.send('* OK ready\r\n');
    if (protection !== 'off') {
      await peer.line();
      peer.send('* CAPABILITY IMAP4rev1\r\nc OK done\r\n* OK half a');
    } else peer.send('* OK half a');
  });
  const route = { host: '127.0.0.1', port: server.port, timeoutMs: 2_000 };
  const { socket } = await greet({ protocol: 'imap4', protection, route, signal });
  const [bytes] = (await once(socket.resume(), 'data')) as [Buffer];
  expect(bytes.toString()).toBe('* OK half a');
  socket.destroy();
});

test('a server that has signed us in already is not told the password', async () => {
  const said: string[] = [];
  const server = await serve(async (peer) => {
    peer.send('* PREAUTH welcome\r\n');
    await talk(peer, said, signedIn);
  });
  const connection = await visit(server);
  expect(connection.client.authenticated).toBe(true);
  expect(said.join()).not.toMatch(/LOGIN|AUTHENTICATE/);
  connection.destroy();
});

test.each([
  ['* BYE too many connections', 'MAIL_TOO_MANY_CONNECTIONS'],
  ['* BYE going down', 'MAIL_CONNECTION_LOST'],
  ['220 mail.example.com ESMTP', 'MAIL_PROTOCOL_ERROR'],
])('the greeting %j is refused as %s, with its words', async (greeting, code) => {
  const server = await serve((peer) => peer.send(`${greeting}\r\n`));
  await expect(visit(server)).rejects.toMatchObject({ code, details: greeting });
});

test.each([
  ['starttls-mandatory', 'NO not now'],
  ['starttls-mandatory', 'BAD what'],
  ['starttls-optional', 'NO not now'],
] as const)('%s and a server that offers STARTTLS and answers %j', async (protection, answer) => {
  const said: string[] = [];
  const server = await serve(async (peer) => {
    peer.send('* OK ready\r\n');
    await talk(peer, said, {
      ...signedIn,
      CAPABILITY: (tag) => `* CAPABILITY IMAP4rev1 STARTTLS\r\n${tag} OK done\r\n`,
      STARTTLS: (tag) => `${tag} ${answer}\r\n`,
    });
  });
  if (protection === 'starttls-mandatory') {
    await expect(visit(server, { protection })).rejects.toMatchObject({ code: 'MAIL_STARTTLS_NOT_OFFERED' });
  } else {
    const connection = await visit(server, { protection });
    expect(connection.notes()).toEqual([expect.stringContaining('did not offer STARTTLS')]);
    connection.destroy();
  }
});

test.each([
  ['in the same packet', (peer: ScriptedPeer) => peer.send('t OK go\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n')],
  [
    'in one of its own',
    (peer: ScriptedPeer) => {
      peer.send('t OK go\r\n');
      setTimeout(() => peer.send('* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n'), 5);
    },
  ],
])('data behind the agreement to STARTTLS is never believed (%s)', async (_, agree) => {
  const said: string[] = [];
  const server = await serve(async (peer) => {
    peer.send('* OK ready\r\n');
    await peer.line();
    peer.send('* CAPABILITY IMAP4rev1 STARTTLS\r\nc OK done\r\n');
    said.push(await peer.line());
    agree(peer);
    for (;;) said.push(await peer.line());
  });
  const failure: unknown = await visit(server, { protection: 'starttls-mandatory' }).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: expect.stringMatching(/^MAIL_(PROTOCOL_ERROR|TLS_FAILED)$/) });
  expect(said.join()).not.toContain(credential.password);
});

test('an answer that drips in line by line has one deadline', async () => {
  const server = await serve(async (peer) => {
    peer.send('* OK ready\r\n');
    await peer.line();
    const timer = setInterval(() => peer.send('* OK still here\r\n'), 100);
    onTestFinished(() => clearInterval(timer));
  });
  const route = { host: '127.0.0.1', port: server.port, timeoutMs: 600 };
  const begun = Date.now();
  await expect(greet({ protocol: 'imap4', protection: 'starttls-mandatory', route, signal })).rejects.toMatchObject({
    code: 'MAIL_TIMEOUT',
  });
  expect(Date.now() - begun).toBeLessThan(5_000);
});

test('a server that resets the connection between greeting and sign-in is a lost connection', async () => {
  const server = await serve(async (peer) => {
    peer.send('* OK ready\r\n');
    await peer.line();
    peer.reset();
  });
  await expect(visit(server)).rejects.toMatchObject({ code: 'MAIL_CONNECTION_LOST' });
});
