import { createHmac, randomUUID } from 'node:crypto';
import net from 'node:net';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { AlertNotice, MailSettings, WebhookSettings } from '../../shared/alert-schemas.ts';
import type { AlertDelivery, SendContext } from '../ports/alerts.ts';
import { certificateMaker, type Authority, type CertificateMaker, type Issued } from '../testing/certificates.ts';
import { startHttpSink } from '../testing/http-sink.ts';
import { startSmtpSink, type SmtpSinkOptions } from '../testing/smtp-sink.ts';
import { alertMail } from './alert-mail.ts';
import { alertWebhook } from './alert-webhook.ts';

const at = '2026-03-02T12:00:00.000Z';

function notice(change: Partial<AlertNotice['alert']> = {}, event: AlertNotice['event'] = 'opened'): AlertNotice {
  const alert: AlertNotice['alert'] = {
    id: randomUUID(),
    kind: 'CHANNEL_FAILING',
    severity: 'error',
    title: 'Channel failing',
    message: "Channel 'Orders' fails.",
    remedy: 'Look at it.',
    error: null,
    count: 3,
    flowId: null,
    openedAt: at,
    clearedAt: null,
    ...change,
  };
  return { event, at, alert };
}
const delivery = (...notices: AlertNotice[]): AlertDelivery => ({ id: randomUUID(), notices: notices.length === 0 ? [notice()] : notices });

/** Asked for by name and host; both are kept. */
function context(change: Partial<SendContext> = {}) {
  const asked: string[] = [];
  const secrets: SendContext['secrets'] = {
    useCredential: async (name, host) => {
      asked.push(`${name} for ${host}`);
      return { name, user: 'ada', password: `secret of ${name}` };
    },
    trustedCertificate: async () => authority.cert,
  };
  return { asked, signal: new AbortController().signal, secrets, publicUrl: undefined, ...change };
}

let certificates: CertificateMaker;
let authority: Authority;
let issued: Issued;
beforeAll(async () => {
  certificates = await certificateMaker();
  authority = await certificates.authority('Ops');
  issued = await authority.issue();
});
afterAll(() => certificates.clear());

