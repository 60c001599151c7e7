import type { Response } from 'express';
import type { ServerEvent } from '../../shared/api/events.ts';
import { FlowError } from '../../shared/errors.ts';
import type { HttpParts } from './parts.ts';
import type { StreamHandlers } from './route.ts';
import { visitorOf, webHeaders } from './visitor.ts';

const coalesceMs = 200;
const heartbeatMs = 15_000;
const maxStreams = 200;
const maxStreamsPerVisitor = 20;
const maxIdsPerEvent = 500;
/** A reader that lets this much pile up is cut off; it reads everything again when it comes back. */
const maxWaitingBytes = 1_000_000;

interface Stream {
  visitorId: string;
  sessionId: string;
  response: Response;
  /** Ends it when its session is no more: it may have ended in another process, or run out, and its owner may be disabled. */
  check: () => Promise<void>;
}

export interface EventStreams {
  handlers: Pick<StreamHandlers, 'followEvents'>;
  /** Ends the streams of a session or token that is no more. */
  endSession(sessionId: string): void;
  close(): void;
}

/**
 * What changed, by id, as server-sent events (HTML Standard, 9.2). Nothing of the content travels here: the browser reads it again
 * through the API. Changes are gathered for 200 ms, so that a poll of a thousand mails is a few lines.
 */
export function createEventStreams({ events, accounts, log }: Pick<HttpParts, 'events' | 'accounts' | 'log'>): EventStreams {
  const streams = new Set<Stream>();
  const gathered = new Map<ServerEvent['kind'], Set<string>>();
  let flushTimer: NodeJS.Timeout | undefined;

  const unsubscribe = events.subscribe(({ kind, id }) => {
    // For workers alone.
    if (kind === 'cancel') return;
    if (streams.size === 0) return;
    if (kind === 'user') for (const stream of streams) void checked(stream);
    const ids = gathered.get(kind) ?? new Set();
    gathered.set(kind, ids.add(id));
    flushTimer ??= setTimeout(flush, coalesceMs);
  }, endAll);

  function flush(): void {
    flushTimer = undefined;
    const lines = [...gathered].flatMap(([kind, ids]) => eventsOf(kind, [...ids])).map((event) => `data: ${JSON.stringify(event)}\n\n`);
    gathered.clear();
    for (const stream of streams) write(stream, lines.join(''));
  }

  function checked(stream: Stream): Promise<void> {
    return stream.check().catch((error: unknown) => {
      log.warn({ cause: error instanceof Error ? error.message : String(error) }, 'An event stream could not check its session');
      stream.response.end();
    });
  }

  function write({ response }: Stream, text: string): void {
    if (response.writableLength > maxWaitingBytes) response.destroy();
    else response.write(text);
  }

  /** Also when events may have been missed: browsers come back at once and read everything again. */
  function endAll(): void {
    endWhere(() => true);
  }

  function endWhere(matches: (stream: Stream) => boolean): void {
    for (const stream of streams) if (matches(stream)) stream.response.end();
  }

  function refuseTooMany(visitorId: string): void {
    const own = [...streams].filter((stream) => stream.visitorId === visitorId).length;
    if (own >= maxStreamsPerVisitor) throw new FlowError('TOO_MANY_STREAMS', { limit: maxStreamsPerVisitor });
    if (streams.size >= maxStreams) throw new FlowError('TOO_MANY_STREAMS', { limit: maxStreams });
  }

  return {
    handlers: {
      async followEvents({ request, response }) {
        const { id, userId, sessionId } = visitorOf(request);
        // A person's tokens count as the person.
        const visitorId = userId ?? id;
        refuseTooMany(visitorId);
        response.set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' });
        response.write('retry: 2000\n\n');

        const headers = webHeaders(request);
        const check = async () => {
          if (await accounts.visitor(headers)) write(stream, ': still here\n\n');
          else response.end();
        };
        const stream: Stream = { visitorId, sessionId, response, check };
        const heartbeat = setInterval(() => void checked(stream), heartbeatMs);
        streams.add(stream);
        response.once('close', () => {
          clearInterval(heartbeat);
          streams.delete(stream);
        });
      },
    },

    endSession: (sessionId) => endWhere((stream) => stream.sessionId === sessionId),

    close() {
      unsubscribe();
      clearTimeout(flushTimer);
      endAll();
    },
  };
}

function eventsOf(kind: ServerEvent['kind'], ids: string[]): ServerEvent[] {
  const chunks = Math.ceil(ids.length / maxIdsPerEvent);
  return Array.from({ length: chunks }, (_, i) => ({ kind, ids: ids.slice(i * maxIdsPerEvent, (i + 1) * maxIdsPerEvent) }));
}
