import { fork } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { fileURLToPath } from 'node:url';
import type { ThinTask } from './thin-script.ts';
import type { MailServer, MailUser } from '../../server/testing/mail-server.ts';

/** What Mailroom is measured against, in the same run: the fastest there can be, and what a careful script does. */

/** One socket, one FETCH of everything, bytes thrown away. Resolves with the bytes read. */
export async function rawImap(server: MailServer, { user, password }: MailUser): Promise<number> {
  const socket = net.connect(server.ports.imap, '127.0.0.1');
  const line = `a LOGIN ${user} ${password}\r\nb SELECT INBOX\r\nc FETCH 1:* (BODY.PEEK[])\r\n`;
  return readUntil(socket, line, /\r\nc OK /);
}

/** RETR pipelined 16 deep over one socket. */
export async function rawPop3(server: MailServer, { user, password }: MailUser, count: number): Promise<number> {
  const socket = net.connect(server.ports.pop3, '127.0.0.1');
  socket.write(`USER ${user}\r\nPASS ${password}\r\n`);
  let asked = 0;
  let answered = -3;
  let bytes = 0;
  let tail = '';
  return new Promise((resolve, reject) => {
    socket.setTimeout(60_000, () => socket.destroy(new Error('POP3 reference: no answer')));
    socket.on('error', reject);
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      const text = tail + chunk.toString('latin1');
      // Sign-in and greeting end with a line, mails with a line that is a dot.
      answered += answered < 0 ? (text.match(/^\+OK/gm)?.length ?? 0) : (text.match(/\r\n\.\r\n/g)?.length ?? 0);
      tail = answered < 0 ? '' : text.slice(-4);
      if (answered >= count) {
        socket.end('QUIT\r\n');
        resolve(bytes);
        return;
      }
      if (answered >= 0) for (; asked < count && asked - answered < 16; asked++) socket.write(`RETR ${asked + 1}\r\n`);
    });
  });
}

function readUntil(socket: net.Socket, commands: string, end: RegExp): Promise<number> {
  return new Promise((resolve, reject) => {
    let bytes = 0;
    let tail = '';
    socket.setTimeout(60_000, () => socket.destroy(new Error('IMAP reference: no answer')));
    socket.on('error', reject);
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      tail = (tail + chunk.subarray(-256).toString('latin1')).slice(-512);
      if (end.test(tail)) {
        socket.destroy();
        resolve(bytes);
      }
    });
    socket.write(commands);
  });
}

const thinScriptFile = fileURLToPath(new URL('thin-script.ts', import.meta.url));
const thinDeadlineMs = 120_000;

/**
 * A process of its own, as Mailroom is: it has loaded its modules, and none of its code has run yet.
 *
 * @returns seconds from the word to go until every mail is posted and flagged
 */
export async function thinScript(server: MailServer, { user, password }: MailUser, url: string): Promise<number> {
  const script = fork(thinScriptFile, { signal: AbortSignal.timeout(thinDeadlineMs) });
  const ended = once(script, 'exit');
  try {
    await once(script, 'message');
    const started = performance.now();
    script.send({ port: server.ports.imap, user, password, url } satisfies ThinTask);
    await once(script, 'message');
    return (performance.now() - started) / 1_000;
  } finally {
    script.kill();
    await ended;
  }
}