describe('a webhook', () => {
  const settings = (url: string, change: Partial<WebhookSettings> = {}): WebhookSettings => ({
    type: 'webhook',
    url,
    authentication: 'none',
    credential: '',
    signingCredential: '',
    headers: [],
    ...change,
  });

  test('gets JSON with a key that stays the same, further headers, and where to look', async () => {
    await using sink = await startHttpSink();
    const told = delivery(notice(), notice({ clearedAt: at }, 'cleared'));
    const headers = [{ name: 'X-Team', value: 'integration' }];
    const ours = context({ publicUrl: 'https://mail.example.com' });
    expect(await alertWebhook.send(told, settings(sink.url, { headers }), ours)).toBe('200 OK: taken');
    await alertWebhook.send(told, settings(sink.url), ours);
    const [first, again] = sink.requests;
    expect(first?.headers).toMatchObject({ 'idempotency-key': told.id, 'x-team': 'integration', 'content-type': 'application/json' });
    expect(JSON.parse(String(first?.body))).toEqual({
      id: told.id,
      source: 'Mailroom',
      url: 'https://mail.example.com/monitor/alerts',
      notices: told.notices,
    });
    expect([again?.headers['idempotency-key'], String(again?.body)]).toEqual([told.id, String(first?.body)]);
    expect(ours.asked).toEqual([]);
  });

  test.each([
    ['basic', `Basic ${Buffer.from('ada:secret of hook').toString('base64')}`],
    ['bearer', 'Bearer secret of hook'],
  ] as const)('is given the credential as %s, which is asked for with its host', async (authentication, expected) => {
    await using sink = await startHttpSink();
    const ours = context();
    await alertWebhook.send(delivery(), settings(sink.url, { authentication, credential: 'hook' }), ours);
    expect(sink.requests[0]?.headers.authorization).toBe(expected);
    expect(ours.asked).toEqual(['hook for 127.0.0.1']);
  });

  test('can check the signature as Standard Webhooks say', async () => {
    await using sink = await startHttpSink();
    const told = delivery();
    await alertWebhook.send(told, settings(sink.url, { signingCredential: 'sign' }), context());
    const { headers, body } = sink.requests[0] ?? {};
    const signed = `${String(headers?.['webhook-id'])}.${String(headers?.['webhook-timestamp'])}.${String(body)}`;
    expect(headers?.['webhook-id']).toBe(told.id);
    expect(headers?.['webhook-signature']).toBe(`v1,${createHmac('sha256', 'secret of sign').update(signed).digest('base64')}`);
    expect(Math.abs(Number(headers?.['webhook-timestamp']) - Date.now() / 1_000)).toBeLessThan(30);
  });

  test('that refuses is told as such, without the secret it repeats', async () => {
    await using sink = await startHttpSink();
    sink.respond((request, response) => {
      response.writeHead(401).end(`no: ${request.headers.authorization ?? ''}`);
    });
    const sending = alertWebhook.send(delivery(), settings(sink.url, { authentication: 'bearer', credential: 'hook' }), context());
    await expect(sending).rejects.toMatchObject({ code: 'WEBHOOK_REFUSED', params: { status: 401 }, details: 'no: Bearer •••' });
  });

  test('that drips its answer for ever is left when the time is up', async () => {
    await using sink = await startHttpSink();
    sink.respond((_request, response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write('.'), 10);
      response.once('close', () => clearInterval(drip));
    });
    const signal = AbortSignal.timeout(300);
    await expect(alertWebhook.send(delivery(), settings(sink.url), context({ signal }))).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  test('that nobody listens at, or nobody trusts, is told apart', async () => {
    const sink = await startHttpSink();
    await sink.close();
    await expect(alertWebhook.send(delivery(), settings(sink.url), context())).rejects.toMatchObject({ code: 'WEBHOOK_UNREACHABLE' });
    await using strange = await startHttpSink(issued);
    await expect(alertWebhook.send(delivery(), settings(strange.url), context())).rejects.toMatchObject({
      code: 'WEBHOOK_CERTIFICATE_INVALID',
    });
  });
});

describe('a mail server', () => {
  const login = { user: 'ada', password: 'secret of smtp' };
  const settings = (port: number, change: Partial<MailSettings> = {}): MailSettings => ({
    type: 'mail',
    host: 'localhost',
    port,
    protection: 'off',
    trustedCertificate: '',
    authentication: 'none',
    credential: '',
    from: 'mailroom@example.com',
    to: ['ops@example.com', 'night@example.com'],
    ...change,
  });
  const signedIn: Partial<MailSettings> = { authentication: 'password', credential: 'smtp', trustedCertificate: 'ops' };
  async function sink(options: SmtpSinkOptions = {}) {
    const started = await startSmtpSink(options);
    onTestFinished(() => started.close());
    return started;
  }

  test('takes one mail to all, which names what happened and what to do', async () => {
    const server = await sink();
    const error = { code: 'MAIL_TIMEOUT', message: 'No answer.', remedy: 'Wait.', retryable: true, details: 'späte Antwort' };
    const told = delivery(notice({ error, message: "Kanal 'Aufträge' fails.\r\nBcc: eve@example.com" }), notice());
    expect(await alertMail.send(told, settings(server.port), context())).toMatch(/^250 /);
    const [mail] = server.mails;
    expect(mail).toMatchObject({ from: 'mailroom@example.com', to: ['ops@example.com', 'night@example.com'], isEncrypted: false });
    const [head = ''] = mail?.raw.split('\r\n\r\n') ?? [];
    expect(head).toContain(`Message-ID: <${told.id}@mailroom.invalid>`);
    expect(head).toContain('Auto-Submitted: auto-generated');
    expect(head).not.toMatch(/^Bcc:/m);
    expect(mail?.raw).toContain('What to do: Look at it.');
  });

  test.each([
    ['SMTPS', { isTlsFromTheStart: true }, 'tls'],
    ['STARTTLS', {}, 'starttls-mandatory'],
  ] as const)('is signed in to over %s, with a certificate that is trusted by name', async (_name, more, protection) => {
    const server = await sink({ certificate: issued, login, ...more });
    const ours = context();
    await alertMail.send(delivery(), settings(server.port, { ...signedIn, protection }), ours);
    expect(server.mails).toMatchObject([{ user: 'ada', isEncrypted: true }]);
    expect(ours.asked).toEqual(['smtp for localhost']);
  });

  test.each<[string, SmtpSinkOptions, Partial<MailSettings>, string]>([
    ['without STARTTLS', {}, { protection: 'starttls-mandatory' }, 'SMTP_NOT_PROTECTED'],
    ['that nobody trusts', { isTlsFromTheStart: true }, { protection: 'tls' }, 'SMTP_CERTIFICATE_INVALID'],
    ['with a stranger’s certificate after STARTTLS', {}, { protection: 'starttls-mandatory' }, 'SMTP_CERTIFICATE_INVALID'],
    [
      'that lets the user not in',
      { login: { user: 'ada', password: 'another' } },
      { ...signedIn, protection: 'starttls-mandatory' },
      'SMTP_SIGN_IN_REFUSED',
    ],
  ])('%s gets no mail and no password', async (name, options, change, code) => {
    const server = await sink(name === 'without STARTTLS' ? {} : { certificate: issued, ...options });
    const error: unknown = await alertMail.send(delivery(), settings(server.port, change), context()).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code });
    expect(JSON.stringify(error)).not.toContain('secret of');
    expect(server.mails).toEqual([]);
  });

  test('that refuses the mail is quoted', async () => {
    const server = await sink();
    server.refuseWith('No such list');
    await expect(alertMail.send(delivery(), settings(server.port), context())).rejects.toMatchObject({
      code: 'SMTP_REFUSED',
      details: expect.stringContaining('No such list'),
    });
  });

  test('that says nothing, or nobody listens at, ends in time', async () => {
    const silent = net.createServer(() => undefined).listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    onTestFinished(() => void silent.close());
    const { port } = silent.address() as net.AddressInfo;
    const signal = AbortSignal.timeout(300);
    await expect(alertMail.send(delivery(), settings(port), context({ signal }))).rejects.toMatchObject({ name: 'TimeoutError' });
    const server = await startSmtpSink();
    await server.close();
    await expect(alertMail.send(delivery(), settings(server.port), context())).rejects.toMatchObject({ code: 'SMTP_UNREACHABLE' });
  });
});
