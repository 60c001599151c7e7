import { join, sep } from 'node:path';
import express, { type Express } from 'express';
import { FlowError } from '../../shared/errors.ts';

/** The built client. Names of assets hold a hash of their content, so they may be kept for good; everything else is asked for again. */
export function mountClient(app: Express, directory: string | undefined): void {
  if (directory !== undefined) {
    app.use(
      express.static(directory, {
        index: false,
        setHeaders: (response, path) => {
          const isHashed = path.startsWith(join(directory, 'assets') + sep);
          response.setHeader('Cache-Control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache');
        },
      }),
    );
    // The address of every page is known to the client only.
    app.get('/{*path}', (request, response, next) => {
      if (request.path.startsWith('/assets/') || request.path.startsWith('/api/')) return next();
      response.sendFile('index.html', { root: directory, cacheControl: false, headers: { 'Cache-Control': 'no-cache' } });
    });
  }
  app.use((request) => {
    throw new FlowError('NOT_FOUND', { what: 'page', id: request.path.slice(0, 200) });
  });
}
