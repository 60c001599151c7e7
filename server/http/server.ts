import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { addressText } from '../../shared/mail-address.ts';
import { createHttpApp } from './app.ts';
import type { HttpParts } from './parts.ts';
import { readTlsFiles, watchTlsFiles } from './tls-files.ts';

/** How long running requests may take to end when the server stops. */
const closeGraceMs = 5_000;

/** A connection on which nothing moves is cut, so that a visitor who stops reading holds nothing here; event streams beat. */
const silenceMs = 120_000;
/** For a request to arrive whole: a mail handed in may be large. JSON has a shorter limit of its own. */
const requestMs = 15 * 60_000;
/** How often certificate and key are looked at for newer ones. */
const lookMs = 60_000;

/** Other times, for tests. */
interface Limits {
  silenceMs?: number;
  lookMs?: number;
}

export interface HttpServer {
  port: number;
  /** Where it can be opened on this machine. */
  url: string;
  /** Takes no more requests, ends event streams, lets the others end for 5 s. */
  close(): Promise<void>;
}

/** @param port 0 for a free one. Rejects with the error of `listen`, EADDRINUSE for one. */
export async function startHttpServer(parts: HttpParts, port: number, limits: Limits = {}): Promise<HttpServer> {
  const pair = parts.tls && (await readTlsFiles(parts.tls));
  const http = createHttpApp(parts);
  const waits = { requestTimeout: requestMs, headersTimeout: 30_000 };
  const secure = pair && createTlsServer({ ...waits, ...pair, minVersion: 'TLSv1.2' }, http.app);
  const server = secure ?? createServer(waits, http.app);
  server.timeout = limits.silenceMs ?? silenceMs;
  const { promise: listening, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen(port, parts.host, resolve);
  try {
    await listening;
  } catch (error) {
    http.close();
    throw error;
  }
  server.off('error', reject);
  server.on('error', (error) => parts.log.error({ cause: error.message }, 'The HTTP server failed'));

  const renewals =
    parts.tls && secure && watchTlsFiles(parts.tls, parts.log, (renewed) => secure.setSecureContext(renewed), limits.lookMs ?? lookMs);

  const address = server.address();
  const boundPort = typeof address === 'object' && address ? address.port : port;
  const isWildcard = parts.host === '0.0.0.0' || parts.host === '::';
  let closing: Promise<void> | undefined;

  async function close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    http.close();
    renewals?.close();
    server.closeIdleConnections();
    const timer = setTimeout(() => server.closeAllConnections(), closeGraceMs);
    await closed;
    clearTimeout(timer);
  }

  return {
    port: boundPort,
    url: `${secure ? 'https' : 'http'}://${addressText({ host: isWildcard ? '127.0.0.1' : parts.host, port: boundPort })}`,
    close: () => (closing ??= close()),
  };
}
