import { runnableConfig } from '../../shared/catalog/define.ts';
import { describeType } from '../../shared/catalog/index.ts';
import { asFlowError, type ErrorView } from '../../shared/errors.ts';
import type { ProbeStage, ProbeStageName } from '../../shared/probe.ts';
import { visitProblems } from '../../shared/visit-check.ts';
import type { Logger } from '../ports/common.ts';
import type { TestableUse } from '../ports/material.ts';
import type { Secrets } from '../ports/secrets.ts';
import type { Behaviours, BoundConfig } from './behaviours.ts';

/**
 * Tries an artifact with all who use it: each channel signs in as it would, and no more. Fields that lead to the same server are tried
 * one after the other, and after a refused sign-in no other is made there, so that a test locks no account out.
 */

export type TestState = { state: 'running' | 'good' | 'failed' | 'skipped'; sentence: string; error: ErrorView | null };

export interface MaterialTest {
  uses: TestableUse[];
  behaviours: Behaviours;
  /** With the value to be tried in the place of what is deployed. */
  secrets: Secrets;
  signal: AbortSignal;
  log: Logger;
  /** Told at least once of each use; the last word counts. */
  report: (index: number, state: TestState) => void;
}

const serversAtOnce = 4;
const useDeadlineMs = 60_000;

export async function testMaterial({ uses, report, ...tools }: MaterialTest): Promise<void> {
  const perServer = [...Map.groupBy(uses.entries(), ([, { channel }]) => serverOf(channel)).values()];
  const waiting = perServer.values();
  const work = async () => {
    for (const indexed of waiting) await testOneServer(indexed, tools, report);
  };
  await Promise.all(Array.from({ length: serversAtOnce }, work));
}

async function testOneServer(
  uses: [number, TestableUse][],
  tools: Omit<MaterialTest, 'uses' | 'report'>,
  report: MaterialTest['report'],
): Promise<void> {
  let refusal: ErrorView | undefined;
  for (const [index, { channel }] of uses) {
    tools.signal.throwIfAborted();
    if (!channel) {
      report(index, skipped('Not tried: use "Send test" of the target, which sends a notice.'));
      continue;
    }
    if (refusal) {
      report(index, { state: 'failed', sentence: 'Not tried again: the server has refused it already.', error: refusal });
      continue;
    }
    try {
      const outcome = await testChannel(channel, tools, (sentence) => report(index, { state: 'running', sentence, error: null }));
      report(index, outcome);
      if (outcome.error && refusals.has(outcome.error.code)) refusal = outcome.error;
    } catch (error) {
      tools.signal.throwIfAborted();
      const failure = asFlowError(error).view();
      report(index, { state: 'failed', sentence: failure.message, error: failure });
      if (refusals.has(failure.code)) refusal = failure;
    }
  }
}

const refusals = new Set([
  'MAIL_SIGN_IN_REFUSED',
  'OAUTH2_TOKEN_REFUSED',
  'HTTP_SIGN_IN_REFUSED',
  'MAIL_PROXY_SIGN_IN_REFUSED',
  'SSH_SIGN_IN_REFUSED',
]);

type Channel = NonNullable<TestableUse['channel']>;

async function testChannel(
  { type, config: typed, key }: Channel,
  { behaviours, secrets, signal, log }: Omit<MaterialTest, 'uses' | 'report'>,
  say: (sentence: string) => void,
): Promise<TestState> {
  const description = describeType(type);
  if (!description) return skipped('Not tried: this version does not know that kind of channel.');
  const [problem] = visitProblems(description, typed, true);
  if (problem) return skipped(`Not tried: ${problem.message}`);
  // Made from the description of the behaviour's own type, so it is what that expects.
  const config = runnableConfig(description, typed) as BoundConfig;
  const ended = AbortSignal.any([signal, AbortSignal.timeout(useDeadlineMs)]);
  const sender = behaviours.senders.get(type);
  if (sender) {
    const provenBy = provenByStage[key] ?? 'signIn';
    return await untilProven(provenBy, ended, say, (inner, report) => sender.probe(config, { secrets, log, signal: inner }, report));
  }
  const receiver = behaviours.receivers.get(type);
  if (!receiver?.tryOut) return skipped('Not tried: this kind of channel has no test.');
  say('Signing in…');
  return good(await receiver.tryOut(config, { secrets, signal: ended }));
}

/** After which stage of a connection test a field has done its part. */
const provenByStage: Record<string, ProbeStageName> = { credential: 'signIn', proxyCredential: 'connect', trustedCertificate: 'protect' };

/** Ends the connection test as soon as the stage is done: what comes after it is nothing to the artifact. */
async function untilProven(
  provenBy: ProbeStageName,
  signal: AbortSignal,
  say: (sentence: string) => void,
  probe: (signal: AbortSignal, report: (stage: ProbeStage) => void) => Promise<void>,
): Promise<TestState> {
  const proven = new AbortController();
  let outcome: TestState | undefined;
  await probe(AbortSignal.any([signal, proven.signal]), ({ stage, state, sentence, error }) => {
    if (outcome) return;
    if (state === 'failed') outcome = { state, sentence, error: error ?? null };
    else if (state === 'running') say(sentence);
    else if (stage === provenBy) {
      outcome = good(sentence);
      proven.abort();
    }
  }).catch((error: unknown) => {
    if (!outcome) throw error;
  });
  signal.throwIfAborted();
  return outcome ?? skipped('The test ended before it came to that.');
}

/** Whom the artifact is sent to, whatever the port: accounts are locked for all of them. */
function serverOf(channel: Channel | null): string {
  if (!channel) return '';
  const { config, key } = channel;
  const found = key === 'proxyCredential' ? config['proxyAddress'] : (config['address'] ?? config['url']);
  const typed = typeof found === 'string' ? found : '';
  return URL.canParse(typed) && typed.includes('//') ? new URL(typed).hostname : typed.replace(/:\d+$/, '').toLowerCase();
}

const good = (sentence: string): TestState => ({ state: 'good', sentence, error: null });
const skipped = (sentence: string): TestState => ({ state: 'skipped', sentence, error: null });
