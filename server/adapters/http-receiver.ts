import type { OutgoingHttpHeaders } from 'node:http';
import { httpReceiver, type HttpReceiverConfig } from '../../shared/catalog/http-receiver.ts';
import { FlowError } from '../../shared/errors.ts';
import type { Delivery, Receiver, ReceiverContext, ReceiverSecrets } from '../ports/steps.ts';
import { jsonBody, mimeBody, type HttpBody } from './http-body.ts';
import { head } from './http-head.ts';
import { isSuccess, post, type HttpAnswer } from './http-post.ts';
import { isCertificateError, printable, reasonOf } from './network-error.ts';

/**
 * Posts the message. 2xx is delivered; 408, 425, 429, 5xx and network failures are tried again, not before Retry-After;
 * anything else is refused for good; 401 to a credential says that the artifact is to be corrected.
 * The Idempotency-Key lets the other system recognise a repetition (draft-ietf-httpapi-idempotency-key-header).
 */
export const httpReceiverAdapter: Receiver<HttpReceiverConfig> = {
  type: httpReceiver.type,
  async deliver(message, config, context) {
    context.signal.throwIfAborted();
    const startedAt = performance.now();
    const url = new URL(config.url);
    const { answer, signIn } = await signedIn(config, url, context.secrets, async (signInWith) => {
      const body =
        config.format === 'mime' ? await mimeBody(context.raw) : await jsonBody(message, config.attachments === 'content', context);
      return postWithin(config.timeoutMs, url, headersOf(context, signInWith), body, context.signal);
    });
    return deliveryOf(url, answer, signIn, performance.now() - startedAt);
  },

  async tryOut(config, { secrets, signal }) {
    const url = new URL(config.url);
    const deadline = AbortSignal.timeout(config.timeoutMs);
    const {
      answer: { status, statusText },
    } = await signedIn(config, url, secrets, async ({ headers: own }) => {
      const headers = { accept: '*/*', 'user-agent': 'Mailroom', ...own };
      return head(url, headers, AbortSignal.any([signal, deadline])).catch((cause: unknown) => {
        signal.throwIfAborted();
        throw whyNoAnswer(url, config.timeoutMs, deadline, cause);
      });
    });
    if (status === 401 || status === 403) throw new FlowError('HTTP_SIGN_IN_REFUSED', { url: shown(url), status });
    if (status >= 500) throw new FlowError('HTTP_UNAVAILABLE', { url: shown(url), status });
    return `Not refused: HEAD was answered with ${`${status} ${printable(statusText)}`.trim()}.`;
  },
};

function headersOf({ idempotencyKey, exchangeId }: ReceiverContext, signIn: SignIn): OutgoingHttpHeaders {
  return {
    accept: '*/*',
    'user-agent': 'Mailroom',
    // A header takes printable ASCII only; node ids within the key may be anything.
    'idempotency-key': encodeURI(idempotencyKey.toWellFormed()),
    'x-mailroom-message-id': exchangeId,
    ...signIn.headers,
  };
}

/** What a call is signed in with. */
interface SignIn {
  headers: Record<string, string>;
  /** Must not show in what is kept of the answer. */
  secrets: string[];
  /** A token may be worth nothing before its time: another one. */
  renew?: () => Promise<SignIn>;
}

/** Calls, and once more with another token where the first was refused. */
async function signedIn<Answer extends { status: number }>(
  config: HttpReceiverConfig,
  url: URL,
  secrets: ReceiverSecrets,
  call: (signIn: SignIn) => Promise<Answer>,
): Promise<{ answer: Answer; signIn: SignIn }> {
  const signIn = await signInOf(config, url, secrets);
  const answer = await call(signIn);
  if (answer.status !== 401 || !signIn.renew) return { answer, signIn };
  const renewed = await signIn.renew();
  return { answer: await call(renewed), signIn: renewed };
}

