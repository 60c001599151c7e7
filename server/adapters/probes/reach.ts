import type net from 'node:net';
import { asFlowError, FlowError } from '../../../shared/errors.ts';
import { addressText, parseAddress } from '../../../shared/mail-address.ts';
import type { ProbeStage } from '../../../shared/probe.ts';
import type { ProbeContext } from '../../ports/probers.ts';
import { connectTo } from '../mail/connect.ts';
import { lookUp } from '../mail/hello.ts';
import { Stages } from '../mail/probe-stages.ts';
import { reportTls } from '../mail/probe-tls.ts';
import type { Route } from '../mail/route.ts';
import { readTrusted, tlsFacts } from '../mail/trust.ts';

/** What the tests of connections have in common: the way to the other side. */

/** Runs a test; what it throws is told at the stage it had come to. */
export async function inStages(
  { address, timeoutMs }: { address: string; timeoutMs: number },
  { signal }: ProbeContext,
  report: (stage: ProbeStage) => void,
  work: (stages: Stages) => Promise<void>,
): Promise<void> {
  const stages = new Stages(report, signal, { address, timeoutMs });
  try {
    await work(stages);
  } catch (error) {
    const failure = asFlowError(error);
    if ('chain' in failure.params) stages.found({ certificates: failure.params.chain });
    stages.fail(failure);
  } finally {
    stages.close();
  }
}

/** @throws FlowError MAIL_HOST_NOT_FOUND, CERTIFICATE_NOT_DEPLOYED, MAIL_TRUSTED_CERTIFICATE_UNREADABLE */
export async function routeTo(
  { address, trustedCertificate, timeoutMs }: { address: string; trustedCertificate: string; timeoutMs: number },
  { secrets }: ProbeContext,
): Promise<Route> {
  const found = parseAddress(address, 0);
  if (!found) throw new FlowError('MAIL_HOST_NOT_FOUND', { host: address });
  const trusted =
    trustedCertificate === '' ? undefined : readTrusted(trustedCertificate, await secrets.trustedCertificate(trustedCertificate));
  return { ...found, timeoutMs, trusted };
}

/** Looks the name up, connects, and encrypts where `isTls`. @returns a paused socket; whoever has it closes it */
export async function reach(route: Route, isTls: boolean, stages: Stages): Promise<net.Socket> {
  stages.start('resolve', `Looking up ${route.host}…`);
  stages.done('resolve', await lookUp({ route, signal: stages.signal }));
  stages.start('connect', `Connecting to ${addressText(route)}…`);
  const socket = await connectTo({
    ...route,
    isTls,
    signal: stages.signal,
    onReached() {
      stages.done('connect', `${addressText(route)} takes connections.`);
      if (isTls) stages.start('protect', 'Agreeing on encryption…');
    },
  });
  if (isTls) reportEncryption(socket, stages);
  return socket;
}

export function reportEncryption(socket: net.Socket, stages: Stages): void {
  const facts = tlsFacts(socket);
  if (facts) reportTls(facts, stages);
}
