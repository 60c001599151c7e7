import net from 'node:net';
import { ImapFlow } from 'imapflow';
import { simpleParser } from 'mailparser';
import { Agent, request } from 'node:http';
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

const agent = new Agent({ keepAlive: true, maxSockets: 8 });
const safe = { skipHtmlToText: true, skipTextToHtml: true, skipTextLinks: true, skipImageLinks: true };

/** imapflow in batches of 50, mailparser with safe options, keep-alive POST 8 at once, STORE \Seen per batch; nothing durable. */
export async function thinScript(server: MailServer, { user, password }: MailUser, url: string): Promise<void> {
  const client = new ImapFlow({
    host: 'localhost',
    port: server.ports.imap,
    secure: false,
    doSTARTTLS: false,
    auth: { user, pass: password },
    logger: false,
  });
  await client.connect();
  const lock = await client.getMailboxLock('INBOX');
  try {
    const uids = (await client.search({ seen: false }, { uid: true })) || [];
    for (let from = 0; from < uids.length; from += 50) {
      const batch = uids.slice(from, from + 50);
      const posts: Promise<void>[] = [];
      for await (const mail of client.fetch(batch, { source: true }, { uid: true })) {
        if (mail.source) posts.push(parseAndPost(mail.source, url));
      }
      await Promise.all(posts);
      await client.messageFlagsAdd(batch, [String.raw`\Seen`], { uid: true });
    }
  } finally {
    lock.release();
    await client.logout();
  }
}

async function parseAndPost(source: Buffer, url: string): Promise<void> {
  const mail = await simpleParser(source, safe);
  const attachments = mail.attachments.map(({ filename, contentType, content }) => ({
    name: filename,
    contentType,
    content: content.toString('base64'),
  }));
  const headers = { subject: mail.subject ?? '', from: mail.from?.text ?? '' };
  await post(url, JSON.stringify({ headers, body: mail.text ?? mail.html, attachments }));
}

function post(url: string, body: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      { method: 'POST', agent, headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) } },
      (response) => {
        response.resume().on('end', resolve);
      },
    );
    outgoing.setTimeout(30_000, () => outgoing.destroy(new Error('the receiver did not answer')));
    outgoing.on('error', reject).end(body);
  });
}
