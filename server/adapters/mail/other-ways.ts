import type { MailSenderConfig } from '../../../shared/catalog/mail-sender.ts';
import { FlowError, type ErrorCode } from '../../../shared/errors.ts';
import { impliedPort, type MailProtocol } from '../../../shared/mail-address.ts';
import type { OtherWay } from '../../../shared/probe.ts';
import { sayHello } from './hello.ts';
import type { Route } from './route.ts';

/** How long each of the other ways is tried. */
const tryMs = 4_000;
const maxWays = 3;

/** Failures that another port, protocol or protection may cure. */
const curable = new Set<ErrorCode>([
  'MAIL_CONNECTION_REFUSED',
  'MAIL_TIMEOUT',
  'MAIL_CONNECTION_LOST',
  'MAIL_PROTOCOL_ERROR',
  'MAIL_TLS_ON_CLEAR_PORT',
  'MAIL_CLEAR_ON_TLS_PORT',
  'MAIL_TLS_FAILED',
  'MAIL_STARTTLS_NOT_OFFERED',
]);

/**
 * Ways to the same host that work, found by saying hello on the port that was tried and on the usual ones (RFC 8314, section 7.3).
 * Encrypted ways only; the protocol that was wanted first. Never throws.
 */
export async function findOtherWays(
  failure: FlowError,
  config: Pick<MailSenderConfig, 'protocol' | 'protection'>,
  route: Route,
  { signal }: { signal: AbortSignal },
): Promise<OtherWay[]> {
  if (!curable.has(failure.code) || signal.aborted) return [];
  const found = await Promise.all(candidates(config, route.port).map(async (way) => ((await works(way, route, signal)) ? [way] : [])));
  const ways = found.flat();
  const wanted = ways.filter(({ protocol }) => protocol === config.protocol);
  return (wanted.length > 0 ? wanted : ways).slice(0, maxWays);
}

const protections = ['tls', 'starttls-mandatory'] as const;

function candidates({ protocol, protection }: Pick<MailSenderConfig, 'protocol' | 'protection'>, port: number): OtherWay[] {
  const other: MailProtocol = protocol === 'imap4' ? 'pop3' : 'imap4';
  const ways = [protocol, other].flatMap((spoken) => [
    ...protections.map((kind) => ({ protocol: spoken, port, protection: kind })),
    ...protections.map((kind) => ({ protocol: spoken, port: impliedPort(spoken, kind), protection: kind })),
  ]);
  const isTried = (way: OtherWay) => way.port === port && way.protocol === protocol && way.protection === protection;
  const keyOf = (way: OtherWay) => Object.values(way).join();
  return ways.filter((way, place) => !isTried(way) && ways.findIndex((same) => keyOf(same) === keyOf(way)) === place);
}

/** A certificate that has to be trusted first is the next step, not a reason against this way. */
async function works({ protocol, port, protection }: OtherWay, route: Route, signal: AbortSignal): Promise<boolean> {
  const stop = AbortSignal.any([signal, AbortSignal.timeout(tryMs)]);
  try {
    await sayHello({ protocol, protection, route: { ...route, port, timeoutMs: tryMs }, signal: stop });
    return true;
  } catch (error) {
    return error instanceof FlowError && error.code === 'MAIL_CERTIFICATE_UNKNOWN';
  }
}
