import { createServer } from 'node:http';
import express, { type Express } from 'express';
import type { HttpParts } from './parts.ts';

const readyTimeoutMs = 2_000;

type HealthParts = Pick<HttpParts, 'isReady' | 'log'> & { events: Pick<HttpParts['events'], 'isListening'> };

export interface Health {
  /** From now on `/readyz` says no: a load balancer sends nobody here any more. */
  stopping(): void;
}

/** For whoever supervises the process: `/healthz` says it runs, `/readyz` that it can work, or what it lacks. They tell nothing else. */
export function mountHealth(app: Express, { isReady, events, log }: HealthParts): Health {
  let isStopping = false;

  app.get('/healthz', (_request, response) => {
    response.set('Cache-Control', 'no-store').type('text/plain').send('ok\n');
  });

  app.get('/readyz', async (_request, response) => {
    const hasDatabase = await withinTimeout(isReady()).catch((error: unknown) => {
      log.warn({ cause: error instanceof Error ? error.message : String(error) }, 'Not ready');
      return false;
    });
    const lacks = [
      ...(isStopping ? ['it is stopping'] : []),
      ...(hasDatabase ? [] : ['the database does not answer']),
      ...(events.isListening() ? [] : ['it does not hear what other processes do']),
    ];
    response
      .set('Cache-Control', 'no-store')
      .status(lacks.length === 0 ? 200 : 503)
      .type('text/plain')
      .send(lacks.length === 0 ? 'ready\n' : `not ready: ${lacks.join(', ')}\n`);
  });

  return {
    stopping() {
      isStopping = true;
    },
  };
}

/** The same for a process without a web server, to programs on this machine alone. */
export async function startHealthServer(parts: HealthParts, port: number): Promise<{ port: number; close(): Promise<void> }> {
  const app = express().disable('x-powered-by');
  const health = mountHealth(app, parts);
  const server = createServer({ requestTimeout: 10_000 }, app);
  const { promise: listening, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen(port, '127.0.0.1', resolve);
  await listening;
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : port,
    async close() {
      health.stopping();
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

async function withinTimeout(answer: Promise<boolean>): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), readyTimeoutMs);
  return Promise.race([answer, promise]).finally(() => clearTimeout(timer));
}
