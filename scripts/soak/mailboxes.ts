import { startFaultProxy, type FaultProxy } from '../../server/testing/fault-proxy.ts';
import { chain, deployCredential, deployFlow, mailSenderNode, node } from '../../server/testing/flows.ts';
import type { MailServer, MailUser } from '../../server/testing/mail-server.ts';
import type { MailroomProcess } from '../../server/testing/mailroom-process.ts';
import { callSink, type CallSink } from '../bench/call-sink.ts';

/** What a mail of the soak is made to become. */
/** How long a call to a receiver may take. */
export const receiverTimeoutMs = 5_000;

export type Kind = 'ordinary' | 'large' | 'refused' | 'poison' | 'too-large';

export interface SoakMailbox {
  name: string;
  user: MailUser;
  proxy: FaultProxy;
  sink: CallSink;
  flowId: string;
  /** Kinds of the mails put in, by their id. */
  put: Map<string, Kind>;
}

const archive = 'Done';
const setups: { name: string; protocol: 'imap4' | 'pop3'; config: Record<string, unknown> }[] = [
  { name: 'imap4 mark-read', protocol: 'imap4', config: {} },
  { name: 'imap4 delete', protocol: 'imap4', config: { postProcessing: 'delete' } },
  { name: 'imap4 archive', protocol: 'imap4', config: { postProcessing: 'archive', archiveFolder: archive } },
  { name: 'imap4 waiting', protocol: 'imap4', config: { autoDisconnect: false } },
  { name: 'imap4 in order', protocol: 'imap4', config: { processingOrder: 'in-order' } },
  { name: 'pop3 delete', protocol: 'pop3', config: { pop3PostProcessing: 'delete' } },
  { name: 'pop3 leave', protocol: 'pop3', config: { pop3PostProcessing: 'leave' } },
];

export async function openMailboxes(server: MailServer, web: MailroomProcess): Promise<SoakMailbox[]> {
  const boxes: SoakMailbox[] = [];
  for (const { name, protocol, config } of setups) {
    const user = await server.createUser();
    await user.createFolder(archive);
    const port = protocol === 'imap4' ? server.ports.imap : server.ports.pop3;
    const proxy = await startFaultProxy({ port }, { isForgetful: true });
    const put = new Map<string, Kind>();
    const sink = await callSink(
      () => 5,
      (mail) => put.get(mail) === 'refused',
    );
    await deployCredential(web, user, user.user);
    const sender = mailSenderNode(server, protocol, {
      credential: user.user,
      address: `localhost:${proxy.port}`,
      maxMailMb: maxMailMb,
      ...config,
    });
    const flowId = await deployFlow(
      web,
      name,
      chain(sender, node('http', 'http-receiver', { url: sink.url, timeoutMs: receiverTimeoutMs })),
    );
    boxes.push({ name, user, proxy, sink, flowId, put });
  }
  return boxes;
}

const maxMailMb = 3;
const line = `${'x'.repeat(74)}\r\n`;

/** Most are ordinary; ids are unique over all mailboxes. */
export async function putMail(box: SoakMailbox, number: number, random: () => number): Promise<void> {
  const id = `bench-${String(number).padStart(6, '0')}`;
  const kind = kindOf(random());
  const head = `From: Ada <ada@example.com>\r\nSubject: ${id}\r\nMessage-ID: <${id}@example.com>\r\nDate: Sun, 22 Nov 2026 10:00:00 +0000\r\n`;
  const lines: Record<Kind, number> = { ordinary: Math.floor(random() * 200), large: 20_000, refused: 1, poison: 1, 'too-large': 60_000 };
  // More header lines than anybody reads: it can't be parsed.
  const filler = kind === 'poison' ? Array.from({ length: 40_000 }, (_, index) => `X-Filler-${index}: ${line}`).join('') : '';
  box.put.set(id, kind);
  await box.user.deliver(`${head}${filler}\r\n${id}\r\n${line.repeat(lines[kind])}`);
}

function kindOf(share: number): Kind {
  if (share < 0.9) return 'ordinary';
  if (share < 0.95) return 'large';
  if (share < 0.98) return 'refused';
  return share < 0.99 ? 'poison' : 'too-large';
}