async function signInOf(config: HttpReceiverConfig, url: URL, secrets: ReceiverSecrets): Promise<SignIn> {
  const host = url.hostname.toLowerCase();
  if (config.authentication === 'basic') {
    const { user, password } = await secrets.useCredential(config.credential, host);
    // RFC 7617: user and password in UTF-8.
    const basic = Buffer.from(`${user}:${password}`).toString('base64');
    return { headers: { authorization: `Basic ${basic}` }, secrets: [basic, password] };
  }
  if (config.authentication === 'oauth2-client') {
    const token = await secrets.useClientToken(config.credential, host);
    return { ...bearer(token), renew: async () => bearer(await secrets.useClientToken(config.credential, host, token)) };
  }
  if (config.authentication === 'header') {
    const value = await secrets.useParameter(config.credential, host);
    return {
      headers: { [config.headerName.toLowerCase()]: [config.headerPrefix.trim(), value].filter(Boolean).join(' ') },
      secrets: [value],
    };
  }
  return { headers: {}, secrets: [] };
}

/** RFC 6750, section 2.1. */
function bearer(token: string): SignIn {
  return { headers: { authorization: `Bearer ${token}` }, secrets: [token] };
}

/** Keeps apart what failed: our own reading of the mail, the deadline, the caller's abort, or the network. */
async function postWithin(
  timeoutMs: number,
  url: URL,
  headers: OutgoingHttpHeaders,
  body: HttpBody,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const deadline = AbortSignal.timeout(timeoutMs);
  const source = watched(body);
  try {
    return await post(url, headers, source.body, AbortSignal.any([signal, deadline]));
  } catch (cause) {
    signal.throwIfAborted();
    if (source.failure) throw source.failure.error;
    throw whyNoAnswer(url, timeoutMs, deadline, cause);
  }
}

function whyNoAnswer(url: URL, timeoutMs: number, deadline: AbortSignal, cause: unknown): FlowError {
  if (deadline.aborted) return new FlowError('HTTP_TIMEOUT', { url: shown(url), timeoutMs }, { cause });
  const code = isCertificateError(cause) ? 'HTTP_CERTIFICATE_INVALID' : 'HTTP_UNREACHABLE';
  return new FlowError(code, { url: shown(url) }, { cause, details: reasonOf(cause) });
}

/** The same body, remembering when reading it fails. */
function watched(body: HttpBody): { body: HttpBody; failure?: { error: unknown } } {
  const { content } = body;
  if (Buffer.isBuffer(content)) return { body };
  const result: { body: HttpBody; failure?: { error: unknown } } = { body: { ...body, content: read(content) } };
  async function* read(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    try {
      yield* chunks;
    } catch (error) {
      result.failure = { error };
      throw error;
    }
  }
  return result;
}

function deliveryOf(url: URL, answer: HttpAnswer, signIn: SignIn, ms: number): Delivery {
  const { status } = answer;
  const body = printable(withoutSecrets(answer.start, signIn.secrets));
  if (isSuccess(status)) {
    return { summary: `${status} ${printable(answer.statusText)} in ${Math.round(ms)} ms`, answer: { status, body } };
  }
  const location = answer.headers.location;
  const details = status >= 300 && status < 400 ? `It redirects to ${location ?? 'nowhere'}; redirects are not followed.` : body;
  const isTemporary = status >= 500 || status === 408 || status === 425 || status === 429;
  const retryAfterMs = isTemporary ? retryAfterMsOf(answer.headers['retry-after'], Date.now()) : undefined;
  const refusal = status === 401 && signIn.secrets.length > 0 ? 'HTTP_SIGN_IN_REFUSED' : 'HTTP_REFUSED';
  throw new FlowError(
    isTemporary ? 'HTTP_UNAVAILABLE' : refusal,
    { url: shown(url), status },
    { ...(details === '' ? {} : { details }), ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
  );
}

/**
 * RFC 9110, section 10.2.3: seconds, or a date.
 *
 * @returns undefined where the header says neither
 */
export function retryAfterMsOf(header: string | undefined, nowMs: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000;
  const at = /^[A-Za-z]{3}/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}

/** Without the query: it often holds a key. */
function shown(url: URL): string {
  return url.origin + url.pathname;
}

/** Some systems answer with the request they got. */
function withoutSecrets(text: string, secrets: string[]): string {
  return secrets.filter((secret) => secret !== '').reduce((hidden, secret) => hidden.replaceAll(secret, '•••'), text);
}
