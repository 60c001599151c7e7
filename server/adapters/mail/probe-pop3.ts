import type { MailSenderConfig } from '../../../shared/catalog/mail-sender.ts';
import { FlowError } from '../../../shared/errors.ts';
import { addressText } from '../../../shared/mail-address.ts';
import type { MailCounts, MailPreview } from '../../../shared/probe.ts';
import type { SenderContext } from '../../ports/mailbox.ts';
import type { Credential } from '../../ports/secrets.ts';
import { signIn } from './credential.ts';
import { previewMails, previewOf } from './mail-preview.ts';
import { Pop3Refusal } from './pop3-connection.ts';
import { connectPop3, signInPop3, type Pop3Link } from './pop3-sign-in.ts';
import { countsSentence, previewSentence, summed } from './probe-counts.ts';
import type { Stages } from './probe-stages.ts';

/** Lines of the body that are read for a preview. */
const previewLines = 20;

/** The stages of a visit over POP3 from the sign-in on. No mail is fetched with RETR, which some servers take for having been read. */
export async function probePop3(config: MailSenderConfig, context: SenderContext, stages: Stages): Promise<void> {
  const { opened: link, user } = await signIn(config, context.secrets, (credential) => openLink(config, credential, context));
  try {
    stages.done('signIn', `Signed in as ${user}.`);
    const sizes = await count(link, config, stages);
    await preview(link, sizes, stages);
    stages.start('postProcessing', 'Checking what happens to done mails…');
    stages.done('postProcessing', postProcessingSentence(config));
    await link.client.QUIT();
  } finally {
    link.client.destroy();
  }
}

async function openLink(config: MailSenderConfig, credential: Credential, context: SenderContext): Promise<Pop3Link> {
  const link = await connectPop3(config, context);
  await signInPop3(link, config, credential);
  return link;
}

function postProcessingSentence({ pop3PostProcessing, deleteAfterDays }: MailSenderConfig): string {
  if (pop3PostProcessing === 'delete') return 'Mails are deleted.';
  if (pop3PostProcessing === 'leave') return 'Mails stay on the server.';
  return `Mails are deleted after ${deleteAfterDays} ${deleteAfterDays === 1 ? 'day' : 'days'}.`;
}

/** @returns message numbers and sizes, oldest first */
async function count({ client, address }: Pop3Link, config: MailSenderConfig, stages: Stages): Promise<[number, number][]> {
  stages.start('counts', 'Looking at the inbox…');
  const listed = (await client.LIST()).map(([number, size]): [number, number] => [Number(number), Number(size)]);
  const sizes = listed.filter(([number, size]) => Number.isSafeInteger(number) && number > 0 && Number.isSafeInteger(size));
  const [first] = sizes;
  // Without lasting ids the mailbox could not be polled: said now, not at the first poll.
  if (first) await client.UIDL(first[0]).catch(refused('MAIL_WITHOUT_UID', addressText(address)));
  const counts: MailCounts = {
    total: listed.length,
    unread: null,
    wanted: sizes.length,
    ...summed(
      sizes.map(([, size]) => size),
      config.maxMailMb,
    ),
    isAtLeast: false,
  };
  stages.found({ counts });
  stages.done('counts', countsSentence(counts, config));
  return sizes;
}

function refused(code: 'MAIL_WITHOUT_UID', address: string) {
  return (error: unknown) => {
    if (!(error instanceof Pop3Refusal)) throw error;
    throw new FlowError(code, { address, protocol: 'POP3' }, { cause: error, details: error.message });
  };
}

async function preview({ client, capabilities }: Pop3Link, sizes: [number, number][], stages: Stages): Promise<void> {
  stages.start('preview', 'Looking at the next mails…');
  if (sizes.length === 0) {
    stages.found({ preview: [] });
    return stages.done('preview', 'No mail is waiting.');
  }
  // TOP is optional, and a server that lists its capabilities lists it (RFC 2449, section 6.1).
  if (capabilities.size > 0 && !capabilities.has('TOP')) return stages.done('preview', cannotShow);
  const found: MailPreview[] = [];
  try {
    for (const [number, sizeBytes] of sizes.slice(0, previewMails)) {
      const start = Buffer.from(await client.TOP(number, previewLines), 'latin1');
      found.push(previewOf(start, { sizeBytes }));
    }
  } catch (error) {
    if (!(error instanceof Pop3Refusal)) throw error;
    return stages.done('preview', cannotShow);
  }
  stages.found({ preview: found });
  stages.done('preview', previewSentence(found.length));
}

const cannotShow = 'This server shows no mail without fetching it (it has no TOP), so there is no preview.';
