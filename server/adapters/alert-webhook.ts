import { createHmac } from 'node:crypto';
import type { OutgoingHttpHeaders } from 'node:http';
import type { WebhookSettings } from '../../shared/alert-schemas.ts';
import { FlowError } from '../../shared/errors.ts';
import type { AlertChannel, AlertDelivery, SendContext } from '../ports/alerts.ts';
import type { Credential } from '../ports/secrets.ts';
import { isSuccess, post } from './http-post.ts';
import { isCertificateError, printable, reasonOf } from './network-error.ts';

/**
 * Posts alerts as JSON (docs/alerts.md). Only 2xx means that they were taken. A signed request follows Standard Webhooks 1.0
 * (standardwebhooks.com): `webhook-id`, `webhook-timestamp`, and `webhook-signature` = "v1," + base64(HMAC-SHA-256(id.timestamp.body)).
 */
export const alertWebhook: AlertChannel<'webhook'> = {
  async send(delivery, settings, context) {
    const url = new URL(settings.url);
    const body = Buffer.from(JSON.stringify(bodyOf(delivery, context.publicUrl)));
    const secrets: Credential[] = [];
    const use = async (name: string) => {
      const credential = await context.secrets.useCredential(name, url.hostname.toLowerCase());
      secrets.push(credential);
      return credential;
    };
    const headers: OutgoingHttpHeaders = {
      ...Object.fromEntries(settings.headers.map(({ name, value }) => [name.toLowerCase(), value])),
      accept: '*/*',
      'user-agent': 'Mailroom',
      'idempotency-key': delivery.id,
      ...(settings.authentication === 'none' ? {} : { authorization: authorization(settings, await use(settings.credential)) }),
      ...(settings.signingCredential === '' ? {} : signature(delivery.id, body, (await use(settings.signingCredential)).password)),
    };
    return answerOf(url, headers, body, secrets, context);
  },
};

function bodyOf({ id, notices }: AlertDelivery, publicUrl: string | undefined) {
  return { id, source: 'Mailroom', ...(publicUrl === undefined ? {} : { url: `${publicUrl}/monitor/alerts` }), notices };
}

function authorization({ authentication }: WebhookSettings, { user, password }: Credential): string {
  // RFC 7617 and RFC 6750, section 2.1.
  return authentication === 'basic' ? `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` : `Bearer ${password}`;
}

/** A secret that begins with `whsec_` is base64, as the libraries of Standard Webhooks hand it out. */
export function signature(id: string, body: Buffer, secret: string, now = new Date()): OutgoingHttpHeaders {
  const timestamp = String(Math.floor(now.getTime() / 1_000));
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret);
  const mac = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${mac}` };
}

async function answerOf(
  url: URL,
  headers: OutgoingHttpHeaders,
  content: Buffer,
  secrets: Credential[],
  { signal }: SendContext,
): Promise<string> {
  const shown = url.origin + url.pathname;
  const answer = await post(url, headers, { contentType: 'application/json', sizeBytes: content.length, content }, signal).catch(
    (cause: unknown) => {
      signal.throwIfAborted();
      const code = isCertificateError(cause) ? 'WEBHOOK_CERTIFICATE_INVALID' : 'WEBHOOK_UNREACHABLE';
      throw new FlowError(code, { url: shown }, { cause, details: reasonOf(cause) });
    },
  );
  // Some systems answer with the request they got.
  const told = secrets.flatMap(({ user, password }) => [Buffer.from(`${user}:${password}`).toString('base64'), password]);
  const words = told.reduce((text, secret) => text.replaceAll(secret, '•••'), printable(answer.start)).slice(0, 500);
  if (!isSuccess(answer.status)) {
    throw new FlowError('WEBHOOK_REFUSED', { url: shown, status: answer.status }, words === '' ? {} : { details: words });
  }
  return `${answer.status} ${printable(answer.statusText)}${words === '' ? '' : `: ${words}`}`;
}
