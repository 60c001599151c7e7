import type { MailSenderConfig } from '../../../shared/catalog/mail-sender.ts';
import type { Json, Message, MessageBody } from '../../../shared/flow.ts';
import type { RawMail, ReadContext, ReadMail } from '../../ports/mailbox.ts';
import { authenticationProperties } from './authentication-results.ts';
import { readMailContent, wholeOf } from './mail-content.ts';
import { kindProperties } from './mail-kind.ts';
import { duplicateHeaders, messageHeaders } from './message-headers.ts';
import { unreadable } from './mime-reader.ts';
import { firstValue } from './parse-head.ts';
import { attachmentNames } from './parse-names.ts';
import { maxRawTextBytes, rawText } from './raw-text.ts';
import { smimeProperties, smimeSummary } from './smime.ts';

/** What of a channel's configuration decides how its mails are read. */
export type ReadConfig = Pick<
  MailSenderConfig,
  'protocol' | 'folder' | 'body' | 'allowedHeaders' | 'removeAttachments' | 'includeOriginal' | 'decodeMimeHeaders' | 'trustedAuthservId'
>;

/** More than any mail has; each becomes a header of the message. */
const maxHeaderLines = 10_000;
const bytesPerMb = 1024 * 1024;

/**
 * Reads a mail into a message: its headers, one body, and what its attachments are. Their content stays in the raw mail.
 *
 * @throws FlowError MAIL_NOT_PARSEABLE; an error of `raw` or of the security material, and the reason of `signal` pass through
 */
export async function parse(raw: RawMail, config: ReadConfig, context: ReadContext): Promise<ReadMail> {
  const { root, text, files, notices, smime } = await readMailContent(raw, context);
  const { lines } = root;
  if (lines.length > maxHeaderLines) throw unreadable(`it has more than ${maxHeaderLines} header lines`);
  const names = attachmentNames(files);
  const attachments = files.map(({ contentType, sizeBytes, disposition, contentId }, index) => ({
    index,
    name: names[index] ?? '',
    contentType,
    sizeBytes,
    disposition,
    ...(contentId === undefined ? {} : { contentId }),
  }));
  const duplicates = duplicateHeaders(lines);
  const message: Message = {
    headers: messageHeaders(lines, config.allowedHeaders, config.decodeMimeHeaders),
    properties: {
      ...originProperties(config, context),
      'mail.size': raw.sizeBytes,
      'mail.messageId': firstValue(lines, 'message-id'),
      ...(duplicates.length > 0 ? { 'mail.duplicateHeaders': duplicates } : {}),
      ...(notices.length > 0 ? { 'mail.notices': notices } : {}),
      ...kindProperties(root),
      ...authenticationProperties(lines, config.trustedAuthservId),
      ...smimeProperties(smime),
      ...(config.includeOriginal ? await originalProperties(raw, context.signal) : {}),
    },
    body: config.body === 'mime' ? await mimeBody(raw, context.signal) : text.body(config.body),
    attachments: config.removeAttachments ? [] : attachments,
  };
  return { message, summary: [attachmentsText(files.length, config), ...smimeSummary(smime), ...notices].join('; ') };
}

function attachmentsText(count: number, { removeAttachments }: ReadConfig): string {
  const attachments = count === 1 ? '1 attachment' : `${count} attachments`;
  return removeAttachments && count > 0 ? `${attachments}, removed` : attachments;
}

/** POP3 knows neither folders nor UIDVALIDITY. */
function originProperties({ protocol, folder }: ReadConfig, { origin }: ReadContext): Record<string, Json> {
  if (!origin) return {};
  return {
    'mail.uid': origin.uid,
    ...(protocol === 'imap4' ? { 'mail.uidValidity': origin.epoch } : {}),
    'mail.folder': protocol === 'imap4' ? folder : 'INBOX',
    ...(protocol === 'imap4' && origin.flags ? { 'mail.flags': origin.flags } : {}),
    // Where the server does not tell when a mail came, when it was taken in.
    'mail.receivedAt': (origin.arrivedAt ?? origin.receivedAt).toISOString(),
  };
}

async function mimeBody(raw: RawMail, signal: AbortSignal): Promise<MessageBody> {
  if (raw.sizeBytes > maxRawTextBytes) throw unreadable(tooLargeFor('Body is Whole mail as MIME', raw));
  const { text, charset } = rawText(await wholeOf(raw, signal));
  return { contentType: charset === 'utf-8' ? 'message/rfc822' : `message/rfc822; charset=${charset}`, text };
}

async function originalProperties(raw: RawMail, signal: AbortSignal): Promise<Record<string, Json>> {
  if (raw.sizeBytes > maxRawTextBytes) return { 'mail.original': null, 'mail.originalNotice': tooLargeFor('mail.original', raw) };
  const { text, charset } = rawText(await wholeOf(raw, signal));
  return { 'mail.original': text, 'mail.originalCharset': charset };
}

function tooLargeFor(use: string, { sizeBytes }: RawMail): string {
  return `it has ${(sizeBytes / bytesPerMb).toFixed(1)} MB, and ${use} holds ${maxRawTextBytes / bytesPerMb} MB at most`;
}
