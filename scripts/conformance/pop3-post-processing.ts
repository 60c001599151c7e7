import { createHash } from 'node:crypto';
import { mailSenderAdapter } from '../../server/adapters/mail-sender.ts';
import type { ListedMail, SettleItem, SettleResult } from '../../server/ports/mailbox.ts';
import { startFaultProxy, type FaultProxy } from '../../server/testing/fault-proxy.ts';
import { channel, codeOf, visit, type Channel } from './channel.ts';
import { inLanes } from './lanes.ts';
import { pop3Kinds, type Pop3Kind } from './post-processing-rules.ts';
import type { Mailbox, TestedServer } from './servers.ts';
import type { Row, Section } from './table.ts';

/** Deletions count only after +OK to QUIT (RFC 1939, section 6): what is told before, and what is believed after. */
export async function pop3PostProcessingSection(servers: TestedServer[], lanes: number): Promise<Section> {
  const kept = pop3Kinds.filter((kind) => kind !== 'delete');
  const cases = servers.flatMap((server) => [
    ...kept.map((kind) => ({ server, kind, situation: 'once', wanted: wantedKept(kind), act: stays })),
    ...deletions.map((deletion) => ({ server, kind: 'delete' as const, ...deletion })),
  ]);
  const rows = await inLanes(cases, lanes, async ({ server, kind, situation, wanted, act }): Promise<Row> => {
    const happened = await withTwoMails(server, kind, act).catch(codeOf);
    return { about: [server.facts.name, kind, situation], wanted: `${wanted}; the other kept`, happened };
  });
  return {
    title: 'Post-processing, POP3',
    columns: ['server', 'post-processing', 'situation'],
    rows,
    remarks: ['The first of two mails is owed. Looked at from the other side: the Maildir of Dovecot, an IMAP connection to Cyrus.'],
  };
}

interface Scene {
  to: Channel;
  /** The mail that is owed. */
  ours: ListedMail;
  proxy: FaultProxy;
  /** Whether the server still has it: `kept` or `gone`. */
  look: () => Promise<string>;
}

const deletions: { situation: string; wanted: string; act: (scene: Scene) => Promise<string> }[] = [
  {
    situation: 'once',
    wanted: 'before QUIT: kept; after: gone, certain',
    act: async (scene) => {
      const { before, after } = await tell(scene);
      return `before QUIT: ${before}; after: ${after}`;
    },
  },
  {
    situation: 'told again',
    wanted: 'after: gone, certain; told again: gone, known to be gone',
    act: async (scene) => `after: ${(await tell(scene)).after}; told again: ${(await tell(scene, true)).after}`,
  },
  {
    situation: 'connection lost before QUIT',
    wanted: 'after the loss: kept; told again: gone, certain',
    act: async (scene) => {
      await visit(scene.to, (session) => session.settle([owed(scene.ours)]));
      const lost = await scene.look();
      return `after the loss: ${lost}; told again: ${(await tell(scene, true)).after}`;
    },
  },
  {
    situation: 'answer to QUIT lost',
    wanted: 'after the loss: gone, not certain; told again: gone, known to be gone',
    act: async (scene) => {
      scene.proxy.fault({ cutAfter: (sent) => /^QUIT/m.test(sent) });
      const { after } = await tell(scene);
      if (scene.proxy.faults() === 0) return 'QUIT was not sent';
      scene.proxy.fault({});
      return `after the loss: ${after}; told again: ${(await tell(scene, true)).after}`;
    },
  },
];

/** Within its days a mail stays; afterwards it is owed as Delete is: the ledger counts them (runtime/post-process.int.test.ts). */
function wantedKept(kind: Pop3Kind): string {
  return `plan: ${kind === 'leave' ? 'none' : `${kind}, ${days} days`}; after a visit: kept`;
}

const days = 7;

async function stays({ to, look }: Scene): Promise<string> {
  await visit(to, async (session) => {
    for await (const { uid } of session.fetch((await session.list()).mails)) void uid;
    await session.close();
  });
  const { postProcessing, deleteAfterDays } = mailSenderAdapter.plan(to.config);
  const plan = deleteAfterDays === null ? postProcessing : `${postProcessing}, ${deleteAfterDays} days`;
  return `plan: ${plan}; after a visit: ${await look()}`;
}

async function withTwoMails(server: TestedServer, kind: Pop3Kind, act: (scene: Scene) => Promise<string>): Promise<string> {
  const mailbox = await server.newMailbox();
  const proxy = await startFaultProxy({ port: server.port('pop3', 'off') });
  try {
    await mailbox.deliver(['ours', 'other'].map(mail));
    const address = `127.0.0.1:${proxy.port}`;
    const to = channel({ protocol: 'pop3', address, protection: 'off', pop3PostProcessing: kind, deleteAfterDays: days }, mailbox);
    const [ours] = await visit(to, async (session) => (await session.list()).mails);
    if (!ours) return 'nothing is listed';
    const happened = await act({ to, ours, proxy, look: () => lookFor(mailbox, 'ours') });
    return `${happened}; the other ${await lookFor(mailbox, 'other')}`;
  } finally {
    await proxy.close();
    mailbox.close();
  }
}

const mail = (name: string) => Buffer.from(`From: a@example.test\r\nMessage-ID: <${name}@example.test>\r\n\r\nBody of ${name}\r\n`);

async function lookFor(mailbox: Mailbox, name: string): Promise<string> {
  return (await mailbox.mails()).some(({ raw }) => raw.equals(mail(name))) ? 'kept' : 'gone';
}

async function tell({ to, ours, look }: Scene, isRepeat = false): Promise<{ before: string; after: string }> {
  return visit(to, async (session) => {
    const results = await session.settle([owed(ours, isRepeat)]);
    const before = await look();
    results.push(...(await session.close()));
    return { before, after: `${await look()}, ${certainty(results)}` };
  });
}

function owed({ uid, sizeBytes: listedBytes }: ListedMail, isRepeat = false): SettleItem {
  const contentHash = createHash('sha256').update(mail('ours')).digest('hex');
  return { uid, action: 'delete', messageId: '<ours@example.test>', listedBytes, contentHash, isRepeat };
}

function certainty(results: SettleResult[]): string {
  const [result] = results;
  if (results.length !== 1 || !result) return `${results.length} results`;
  if (result.error) return 'not certain';
  return result.isGone ? 'known to be gone' : 'certain';
}
