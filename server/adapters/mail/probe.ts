import type { MailSenderConfig } from '../../../shared/catalog/mail-sender.ts';
import { asFlowError, FlowError } from '../../../shared/errors.ts';
import { addressText } from '../../../shared/mail-address.ts';
import type { SenderContext } from '../../ports/mailbox.ts';
import { speaksTls } from './connect.ts';
import { sayHello, type Hello } from './hello.ts';
import { findOtherWays } from './other-ways.ts';
import { capabilitiesOf } from './pop3-client.ts';
import { probeImap } from './probe-imap.ts';
import { probePop3 } from './probe-pop3.ts';
import { Stages, type ReportStage } from './probe-stages.ts';
import { reportTls } from './probe-tls.ts';
import { routeOf, type Route } from './route.ts';
import { chooseSignIn, imapOffer, pop3Offer } from './sign-in.ts';

/**
 * The connection test: the stages of a visit one by one, each reported as running and then with what was found.
 * Ends at the first stage that leaves the next ones without ground. Nothing is selected, marked or deleted on the server.
 */
export async function probe(config: MailSenderConfig, context: SenderContext, report: ReportStage): Promise<void> {
  const { secrets } = context;
  const stages = new Stages(report, context.signal, { address: config.address, timeoutMs: config.timeoutMs });
  try {
    const hello = await greet(config, await routeOf(config, secrets), stages);
    reportHello(config, hello, stages);
    stages.start('signIn', 'Signing in…');
    if (config.credential === '') return stages.warn('signIn', 'Not tried: Credential Name is missing.');
    await (config.protocol === 'imap4' ? probeImap : probePop3)(config, { ...context, signal: stages.signal }, stages);
  } catch (error) {
    stages.fail(asFlowError(error));
  } finally {
    stages.close();
  }
}

/** What the server tells before the sign-in. Where it does not get that far, what would work at this host is looked for. */
async function greet(config: MailSenderConfig, route: Route, stages: Stages): Promise<Hello> {
  const running = {
    resolve: `Looking up ${route.host}…`,
    connect: `Connecting to ${addressText(route)}…`,
    protect: 'Agreeing on encryption…',
    greeting: 'Waiting for the greeting…',
    capabilities: 'Reading what the server can do…',
  };
  const { protocol, protection } = config;
  const silence = new AbortController();
  const signal = AbortSignal.any([stages.signal, silence.signal]);
  let timer: NodeJS.Timeout | undefined;
  try {
    return await sayHello({
      protocol,
      protection,
      route,
      signal,
      onStage: (stage, found) => {
        if (found === undefined) stages.start(stage, running[stage]);
        else stages.done(stage, found);
        clearTimeout(timer);
        const isWaiting = stage === 'greeting' && found === undefined && protection !== 'tls';
        if (isWaiting) timer = setTimeout(() => void endIfTls(route, signal, silence), silentMs);
      },
    });
  } catch (error) {
    const failure = asFlowError(silence.signal.aborted ? silence.signal.reason : error);
    if ('chain' in failure.params) stages.found({ certificates: failure.params.chain });
    const otherWays = await findOtherWays(failure, config, route, stages);
    if (otherWays.length > 0) stages.found({ otherWays });
    throw failure;
  } finally {
    clearTimeout(timer);
  }
}

/** How long a server may be silent before it is asked whether it waits for TLS: nobody wants to sit out a Timeout to learn it. */
const silentMs = 2_000;

async function endIfTls(route: Route, signal: AbortSignal, silence: AbortController): Promise<void> {
  if (await speaksTls({ ...route, signal })) silence.abort(new FlowError('MAIL_TLS_ON_CLEAR_PORT', { address: addressText(route) }));
}

function reportHello(config: MailSenderConfig, hello: Hello, stages: Stages): void {
  reportProtection(config, hello, stages);
  const { capabilities } = hello;
  const count = capabilities.length;
  stages.found({ capabilities }, 'capabilities');
  stages.done('capabilities', count === 0 ? 'The server does not say what it can do.' : `The server lists ${count} capabilities.`);

  stages.start('mechanism', 'Comparing ways to sign in…');
  stages.done('mechanism', mechanismSentence(config, hello, stages));
}

function reportProtection({ protection }: MailSenderConfig, { tls }: Hello, stages: Stages): void {
  if (!tls) {
    const sentence =
      protection === 'off' ? 'Off: mails travel unencrypted.' : 'The server does not offer STARTTLS: mails travel unencrypted.';
    return stages.warn('protect', sentence);
  }
  return reportTls(tls, stages);
}

/** @throws FlowError if the server and the channel have no way in common, or the password would travel unencrypted */
function mechanismSentence(config: MailSenderConfig, hello: Hello, stages: Stages): string {
  const { protocol } = config;
  const { capabilities, greeting } = hello;
  const offer = protocol === 'imap4' ? imapOffer(capabilities) : pop3Offer(capabilitiesOf(capabilities), greeting);
  const { mechanisms } = offer;
  stages.found({ mechanisms });
  const { name } = chooseSignIn(config, hello, { protocol, ...offer });
  return mechanisms.length > 0 ? `${name} (the server offers ${mechanisms.join(', ')}).` : `${name}.`;
}
