import http, { type OutgoingHttpHeaders } from 'node:http';
import https from 'node:https';

/**
 * Asks for the headers of a resource alone (RFC 9110, section 9.3.2), over a connection of its own. Redirects are not followed.
 *
 * @throws what connecting or the signal throws
 */
export function head(url: URL, headers: OutgoingHttpHeaders, signal: AbortSignal): Promise<{ status: number; statusText: string }> {
  const client = url.protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    const request = client.request(url, { method: 'HEAD', agent: false, headers, signal }, (response) => {
      response.resume();
      resolve({ status: response.statusCode ?? 0, statusText: response.statusMessage ?? '' });
    });
    request.on('error', reject);
    request.end();
  });
}
