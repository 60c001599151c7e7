import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import type { Issued } from './certificates.ts';

export interface SunkMail {
  from: string;
  to: string[];
  raw: string;
  /** Who had signed in; undefined where nobody had. */
  user: string | undefined;
  isEncrypted: boolean;
}

export interface SmtpSink extends AsyncDisposable {
  port: number;
  mails: SunkMail[];
  /** Refuses each mail from now on with these words, or takes them again. */
  refuseWith(words: string | undefined): void;
  close(): Promise<void>;
}

export interface SmtpSinkOptions {
  /** With it STARTTLS is offered, or TLS from the start. */
  certificate?: Issued;
  isTlsFromTheStart?: boolean;
  /** Asked of everybody; sign-in is offered over an encrypted connection only. */
  login?: { user: string; password: string };
}

/** A mail server on a free loopback port that takes mails and keeps them. */
export async function startSmtpSink({ certificate, isTlsFromTheStart = false, login }: SmtpSinkOptions = {}): Promise<SmtpSink> {
  const mails: SunkMail[] = [];
  let refusal: string | undefined;
  const hidden = certificate ? [] : ['STARTTLS'];
  const server = new SMTPServer({
    ...certificate,
    secure: isTlsFromTheStart,
    disabledCommands: login ? hidden : [...hidden, 'AUTH'],
    authOptional: login === undefined,
    logger: false,
    closeTimeout: 500,
    onAuth({ username, password }, _session, done) {
      if (username === login?.user && password === login?.password) done(null, { user: username });
      else done(new Error('Invalid user or password'));
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.once('end', () => {
        if (refusal !== undefined) {
          done(Object.assign(new Error(refusal), { responseCode: 550 }));
          return;
        }
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          raw: Buffer.concat(chunks).toString(),
          user: typeof session.user === 'string' ? session.user : undefined,
          isEncrypted: session.secure,
        });
        done(null, 'kept');
      });
    },
  });
  // Clients that trust nobody break off the handshake.
  server.on('error', () => undefined);
  const listening = server.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
  return {
    port: (listening.address() as AddressInfo).port,
    mails,
    refuseWith: (words) => (refusal = words),
    close,
    [Symbol.asyncDispose]: close,
  };
}
