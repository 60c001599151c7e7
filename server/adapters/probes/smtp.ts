import type net from 'node:net';
import { FlowError } from '../../../shared/errors.ts';
import { addressText, isLoopback } from '../../../shared/mail-address.ts';
import type { Prober } from '../../ports/probers.ts';
import { upgrade } from '../mail/connect.ts';
import { Lines } from '../mail/lines.ts';
import type { Stages } from '../mail/probe-stages.ts';
import type { Route } from '../mail/route.ts';
import { signInBySmtp } from '../mail/smtp.ts';
import { inStages, reach, reportEncryption, routeTo } from './reach.ts';

/** The stages of handing a mail over (RFC 5321, RFC 3207, RFC 4954) up to the sign-in; no mail is sent. */
export const smtpProber: Prober<'smtp-probe'> = (config, context, report) =>
  inStages(config, context, report, async (stages) => {
    const route = await routeTo(config, context);
    const { protection } = config;
    const socket = await reach(route, protection === 'tls', stages);
    let capabilities: string[];
    let isProtected = protection === 'tls';
    try {
      ({ capabilities, isProtected } = await talk(socket, route, protection, stages));
    } finally {
      socket.destroy();
    }
    stages.found({ capabilities, mechanisms: mechanismsOf(capabilities) }, 'capabilities');
    stages.done('capabilities', `The server lists ${capabilities.length} extensions.`);

    stages.start('signIn', 'Signing in…');
    if (config.credential === '') return stages.warn('signIn', 'Not tried: no credential is named.');
    // As for mails that are sent (RFC 4954, section 4): a password travels encrypted, or within this machine.
    if (!isProtected && !isLoopback(route.host)) throw new FlowError('SMTP_NOT_PROTECTED', { address: addressText(route) });
    const credential = await context.secrets.useCredential(config.credential, route.host);
    await signInBySmtp({ ...route, protection, credential }, stages.signal);
    return stages.done('signIn', `The server lets '${credential.name}' sign in.`);
  });

async function talk(
  socket: net.Socket,
  route: Route,
  protection: string,
  stages: Stages,
): Promise<{ capabilities: string[]; isProtected: boolean }> {
  const { signal } = stages;
  stages.start('greeting', 'Waiting for the greeting…');
  let lines = new Lines(socket, { route, signal });
  const greeting = await answerOf(lines, 'greeting', route);
  stages.done('greeting', `The server says: ${greeting.words[0] ?? ''}`.slice(0, 220));
  let capabilities = await hello(lines, route, stages);
  if (!protection.startsWith('starttls')) {
    if (protection === 'off') stages.warn('protect', 'Off: what is sent can be read on the way.');
    return { capabilities, isProtected: protection === 'tls' };
  }
  stages.start('protect', 'Agreeing on encryption…');
  const offersTls = capabilities.some((word) => word.toUpperCase() === 'STARTTLS');
  if (offersTls) lines.send('STARTTLS');
  const agrees = offersTls && (await lines.agreement({ yes: /^220\b/, no: /^[45]\d\d\b/ }, 'STARTTLS'));
  if (!agrees) {
    if (protection === 'starttls-mandatory') throw new FlowError('SMTP_NOT_PROTECTED', { address: addressText(route) });
    stages.warn('protect', 'The server does not offer STARTTLS: what is sent can be read on the way.');
    return { capabilities, isProtected: false };
  }
  const encrypted = await upgrade(socket, { ...route, signal });
  try {
    reportEncryption(encrypted, stages);
    lines = new Lines(encrypted, { route, signal });
    // What was said before the encryption may have been put there by somebody in between (RFC 3207, section 4.2).
    capabilities = await hello(lines, route, stages);
    return { capabilities, isProtected: true };
  } finally {
    encrypted.destroy();
  }
}

async function hello(lines: Lines, route: Route, stages: Stages): Promise<string[]> {
  stages.start('capabilities', 'Reading what the server can do…');
  lines.send('EHLO mailroom.invalid');
  const { words } = await answerOf(lines, 'capabilities', route);
  // The first line is the server's name (RFC 5321, section 4.1.1.1).
  return words.slice(1);
}

/** One answer of the server, which may have several lines (RFC 5321, section 4.2). @throws FlowError SMTP_REFUSED */
async function answerOf(lines: Lines, during: string, route: Route): Promise<{ words: string[] }> {
  const words: string[] = [];
  for (;;) {
    const line = await lines.next(during);
    const [, code = '', more, text = ''] = /^(\d{3})(?:([ -])(.*))?$/.exec(line) ?? [];
    if (code === '') {
      throw new FlowError('MAIL_PROTOCOL_ERROR', { address: addressText(route), during }, { details: line.slice(0, 200) });
    }
    words.push(text);
    if (more === '-') continue;
    if (!code.startsWith('2')) throw new FlowError('SMTP_REFUSED', { address: addressText(route) }, { details: line.slice(0, 200) });
    return { words };
  }
}

function mechanismsOf(capabilities: string[]): string[] {
  return capabilities.flatMap((line) => (/^AUTH[ =]/i.test(line) ? line.slice(5).trim().split(/\s+/) : []));
}
