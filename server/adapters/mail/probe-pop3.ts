import type { MailSenderConfig } from '../../../shared/catalog/mail-sender.ts';
import { FlowError } from '../../../shared/errors.ts';
import { addressText } from '../../../shared/mail-address.ts';
import { isSearchEmpty } from '../../../shared/mail-search.ts';
import type { MailCounts, MailPreview } from '../../../shared/probe.ts';
import type { SenderContext } from '../../ports/mailbox.ts';
import type { Credential } from '../../ports/secrets.ts';
import { signIn } from './credential.ts';
import { previewMails, previewOf } from './mail-preview.ts';
import { matchesSearch } from './mail-search.ts';
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
    await preview(link, await count(link, config, stages), stages);
    stages.start('postProcessing', 'Checking what happens to done mails…');
    stages.done('postProcessing', postProcessingSentence(config));
    await link.client.QUIT();
  } catch (error) {
    throw error instanceof Pop3Refusal ? refusedError(error, link) : error;
  } finally {
    link.client.destroy();
  }
}

/** What a poll could not do either. */
function refusedError(cause: Pop3Refusal, { address }: Pop3Link): FlowError {
  return new FlowError(
    'MAIL_PROTOCOL_ERROR',
    { address: addressText(address), during: 'reading the inbox' },
    { cause, details: cause.message },
  );
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

interface NumberedMail {
  msgNumber: number;
  sizeBytes: number;
}

/** @returns the mails a poll would take, oldest first, as far as they were looked at */
async function count(link: Pop3Link, config: MailSenderConfig, stages: Stages): Promise<NumberedMail[]> {
  const { client, address } = link;
  stages.start('counts', 'Looking at the inbox…');
  const listed = (await client.LIST()).map(([number, size]) => ({ msgNumber: Number(number), sizeBytes: Number(size) }));
  const mails = listed.filter(
    ({ msgNumber, sizeBytes }) => Number.isSafeInteger(msgNumber) && msgNumber > 0 && Number.isSafeInteger(sizeBytes),
  );
  const [first] = mails;
  // Without lasting ids the mailbox could not be polled: said now, not at the first poll.
  if (first) await client.UIDL(first.msgNumber).catch(refused('MAIL_WITHOUT_UID', addressText(address)));
  const { wanted, heads } = isSearchEmpty(config.search) ? { wanted: mails } : await found(link, config, mails);
  const counts: MailCounts = {
    total: listed.length,
    unread: null,
    wanted: wanted.length,
    ...summed(
      wanted.map(({ sizeBytes }) => sizeBytes),
      config.maxMailMb,
    ),
    isAtLeast: heads !== undefined && heads < mails.length,
    ...(heads === undefined ? {} : { heads }),
  };
  stages.found({ counts });
  stages.done('counts', countsSentence(counts, config));
  return wanted;
}

/** Mails whose heads are read for Search; a person waits. */
const maxHeads = 200;

/** Those of the oldest mails that Search wants. A server without TOP can't tell. */
async function found(
  { client }: Pop3Link,
  { search }: MailSenderConfig,
  mails: NumberedMail[],
): Promise<{ wanted: NumberedMail[]; heads: number }> {
  const wanted: NumberedMail[] = [];
  const looked = mails.slice(0, maxHeads);
  for (const mail of looked) {
    const head = Buffer.from(await client.TOP(mail.msgNumber, 0), 'latin1');
    if (matchesSearch(search, mail.sizeBytes, head)) wanted.push(mail);
  }
  return { wanted, heads: looked.length };
}

function refused(code: 'MAIL_WITHOUT_UID', address: string) {
  return (error: unknown) => {
    if (!(error instanceof Pop3Refusal)) throw error;
    throw new FlowError(code, { address, protocol: 'POP3' }, { cause: error, details: error.message });
  };
}

async function preview({ client, capabilities }: Pop3Link, mails: NumberedMail[], stages: Stages): Promise<void> {
  stages.start('preview', 'Looking at the next mails…');
  if (mails.length === 0) {
    stages.found({ preview: [] });
    return stages.done('preview', 'No mail is waiting.');
  }
  // TOP is optional, and a server that lists its capabilities lists it (RFC 2449, section 6.1).
  if (capabilities.size > 0 && !capabilities.has('TOP')) return stages.done('preview', cannotShow);
  const previews: MailPreview[] = [];
  try {
    for (const { msgNumber, sizeBytes } of mails.slice(0, previewMails)) {
      const start = Buffer.from(await client.TOP(msgNumber, previewLines), 'latin1');
      previews.push(previewOf(start, { sizeBytes }));
    }
  } catch (error) {
    if (!(error instanceof Pop3Refusal)) throw error;
    return stages.done('preview', cannotShow);
  }
  stages.found({ preview: previews });
  stages.done('preview', previewSentence(previews.length));
}

const cannotShow = 'This server shows no mail without fetching it (it has no TOP), so there is no preview.';
