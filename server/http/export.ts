import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { MessageSummary } from '../../shared/api/messages.ts';
import type { MessageFilter, MessageLog } from '../ports/logs.ts';
import { filterOf } from '../ports/message-filter.ts';
import type { HttpParts } from './parts.ts';
import { presentMessageSummary } from './present.ts';
import type { StreamHandlers } from './route.ts';

/** The list of messages as a file, however long it is: a page at a time, as fast as it is read. */

/** Messages that are in memory at a time. */
const pageSize = 500;

export function exportStreams({ messages, clock }: Pick<HttpParts, 'messages' | 'clock'>): Pick<StreamHandlers, 'exportMessages'> {
  return {
    async exportMessages({ query: { format, ...filter }, response }) {
      const { type, chunks } = formats[format];
      const pages = pagesOf(messages, filterOf(filter));
      // Before anything is announced, so that a database that does not answer is an error and no broken file.
      const first = await pages.next();
      const day = clock.now().toISOString().slice(0, 10);
      response.attachment(`messages-${day}.${format}`);
      response.set({ 'Content-Type': type, 'Content-Security-Policy': "default-src 'none'; sandbox" });
      await pipeline(Readable.from(chunks(chain(first, pages))), response);
    },
  };
}

async function* pagesOf(messages: MessageLog, filter: MessageFilter): AsyncGenerator<MessageSummary[], void> {
  let cursor: string | undefined;
  do {
    const page = await messages.list(filter, { limit: pageSize, cursor });
    yield page.items.map(presentMessageSummary);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
}

async function* chain(first: IteratorResult<MessageSummary[], void>, rest: AsyncGenerator<MessageSummary[], void>) {
  if (!first.done) yield first.value;
  yield* rest;
}

type Chunks = (pages: AsyncIterable<MessageSummary[]>) => AsyncGenerator<string>;

const formats: Record<'csv' | 'json', { type: string; chunks: Chunks }> = {
  csv: {
    type: 'text/csv; charset=utf-8',
    async *chunks(pages) {
      // The mark tells spreadsheets that it is UTF-8.
      yield `\uFEFF${csvLine(Object.keys(csvColumns))}`;
      for await (const page of pages) yield page.map((message) => csvLine(Object.values(csvColumns).map((read) => read(message)))).join('');
    },
  },
  json: {
    type: 'application/json',
    async *chunks(pages) {
      let before = '[\n';
      for await (const page of pages) {
        const lines = page.map((message) => JSON.stringify(message)).join(',\n');
        if (lines === '') continue;
        yield before + lines;
        before = ',\n';
      }
      // A file that was cut off lacks this, and is refused by every reader.
      yield before === '[\n' ? '[]\n' : '\n]\n';
    },
  },
};

const csvColumns: Record<string, (message: MessageSummary) => string | number> = {
  'Message ID': ({ id }) => id,
  Status: ({ status }) => status,
  Flow: ({ flowName }) => flowName,
  Version: ({ version }) => version,
  Subject: ({ subject }) => subject,
  Sender: ({ from }) => from,
  'Mail Message-ID': ({ mailMessageId }) => mailMessageId,
  'Size (bytes)': ({ sizeBytes }) => sizeBytes,
  'Received (UTC)': ({ receivedAt }) => receivedAt,
  'Ended (UTC)': ({ endedAt }) => endedAt ?? '',
  Attempts: ({ attempts }) => attempts,
  'Next attempt (UTC)': ({ nextAttemptAt }) => nextAttemptAt ?? '',
  'Error code': ({ error }) => error?.code ?? '',
  Error: ({ error }) => error?.message ?? '',
};

/** RFC 4180, section 2. */
function csvLine(values: (string | number)[]): string {
  return `${values.map((value) => (typeof value === 'number' ? String(value) : csvField(value))).join(',')}\r\n`;
}

/**
 * What strangers write into a subject must not become a formula of a spreadsheet: a text that begins like one gets an apostrophe
 * in front (OWASP, CSV Injection).
 */
export function csvField(text: string): string {
  const harmless = /^[\s]*[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) || /^\s|\s$/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
