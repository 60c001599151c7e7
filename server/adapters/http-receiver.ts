import type { OutgoingHttpHeaders } from 'node:http';
import { httpReceiver, type HttpReceiverConfig } from '../../shared/catalog/http-receiver.ts';
import { FlowError } from '../../shared/errors.ts';
import type { Credential } from '../ports/secrets.ts';
import type { Delivery, Receiver, ReceiverContext } from '../ports/steps.ts';
import { jsonBody, mimeBody, type HttpBody } from './http-body.ts';
import { isSuccess, post, type HttpAnswer } from './http-post.ts';
import { isCertificateError, printable, reasonOf } from './network-error.ts';

/**
 * Posts the message. 2xx is delivered; 408, 425, 429, 5xx and network failures are tried again; anything else is refused for good.
 * The Idempotency-Key lets the other system recognise a repetition (draft-ietf-httpapi-idempotency-key-header).
 */
export const httpReceiverAdapter: Receiver<HttpReceiverConfig> = {
  type: httpReceiver.type,
  async deliver(message, config, context) {
    context.signal.throwIfAborted();
    const startedAt = performance.now();
    const url = new URL(config.url);
    const credential =
      config.authentication === 'basic' ? await context.useCredential(config.credential, url.hostname.toLowerCase()) : undefined;
    const body =
      config.format === 'mime' ? await mimeBody(context.raw) : await jsonBody(message, config.attachments === 'content', context);
    const answer = await postWithin(config.timeoutMs, url, headersOf(context, credential), body, context.signal);
    return deliveryOf(url, answer, credential, performance.now() - startedAt);
  },
};

function headersOf({ idempotencyKey, exchangeId }: ReceiverContext, credential: Credential | undefined): OutgoingHttpHeaders {
  return {
    accept: '*/*',
    'user-agent': 'Mailroom',
    // A header takes printable ASCII only; node ids within the key may be anything.
    'idempotency-key': encodeURI(idempotencyKey.toWellFormed()),
    'x-mailroom-message-id': exchangeId,
    ...(credential && { authorization: `Basic ${basic(credential)}` }),
  };
}

/** RFC 7617: user and password in UTF-8. */
function basic({ user, password }: Credential): string {
  return Buffer.from(`${user}:${password}`).toString('base64');
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
    if (deadline.aborted) throw new FlowError('HTTP_TIMEOUT', { url: shown(url), timeoutMs }, { cause });
    const code = isCertificateError(cause) ? 'HTTP_CERTIFICATE_INVALID' : 'HTTP_UNREACHABLE';
    throw new FlowError(code, { url: shown(url) }, { cause, details: reasonOf(cause) });
  }
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

function deliveryOf(url: URL, answer: HttpAnswer, credential: Credential | undefined, ms: number): Delivery {
  const { status } = answer;
  const body = printable(withoutSecret(answer.start, credential));
  if (isSuccess(status)) {
    return { summary: `${status} ${printable(answer.statusText)} in ${Math.round(ms)} ms`, answer: { status, body } };
  }
  const location = answer.headers.location;
  const details = status >= 300 && status < 400 ? `It redirects to ${location ?? 'nowhere'}; redirects are not followed.` : body;
  const isTemporary = status >= 500 || status === 408 || status === 425 || status === 429;
  throw new FlowError(isTemporary ? 'HTTP_UNAVAILABLE' : 'HTTP_REFUSED', { url: shown(url), status }, details === '' ? {} : { details });
}

/** Without the query: it often holds a key. */
function shown(url: URL): string {
  return url.origin + url.pathname;
}

/** Some systems answer with the request they got. */
function withoutSecret(text: string, credential: Credential | undefined): string {
  if (!credential) return text;
  const secrets = [basic(credential), credential.password].filter((secret) => secret !== '');
  return secrets.reduce((hidden, secret) => hidden.replaceAll(secret, '•••'), text);
}
