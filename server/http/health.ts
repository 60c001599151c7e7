import type { Express } from 'express';
import type { HttpParts } from './parts.ts';

const readyTimeoutMs = 2_000;

/** For whoever supervises the process: `/healthz` says it runs, `/readyz` that it can work. They tell nothing else. */
export function mountHealth(app: Express, { isReady, log }: Pick<HttpParts, 'isReady' | 'log'>): void {
  app.get('/healthz', (_request, response) => {
    response.set('Cache-Control', 'no-store').type('text/plain').send('ok\n');
  });

  app.get('/readyz', async (_request, response) => {
    const ready = await withinTimeout(isReady()).catch((error: unknown) => {
      log.warn({ cause: error instanceof Error ? error.message : String(error) }, 'Not ready');
      return false;
    });
    response
      .set('Cache-Control', 'no-store')
      .status(ready ? 200 : 503)
      .type('text/plain')
      .send(ready ? 'ready\n' : 'not ready\n');
  });
}

async function withinTimeout(answer: Promise<boolean>): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), readyTimeoutMs);
  return Promise.race([answer, promise]).finally(() => clearTimeout(timer));
}
