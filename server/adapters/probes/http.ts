import http, { type IncomingMessage } from 'node:http';
import type net from 'node:net';
import { once } from 'node:events';
import { FlowError } from '../../../shared/errors.ts';
import { addressText, isLoopback } from '../../../shared/mail-address.ts';
import type { Prober } from '../../ports/probers.ts';
import type { Credential } from '../../ports/secrets.ts';
import { printable } from '../network-error.ts';
import type { Stages } from '../mail/probe-stages.ts';
import { inStages, reach, routeTo } from './reach.ts';

/** Asks a web system for nothing but its headers (HEAD; RFC 9110, section 9.3.2), and follows no redirect. */
export const httpProber: Prober<'http-probe'> = (config, context, report) => {
  const url = new URL(config.url);
  const isTls = url.protocol === 'https:';
  const address = addressOf(url);
  return inStages({ address, timeoutMs: config.timeoutMs }, context, report, async (stages) => {
    const route = await routeTo({ ...config, address }, context);
    // Before anybody is connected to: a credential that may not be sent there is the first thing to say.
    const credential = config.credential === '' ? undefined : await context.secrets.useCredential(config.credential, route.host);
    if (credential && !isTls && !isLoopback(route.host)) throw new FlowError('HTTP_NOT_PROTECTED', { url: shown(url) });
    const socket = await reach(route, isTls, stages);
    try {
      if (!isTls) stages.warn('protect', 'http://: what is sent can be read on the way.');
      stages.start('answer', `Asking ${addressText(route)} with HEAD…`);
      judge(await head(url, socket, credential, config.timeoutMs, stages.signal), credential, url, stages);
    } finally {
      socket.destroy();
    }
  });
};

/** Host and port, in the brackets that an IPv6 address has in a URL. */
function addressOf({ hostname, port, protocol }: URL): string {
  return `${hostname}:${port || (protocol === 'https:' ? '443' : '80')}`;
}

interface Answer {
  status: number;
  text: string;
  location: string | undefined;
}

async function head(
  url: URL,
  socket: net.Socket,
  credential: Credential | undefined,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Answer> {
  const deadline = AbortSignal.timeout(timeoutMs);
  const basic = credential && Buffer.from(`${credential.user}:${credential.password}`).toString('base64');
  const request = http.request({
    method: 'HEAD',
    host: url.hostname,
    path: `${url.pathname}${url.search}`,
    headers: {
      host: url.host,
      accept: '*/*',
      'user-agent': 'Mailroom',
      connection: 'close',
      ...(basic && { authorization: `Basic ${basic}` }),
    },
    createConnection: () => socket,
    signal: AbortSignal.any([signal, deadline]),
  });
  request.end();
  try {
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.resume();
    const { statusCode = 0, statusMessage = '', headers } = response;
    return { status: statusCode, text: printable(statusMessage), location: headers.location };
  } catch (cause) {
    signal.throwIfAborted();
    if (deadline.aborted) throw new FlowError('HTTP_TIMEOUT', { url: shown(url), timeoutMs }, { cause });
    throw new FlowError(
      'HTTP_UNREACHABLE',
      { url: shown(url) },
      { cause, details: cause instanceof Error ? cause.message : String(cause) },
    );
  }
}

function judge({ status, text, location }: Answer, credential: Credential | undefined, url: URL, stages: Stages): void {
  const says = `The system answers ${`${status} ${text}`.trim()}`;
  if (status >= 500) throw new FlowError('HTTP_UNAVAILABLE', { url: shown(url), status });
  if ((status === 401 || status === 403) && credential) throw new FlowError('HTTP_SIGN_IN_REFUSED', { url: shown(url), status });
  if (status === 401 || status === 403) return stages.warn('answer', `${says}: it wants a sign-in, and no credential is named.`);
  if (status >= 300 && status < 400) {
    return stages.warn('answer', `${says}, and leads to ${printable(location ?? 'nowhere').slice(0, 200)}: receivers follow no redirect.`);
  }
  if (status === 405 || status === 501) return stages.done('answer', `${says}: it is there, and takes no HEAD.`);
  if (status >= 400) return stages.warn('answer', `${says}: it is there, but not at this address.`);
  return stages.done('answer', `${says}.`);
}

/** Without the query: it often holds a key. */
function shown(url: URL): string {
  return url.origin + url.pathname;
}
