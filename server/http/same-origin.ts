import type { RequestHandler } from 'express';
import { FlowError } from '../../shared/errors.ts';

const readingMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses changes that a page of another site makes with the visitor's cookie. Browsers say where a request comes from in
 * Sec-Fetch-Site (W3C Fetch Metadata; only over TLS or to loopback) and in Origin (RFC 6454); programs send neither. A bearer
 * token is never sent by a browser on its own, so it needs no such check.
 */
export const refuseOtherOrigins: RequestHandler = (request, _response, next) => {
  const { authorization, origin, host, 'sec-fetch-site': site } = request.headers;
  if (readingMethods.has(request.method) || authorization !== undefined) return next();
  const isOurs = typeof site === 'string' ? site === 'same-origin' || site === 'none' : origin === undefined || hostOf(origin) === host;
  if (!isOurs) throw new FlowError('CROSS_ORIGIN_REFUSED', { origin: (origin ?? String(site)).slice(0, 200) });
  next();
};

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
