import { createHash } from 'node:crypto';
import { bytesOf } from '../../server/testing/bytes-of.ts';
import type { MailProtocol } from '../../shared/mail-address.ts';
import { channel, codeOf, visit } from './channel.ts';
import { corpusMails, smallMails, type CorpusMail } from './corpus-mails.ts';
import { protocols } from './sign-in-rules.ts';
import type { Mailbox, TestedServer } from './servers.ts';
import type { Row, Section } from './table.ts';

const smallCount = 1_000;

/** Every mail over both protocols, its SHA-256 beside that of the file in which the server keeps it. */
export async function corpusSection(servers: TestedServer[]): Promise<Section> {
  const all = corpusMails();
  const remarks: string[] = [];
  const rows = await Promise.all(
    servers.map(async (server) => {
      const storable = all.filter(({ raw }) => server.keeping.stores(raw));
      const left = all.length - storable.length;
      if (left > 0) remarks.push(`${left} of ${all.length} mails can't be stored in ${server.facts.name}.`);
      return [...(await varied(server, storable)), ...(await small(server))];
    }),
  );
  remarks.push(
    'Wanted is the file as the server hands it out by its own rules: Dovecot sends LF as CRLF, and over IMAP4 NUL as 0x80; over POP3 a mail',
    'without a line end at its end gets one. All other bytes are those of the file. Cyrus stores only what needs none of this.',
  );
  return { title: 'Corpus', columns: ['server', 'protocol', 'mail'], rows: rows.flat(), remarks };
}

async function varied(server: TestedServer, mails: CorpusMail[]): Promise<Row[]> {
  return withMailbox(
    server,
    mails.map(({ raw }) => raw),
    async (mailbox) => {
      const files = await mailbox.files();
      const rows: Row[] = [];
      for (const protocol of protocols) {
        const fetched = await fetchAll(server, mailbox, protocol);
        rows.push(
          ...mails.map(({ name }, index) => ({
            about: [server.facts.name, protocol, name],
            wanted: served(server, protocol, files[index]),
            happened: typeof fetched === 'string' ? fetched : (fetched[index] ?? 'not handed out'),
          })),
        );
      }
      return rows;
    },
  );
}

async function small(server: TestedServer): Promise<Row[]> {
  return withMailbox(server, smallMails(smallCount), async (mailbox) => {
    const files = await mailbox.files();
    const rows: Row[] = [];
    for (const protocol of protocols) {
      const fetched = await fetchAll(server, mailbox, protocol);
      const equal = files.filter((file, index) => served(server, protocol, file) === fetched[index]).length;
      rows.push({
        about: [server.facts.name, protocol, `${smallCount} small mails`],
        wanted: `${smallCount} of ${smallCount} handed out are equal`,
        happened: typeof fetched === 'string' ? fetched : `${equal} of ${fetched.length} handed out are equal`,
      });
    }
    return rows;
  });
}

async function withMailbox<T>(server: TestedServer, mails: Buffer[], work: (mailbox: Mailbox) => Promise<T>): Promise<T> {
  const mailbox = await server.newMailbox();
  try {
    await mailbox.deliver(mails);
    return await work(mailbox);
  } finally {
    mailbox.close();
  }
}

/** @returns what was handed out, in the order of the listing, or the code of the error */
async function fetchAll({ ca, port }: TestedServer, mailbox: Mailbox, protocol: MailProtocol): Promise<string[] | string> {
  const address = `localhost:${port(protocol, 'off')}`;
  const to = channel({ protocol, address, protection: 'off' }, mailbox, { trustedCertificate: async () => ca });
  return visit(to, async (session) => {
    const { mails } = await session.list();
    const byUid = new Map<string, string>();
    for await (const { uid, bytes } of session.fetch(mails)) byUid.set(uid, described(await bytesOf(bytes)));
    await session.close();
    return mails.map(({ uid }) => byUid.get(uid) ?? 'not handed out');
  }).catch(codeOf);
}

function served({ keeping }: TestedServer, protocol: MailProtocol, file: Buffer | undefined): string {
  return file ? described(keeping.serves(file, protocol)) : 'a file on the server';
}

function described(bytes: Buffer): string {
  return `${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}…, ${bytes.length} bytes`;
}
