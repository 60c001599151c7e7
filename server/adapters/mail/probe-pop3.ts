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
import { listPop3, mayGiveHeads, type NumberedMail } from './pop3-listing.ts';
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

/** @returns the mails a poll would take, oldest first, as far as they were looked at */
async function count(link: Pop3Link, config: MailSenderConfig, stages: Stages): Promise<NumberedMail[]> {
  stages.start('counts', 'Looking at the inbox…');
  const { mails: byUid, notes } = await listPop3(link);
  const mails = [...byUid.values()];
  const looked = isSearchEmpty(config.search) ? mails : mails.slice(0, maxHeads);
  const wanted = looked === mails ? mails : await wantedOf(link, config, looked);
  const counts: MailCounts = {
    total: mails.length,
    unread: null,
    wanted: wanted.length,
    ...summed(wanted, config.maxMailMb),
    leftOut: looked.length - wanted.length,
    ...(looked.length < mails.length ? { looked: looked.length } : {}),
  };
  stages.found({ counts });
  const sentence = [countsSentence(counts, config), ...notes].join(' ');
  if (notes.length > 0) stages.warn('counts', sentence);
  else stages.done('counts', sentence);
  return wanted;
}

/** Mails whose heads are read for Search; a person waits. */
const maxHeads = 200;
const headBytes = 64 * 1024;

/** A mail whose head the server does not give is left out, as in a poll. */
async function wantedOf({ client, capabilities }: Pop3Link, { search }: MailSenderConfig, mails: NumberedMail[]): Promise<NumberedMail[]> {
  const byNumber = new Map(mails.map((mail) => [mail.msgNumber, mail]));
  const wanted: NumberedMail[] = [];
  const options = { isPipelined: capabilities.has('PIPELINING'), maxBytes: headBytes };
  for await (const { msgNumber, head } of client.heads([...byNumber.keys()], options)) {
    const mail = byNumber.get(msgNumber);
    if (mail && head && matchesSearch(search, mail.sizeBytes, head)) wanted.push(mail);
  }
  return wanted;
}

async function preview(link: Pop3Link, mails: NumberedMail[], stages: Stages): Promise<void> {
  stages.start('preview', 'Looking at the next mails…');
  if (mails.length === 0) {
    stages.found({ preview: [] });
    return stages.done('preview', 'No mail is waiting.');
  }
  // TOP is optional (RFC 1939, section 7).
  if (!mayGiveHeads(link)) return stages.done('preview', cannotShow);
  const previews: MailPreview[] = [];
  try {
    for (const { msgNumber, sizeBytes } of mails.slice(0, previewMails)) {
      const start = Buffer.from(await link.client.TOP(msgNumber, previewLines), 'latin1');
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
