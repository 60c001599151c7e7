import { runnableConfig } from '../../shared/catalog/define.ts';
import { describeType } from '../../shared/catalog/index.ts';
import { FlowError } from '../../shared/errors.ts';
import type { FlowNode } from '../../shared/flow.ts';
import { mailFolder } from '../../shared/mail-folder.ts';
import { fillIn } from '../../shared/parameters.ts';
import type { MessageRow } from '../ports/logs.ts';
import type { RawMail, SenderAdapter } from '../ports/mailbox.ts';
import type { HttpParts } from './parts.ts';

/** The mail of a message, read as its flow reads it. */

/** Longest time one mail is read for one visitor. */
export const readTimeoutMs = 30_000;

type ContentParts = Pick<HttpParts, 'flows' | 'senders' | 'blobs' | 'secrets'>;

/** What is known of the mailbox of a message from the version it ran with. */
export interface MailboxFacts {
  /** Its numbers have one, as those of IMAP. */
  hasUidValidity: boolean;
  /** Undefined where the version is gone. */
  folder: string | undefined;
}

export async function mailboxFactsOf({ flows }: Pick<HttpParts, 'flows'>, message: MessageRow): Promise<MailboxFacts> {
  const node = await senderNodeOf(flows, message);
  const description = node && describeType(node.type);
  const { protocol, folder } = description ? runnableConfig(description, node.config) : {};
  const isKnown = typeof protocol === 'string' && typeof folder === 'string';
  return { hasUidValidity: protocol === 'imap4', folder: isKnown ? mailFolder(protocol, folder) : undefined };
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
  const node = await senderNodeOf(flows, message);
  const description = node && describeType(node.type);
  const sender = senders.find((candidate) => candidate.type === node?.type);
  if (!node || !description || !sender) throw new FlowError('NOT_FOUND', { what: 'sender', id: message.nodeId });
  return { sender, config: runnableConfig(description, node.config) };
}

async function senderNodeOf(flows: HttpParts['flows'], { flowId, version, nodeId }: MessageRow): Promise<FlowNode | undefined> {
  const drawn = await flows.version(flowId, version);
  return drawn && fillIn(drawn.document, drawn.parameterValues).nodes.find(({ id }) => id === nodeId);
}
