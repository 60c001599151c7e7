import { randomUUID } from 'node:crypto';
import type { Attachment, Message } from '../../shared/flow.ts';
import type { RawMail } from '../ports/mailbox.ts';
import type { ReceiverContext, StepContext } from '../ports/steps.ts';

/** Things with sensible values for tests; name only what the test is about. */

export function message(overrides: Partial<Message> = {}): Message {
  return {
    headers: { subject: 'Order 17', from: 'Anna <anna@example.com>', to: 'orders@example.com' },
    properties: { 'mail.uid': '17' },
    body: { contentType: 'text/plain', text: 'Please send 3 pumps.' },
    attachments: [],
    ...overrides,
  };
}

export function attachment(overrides: Partial<Attachment> = {}): Attachment {
  return { index: 0, name: 'order.csv', contentType: 'text/csv', sizeBytes: 12, disposition: 'attachment', ...overrides };
}

export function stepContext(overrides: Partial<StepContext> = {}): StepContext {
  return {
    exchangeId: randomUUID(),
    flowName: 'Orders',
    receivedAt: new Date('2026-03-01T08:30:00Z'),
    signal: new AbortController().signal,
    ...overrides,
  };
}

export function rawMail(bytes: Uint8Array = Buffer.from('Subject: Order 17\r\n\r\nPlease send 3 pumps.\r\n')): RawMail {
  return {
    sizeBytes: bytes.length,
    async *open() {
      yield bytes;
    },
  };
}

/** A receiver's surroundings; attachments have the content `attachment <index>` unless `openAttachment` is given. */
export function receiverContext(outboxDirectory: string, overrides: Partial<ReceiverContext> = {}): ReceiverContext {
  const facts = stepContext();
  return {
    ...facts,
    idempotencyKey: `${overrides.exchangeId ?? facts.exchangeId}/receiver`,
    secrets: {
      useCredential: async (name) => ({ name, user: 'anna', password: 'pump & valve' }),
      useParameter: async () => 'key-of-the-shop',
      useClientToken: async () => 'token-of-the-client',
      knownHosts: async () => '',
      useKeyPair: async (name) => ({ name, certificate: '', privateKey: '' }),
    },
    raw: rawMail(),
    async *openAttachment({ index }) {
      yield Buffer.from(`attachment ${index}`);
    },
    outboxDirectory,
    ...overrides,
  };
}
