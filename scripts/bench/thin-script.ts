import { ImapFlow } from 'imapflow';
import { simpleParser } from 'mailparser';
import { Agent, request } from 'node:http';

/** What a careful script does, and nothing durable: run by `references.ts` in a process of its own, told by a message what to do. */
export interface ThinTask {
  port: number;
  user: string;
  password: string;
  url: string;
}

process.once('message', (task) => {
  void drainInbox(task as ThinTask).then(() => process.send?.('done'));
});
process.send?.('ready');

const agent = new Agent({ keepAlive: true, maxSockets: 8 });
const safe = { skipHtmlToText: true, skipTextToHtml: true, skipTextLinks: true, skipImageLinks: true };

/** imapflow in batches of 50, mailparser with safe options, keep-alive POST 8 at once, STORE \Seen per batch. */
async function drainInbox({ port, user, password, url }: ThinTask): Promise<void> {
  const client = new ImapFlow({
    host: 'localhost',
    port,
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
