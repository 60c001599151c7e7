import { FlowError } from '../../../shared/errors.ts';
import { addressText } from '../../../shared/mail-address.ts';
import type { Credential } from '../../ports/secrets.ts';
import { wireHost } from './address.ts';
import { answered, notAProxy, type ProxyTalk } from './proxy-talk.ts';

/** All that a proxy may say before the tunnel. */
const maxHeadBytes = 16 * 1024;

/**
 * Asks an HTTP proxy for a tunnel (RFC 9110, section 9.3.6). What follows the head of its answer comes from the mail server.
 *
 * @throws FlowError MAIL_PROXY_*
 */
export async function askHttpProxy(talk: ProxyTalk): Promise<void> {
  const { proxy, target, write } = talk;
  const authority = addressText({ host: wireHost(target.host), port: target.port });
  const lines = [`CONNECT ${authority} HTTP/1.1`, `Host: ${authority}`];
  // At once, without being asked: the artifact was chosen for this proxy and names its host.
  if (proxy.credential) lines.push(`Proxy-Authorization: Basic ${basic(proxy.credential, addressText(proxy))}`);
  write(`${lines.join('\r\n')}\r\n\r\n`);

  const { status, reason, headers } = await answerOf(talk);
  if (status >= 200 && status < 300) return;
  const options = { details: [status, reason].join(' ').trim() };
  const facts = { proxy: addressText(proxy), address: addressText(target) };
  // tinyproxy refuses a wrong password with 401, and answers 500 for what it can't reach.
  if (status === 407 || status === 401) throw signInError(talk, headers, options);
  if (status === 400 || status === 501 || status === 505) throw notAProxy(proxy, options.details);
  if (status >= 500) throw new FlowError('MAIL_PROXY_TARGET_UNREACHABLE', facts, options);
  throw new FlowError('MAIL_PROXY_FORBIDS', facts, options);
}

/** RFC 7617. */
function basic({ user, password }: Credential, proxy: string): string {
  if (user.includes(':')) {
    throw new FlowError('MAIL_PROXY_SIGN_IN_REFUSED', { proxy, user }, { details: 'HTTP Basic carries no user with a colon' });
  }
  return Buffer.from(`${user}:${password}`).toString('base64');
}

interface Answer {
  status: number;
  reason: string;
  headers: { name: string; value: string }[];
}

async function answerOf({ proxy, reader }: ProxyTalk): Promise<Answer> {
  let room = maxHeadBytes;
  for (;;) {
    const start = await reader.peek();
    if (!start.toString('latin1').startsWith('H')) throw notAProxy(proxy, answered(start));
    const head = await reader.takeUntil(/\r?\n\r?\n/, room);
    if (head === undefined) throw notAProxy(proxy, `its answer is longer than ${maxHeadBytes} bytes`);
    room -= head.length;
    const [first = '', ...lines] = head.split(/\r?\n/);
    const [, status, reason = ''] = /^HTTP\/1\.\d (\d{3})(?: (.*))?$/.exec(first) ?? [];
    if (status === undefined) throw notAProxy(proxy, first.slice(0, 200));
    // 1xx only announces the answer.
    if (!status.startsWith('1')) return { status: Number(status), reason: reason.slice(0, 200), headers: lines.map(headerOf) };
  }
}

function headerOf(line: string): Answer['headers'][number] {
  const [name = '', ...value] = line.split(':');
  return { name: name.trim().toLowerCase(), value: value.join(':').trim() };
}

function signInError({ proxy }: ProxyTalk, headers: Answer['headers'], options: { details: string }): FlowError {
  const { credential } = proxy;
  // The first word of each; a line may hold more than one, whose parameters are of no interest.
  const challenges = headers.filter(({ name }) => name === 'proxy-authenticate').map(({ value }) => value);
  const schemes = challenges.map((challenge) => challenge.split(/[\s,]/, 1).join());
  const takesBasic = challenges.length === 0 || challenges.some((challenge) => /(?:^|,)\s*basic\b(?!\s*=)/i.test(challenge));
  if (credential && takesBasic) {
    return new FlowError('MAIL_PROXY_SIGN_IN_REFUSED', { proxy: addressText(proxy), user: credential.user }, options);
  }
  const accepted = takesBasic ? 'nobody without a sign-in' : `only ${schemes.join(', ').slice(0, 200)}`;
  return new FlowError('MAIL_PROXY_SIGN_IN_WANTED', { proxy: addressText(proxy), accepted }, options);
}
