import type { MailSenderConfig } from '../../../shared/catalog/mail-sender.ts';
import { asFlowError, FlowError } from '../../../shared/errors.ts';
import { addressText, isLoopback, type ServerAddress } from '../../../shared/mail-address.ts';
import type { SenderContext } from '../../ports/mailbox.ts';
import { mailAddress } from './address.ts';
import { sayHello, type Hello } from './hello.ts';
import { saslNames } from './imap-client.ts';
import { findOtherWays } from './other-ways.ts';
import { probeImap } from './probe-imap.ts';
import { probePop3 } from './probe-pop3.ts';
import { Stages, type ReportStage } from './probe-stages.ts';
import { findMechanism } from './sasl.ts';

/**
 * The connection test: the stages of a visit one by one, each reported as running and then with what was found.
 * Ends at the first stage that leaves the next ones without ground. Nothing is selected, marked or deleted on the server.
 */
export async function probe(config: MailSenderConfig, { secrets, signal }: SenderContext, report: ReportStage): Promise<void> {
  const stages = new Stages(report, signal, { address: config.address, timeoutMs: config.timeoutMs });
  try {
    const address = mailAddress(config);
    const hello = await greet(config, address, stages);
    reportHello(config, address, hello, stages);
    stages.start('signIn', 'Signing in…');
    if (config.credential === '') return stages.warn('signIn', 'Not tried: Credential Name is missing.');
    const credential = await secrets.useCredential(config.credential, address.host);
    await (config.protocol === 'imap4' ? probeImap : probePop3)(config, credential, stages);
  } catch (error) {
    stages.fail(asFlowError(error));
  } finally {
    stages.close();
  }
}

/** What the server tells before the sign-in. Where it does not get that far, what would work at this host is looked for. */
async function greet(config: MailSenderConfig, address: ServerAddress, stages: Stages): Promise<Hello> {
  const running = {
    resolve: `Looking up ${address.host}…`,
    connect: `Connecting to ${addressText(address)}…`,
    protect: 'Agreeing on encryption…',
    greeting: 'Waiting for the greeting…',
  };
  const { protocol, protection, timeoutMs } = config;
  try {
    return await sayHello({
      protocol,
      address,
      protection,
      timeoutMs,
      signal: stages.signal,
      onStage: (stage, found) => {
        if (found === undefined) stages.start(stage, running[stage]);
        else stages.done(stage, found);
      },
    });
  } catch (error) {
    const failure = asFlowError(error);
    const otherWays = await findOtherWays(failure, config, address, stages);
    if (otherWays.length > 0) stages.found({ otherWays });
    throw failure;
  }
}

function reportHello(config: MailSenderConfig, address: ServerAddress, hello: Hello, stages: Stages): void {
  reportProtection(config, hello, stages);
  const { capabilities } = hello;
  stages.start('capabilities', 'Reading what the server can do…');
  stages.found({ capabilities });
  const count = capabilities.length;
  stages.done('capabilities', count === 0 ? 'The server does not say what it can do.' : `The server names ${count} of them.`);

  stages.start('mechanism', 'Comparing ways to sign in…');
  const mechanisms = config.protocol === 'imap4' ? saslNames(capabilities) : pop3Mechanisms(capabilities);
  stages.found({ mechanisms });
  stages.done('mechanism', mechanismSentence(config, address, hello, mechanisms));
}

const msPerDay = 24 * 60 * 60 * 1000;
const expiresSoonDays = 14;

function reportProtection({ protection }: MailSenderConfig, { tls }: Hello, stages: Stages): void {
  if (!tls) {
    stages.start('protect', 'Looking at the encryption…');
    const sentence =
      protection === 'off' ? 'Off: mails travel unencrypted.' : 'The server does not offer STARTTLS: mails travel unencrypted.';
    return stages.warn('protect', sentence);
  }
  const days = Math.floor((tls.certificateUntil.getTime() - Date.now()) / msPerDay);
  const sentence = `${tls.version}, certificate verified, valid for ${days} more ${days === 1 ? 'day' : 'days'}.`;
  if (days < expiresSoonDays) stages.warn('protect', sentence);
  else stages.done('protect', sentence);
}

/** @throws FlowError if the server and the channel have no way in common, or the password would travel unencrypted */
function mechanismSentence(
  { protocol, authentication }: MailSenderConfig,
  address: ServerAddress,
  hello: Hello,
  offered: string[],
): string {
  const isOpen = !hello.tls;
  if (authentication === 'plain' && isOpen && !isLoopback(address.host)) {
    throw new FlowError('MAIL_PLAIN_NOT_PROTECTED', { address: addressText(address) });
  }
  const found = findMechanism(authentication, offered);
  if (found) return `${found.name} (the server offers ${offered.join(', ')}).`;
  if (authentication === 'plain') return protocol === 'imap4' ? 'LOGIN command.' : 'USER and PASS commands.';
  if (protocol === 'pop3' && /<[^<>@\s]+@[^<>\s]+>/.test(hello.greeting)) return 'APOP.';
  throw new FlowError('MAIL_MECHANISM_NOT_OFFERED', {
    address: addressText(address),
    wanted: 'CRAM-MD5',
    offered: offered.join(', ') || 'no mechanism',
  });
}

/** RFC 2449, section 6.3 and RFC 5034: `SASL PLAIN CRAM-MD5`. */
function pop3Mechanisms(capabilities: string[]): string[] {
  const line = capabilities.find((capability) => /^SASL /i.test(capability)) ?? '';
  return line.split(' ').slice(1).filter(Boolean);
}
