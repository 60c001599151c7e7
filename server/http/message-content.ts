import { configView, shownFields, type AnyDescription } from '../../shared/catalog/define.ts';
import { describeType } from '../../shared/catalog/index.ts';
import { fillIn } from '../../shared/parameters.ts';
import { FlowError } from '../../shared/errors.ts';
import type { MessageView } from '../../shared/api/messages.ts';
import type { Message } from '../../shared/flow.ts';
import type { MessageRow } from '../ports/logs.ts';
import type { RawMail, SenderAdapter } from '../ports/mailbox.ts';
import { viewOfThrown } from './errors.ts';
import type { HttpParts } from './parts.ts';

const maxBodyChars = 256 * 1_024;
const maxHeaders = 1_000;
const maxHeaderChars = 16 * 1_024;
const maxAttachments = 1_000;
/** Longest time one mail is read for one visitor. */
export const readTimeoutMs = 30_000;

type ContentParts = Pick<HttpParts, 'flows' | 'senders' | 'blobs' | 'secrets' | 'log'>;

/** What a mail holds, read again from its raw bytes; a mail that can't be read is an answer, too. */
export async function readContent(parts: ContentParts, message: MessageRow): Promise<Pick<MessageView, 'content' | 'contentError'>> {
  const deadline = AbortSignal.timeout(readTimeoutMs);
  try {
    const { sender, raw, parsed } = await parseMessage(parts, message, deadline);
    const headers = await sender.readHeaders(raw);
    return { content: contentOf(parsed, headers), contentError: null };
  } catch (thrown) {
    const reason = `it could not be read within ${readTimeoutMs / 1_000} s`;
    const error = deadline.aborted ? new FlowError('MAIL_NOT_PARSEABLE', { reason }, { cause: thrown }) : thrown;
    return { content: null, contentError: viewOfThrown(error, parts.log, 'The content of a mail could not be read') };
  }
}

/** @throws MAIL_NOT_PARSEABLE, BLOB_MISSING; NOT_FOUND when the version it ran with or its adapter is gone */
export async function parseMessage(parts: ContentParts, message: MessageRow, signal: AbortSignal) {
  const { sender, config } = await senderOf(parts, message);
  const raw: RawMail = { sizeBytes: message.sizeBytes, open: () => parts.blobs.open(message.rawHash) };
  // The configuration was made from the description of this very type, so it is what the adapter expects.
  const { message: parsed } = await sender.parse(raw, config as never, { secrets: parts.secrets, signal });
  return { sender, raw, parsed, config: config as never };
}

async function senderOf({ flows, senders }: ContentParts, message: MessageRow): Promise<{ sender: SenderAdapter; config: unknown }> {
  const version = await flows.version(message.flowId, message.version);
  const node = version && fillIn(version.document, version.parameterValues).nodes.find((candidate) => candidate.id === message.nodeId);
  const description = node && describeType(node.type);
  const sender = senders.find((candidate) => candidate.type === node?.type);
  if (!node || !description || !sender) throw new FlowError('NOT_FOUND', { what: 'sender', id: message.nodeId });
  return { sender, config: runnableConfig(description, node.config) };
}

/** What was typed into the fields that apply, defaults elsewhere; also where a field is not valid (yet). */
export function runnableConfig(description: AnyDescription, typed: Record<string, unknown>): Record<string, unknown> {
  const shown = shownFields(description, typed).map(({ key }) => [key, typed[key]] as const);
  return configView(description, Object.fromEntries(shown));
}

function contentOf({ body, attachments }: Message, headers: { name: string; value: string }[]): MessageView['content'] {
  return {
    headers: headers.slice(0, maxHeaders).map(({ name, value }) => ({ name, value: value.slice(0, maxHeaderChars) })),
    bodyContentType: body.contentType,
    body: body.text.slice(0, maxBodyChars),
    isBodyCut: body.text.length > maxBodyChars,
    attachments: attachments
      .slice(0, maxAttachments)
      .map(({ index, name, contentType, sizeBytes }) => ({ index, name, contentType, sizeBytes })),
  };
}
