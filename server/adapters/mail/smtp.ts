import type net from 'node:net';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { FlowError } from '../../../shared/errors.ts';
import { addressText, type Protection } from '../../../shared/mail-address.ts';
import type { Credential } from '../../ports/secrets.ts';
import { isCertificateError, printable, reasonOf } from '../network-error.ts';
import { wireHost } from './address.ts';
import { tlsOptions, type Trusted } from './trust.ts';

/** Hands one mail to a mail server (RFC 5321), which has taken it for all recipients when the promise resolves. */

export interface SmtpRoute {
  host: string;
  port: number;
  protection: Protection;
  trusted?: Trusted | undefined;
  credential?: Credential | undefined;
}

export interface SmtpMail {
  from: string;
  to: string[];
  /** With CRLF line ends. */
  raw: Buffer;
}

/** Longest silence of the server. The whole is bounded by the signal. */
const silenceMs = 20_000;
const maxAnswerBytes = 64 * 1024;

/**
 * @returns what the server answered to the mail
 * @throws FlowError SMTP_*, MAIL_HOST_NOT_FOUND, or the signal's reason
 */
export async function sendBySmtp(route: SmtpRoute, mail: SmtpMail, signal: AbortSignal): Promise<string> {
  return signedIn(route, signal, async (connection, step) => {
    const info = await step<{ response: string; rejected: unknown[] } | undefined>((done) =>
      connection.send({ from: mail.from, to: mail.to }, mail.raw, (error, sent) => done(error, sent)),
    );
    const refused = info?.rejected ?? [];
    if (refused.length > 0) {
      throw new FlowError('SMTP_REFUSED', { address: addressText(route) }, { details: `not for ${refused.map(String).join(', ')}` });
    }
    return printable(info?.response ?? 'taken');
  });
}

/** Signs in and out again. @throws FlowError as `sendBySmtp` does */
export async function signInBySmtp(route: SmtpRoute & { credential: Credential }, signal: AbortSignal): Promise<void> {
  await signedIn(route, signal, async () => '');
}

type Step = <T = void>(begin: (done: (error?: Error | null, value?: T) => void) => void) => Promise<T>;

/** Connects, signs in where the route has a credential, works, and signs out. */
async function signedIn(
  route: SmtpRoute,
  signal: AbortSignal,
  work: (connection: SMTPConnection, step: Step) => Promise<string>,
): Promise<string> {
  signal.throwIfAborted();
  const { host, port, protection, credential } = route;
  const address = addressText({ host, port });
  const connection = new SMTPConnection({
    host: wireHost(host),
    port,
    secure: protection === 'tls',
    requireTLS: protection === 'starttls-mandatory',
    ignoreTLS: protection === 'off',
    tls: tlsOptions(route),
    connectionTimeout: silenceMs,
    greetingTimeout: silenceMs,
    socketTimeout: silenceMs,
    dnsTimeout: silenceMs,
    maxResponseSize: maxAnswerBytes,
    logger: false,
  });
  const broken = Promise.withResolvers<never>();
  // It emits errors at any time, also after the last command; each is looked at below or comes too late to matter.
  connection.on('error', broken.reject);
  connection.once('end', () => broken.reject(new Error('the server closed the connection')));
  broken.promise.catch(() => undefined);
  const onAbort = () => broken.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  let doing: 'connect' | 'sign in' | 'send' = 'connect';
  const step: Step = <T = void>(begin: (done: (error?: Error | null, value?: T) => void) => void): Promise<T> =>
    Promise.race([
      broken.promise,
      new Promise<T>((resolve, reject) => begin((error, value) => (error ? reject(error) : resolve(value as T)))),
    ]);
  try {
    await step((done) => connection.connect((error) => done(error)));
    if (credential) {
      doing = 'sign in';
      await step((done) => connection.login({ credentials: { user: credential.user, pass: credential.password } }, (error) => done(error)));
    }
    doing = 'send';
    const result = await work(connection, step);
    connection.quit();
    return result;
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof FlowError ? error : smtpError(error, doing, address, credential);
  } finally {
    signal.removeEventListener('abort', onAbort);
    // After QUIT the server closes; a socket that stays anyway is not waited for.
    setTimeout(() => destroy(connection), signal.aborted ? 0 : 1_000).unref();
  }
}

/** `close` alone waits for the server to close its side. */
function destroy(connection: SMTPConnection): void {
  // oxlint-disable-next-line no-underscore-dangle -- documented as public
  const socket: net.Socket | false | null = connection._socket;
  connection.close();
  if (socket) socket.destroy();
}

function smtpError(error: unknown, doing: 'connect' | 'sign in' | 'send', address: string, credential: Credential | undefined): FlowError {
  const options = { cause: error, details: printable(withoutSecret(reasonOf(error), credential)).slice(0, 1_000) };
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (
    isCertificateError(error) ||
    isCertificateError(error instanceof Error ? error.cause : undefined) ||
    /certificate|altnames/i.test(options.details)
  )
    return new FlowError('SMTP_CERTIFICATE_INVALID', { address }, options);
  if (doing === 'connect' && code === 'ETLS' && /STARTTLS/i.test(options.details))
    return new FlowError('SMTP_NOT_PROTECTED', { address }, options);
  if (doing === 'sign in' && code === 'EAUTH')
    return new FlowError('SMTP_SIGN_IN_REFUSED', { address, credential: credential?.name ?? '' }, options);
  if (code === 'EENVELOPE' || code === 'EMESSAGE') return new FlowError('SMTP_REFUSED', { address }, options);
  return new FlowError('SMTP_UNREACHABLE', { address }, options);
}

function withoutSecret(text: string, credential: Credential | undefined): string {
  return credential ? text.replaceAll(credential.password, '•••') : text;
}
