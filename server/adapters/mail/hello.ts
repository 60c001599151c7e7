import { lookup } from 'node:dns/promises';
import { addressText } from '../../../shared/mail-address.ts';
import { capabilitiesOf, greet, type GreetOptions, type GreetStage } from './greet.ts';
import { lineOf, type Line } from './line.ts';
import { mailError } from './mail-error.ts';
import { proxyError } from './proxy-talk.ts';
import { abortError } from './waiting.ts';

export interface HelloOptions extends GreetOptions {
  onStage?: (stage: HelloStage, found?: string) => void;
}

export type HelloStage = 'resolve' | GreetStage | 'capabilities';

/** What a server tells before anybody signs in, and on what kind of line. */
export interface Hello extends Line {
  greeting: string;
  /** Words of CAPABILITY, or lines of CAPA; of the protected connection where there is one. */
  capabilities: string[];
}

/**
 * Looks the name up, connects, reads the greeting, protects the connection as `protection` says, reads the capabilities and hangs up.
 * Sends no name and no password.
 *
 * @throws FlowError MAIL_*
 */
export async function sayHello(options: HelloOptions): Promise<Hello> {
  options.onStage?.('resolve');
  options.onStage?.('resolve', await lookUp(options));
  const greeted = await greet(options);
  try {
    options.onStage?.('capabilities');
    const capabilities = await capabilitiesOf(greeted, options);
    return { ...lineOf(options.route, greeted.socket), greeting: greeted.greeting, capabilities };
  } finally {
    greeted.socket.destroy();
  }
}

/** Behind a proxy only the proxy's name is looked up here. */
export async function lookUp({ route, signal }: Pick<HelloOptions, 'route' | 'signal'>): Promise<string> {
  const { proxy, timeoutMs } = route;
  const address = addressText(route);
  const during = 'looking up the name';
  const { host } = proxy ?? route;
  const deadline = AbortSignal.timeout(timeoutMs);
  const stop = AbortSignal.any([signal, deadline]);
  try {
    stop.throwIfAborted();
    // dns.lookup can't be stopped; it is left to end alone.
    const gone = new Promise<never>((_, reject) => stop.addEventListener('abort', () => reject(stop.reason), { once: true }));
    const { address: ip } = await Promise.race([lookup(host), gone]);
    return proxy ? `The proxy ${host} is ${ip}; it looks up ${route.host} itself.` : `${host} is ${ip}.`;
  } catch (error) {
    if (signal.aborted) throw abortError(signal, address, during);
    const failure = deadline.aborted ? Object.assign(new Error('time is up'), { code: 'ETIMEDOUT' }) : error;
    throw proxy ? proxyError(failure, { proxy, address, timeoutMs }) : mailError(failure, { address: route, during, timeoutMs });
  }
}
