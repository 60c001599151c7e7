import { Resolver } from 'node:dns/promises';
import type { EmailAddress } from '../../../shared/email-address.ts';
import type { MailProposal } from '../../../shared/mail-proposal.ts';
import { proposalsOf, providerOfDomain } from '../../../shared/mail-providers.ts';
import type { Proposals } from '../../ports/mailbox.ts';
import { readAutoconfig } from './autoconfig.ts';
import { proposalsFromMx, proposalsFromSrv, type MailResolver } from './mail-dns.ts';
import { fetchPublicText, publicHttps, type PublicHttps } from './public-https.ts';

/** The longest that is looked for settings, in ms; a person waits. */
const longestMs = 6_000;

export interface ProposeWorld {
  /** Called for each look-up; the resolver is cancelled when time is up. */
  resolver: () => MailResolver & Pick<Resolver, 'cancel'>;
  https: PublicHttps;
  longestMs: number;
}

const internet: ProposeWorld = { resolver: () => new Resolver({ timeout: 2_000, tries: 2 }), https: publicHttps, longestMs };

/**
 * Settings for an e-mail address: of a well-known service, from the domain's SRV and MX records, and from its autoconfig.
 * A well-known domain is not looked up: nobody needs to learn of it. Never throws but for an abort.
 */
export async function proposeSettings(email: EmailAddress, signal: AbortSignal, world = internet): Promise<Proposals> {
  const known = providerOfDomain(email.domain);
  if (known) return { proposals: proposalsOf(known, email, `Known settings of ${known.name}`), notes: [] };

  const stop = AbortSignal.any([signal, AbortSignal.timeout(world.longestMs)]);
  const resolver = world.resolver();
  stop.addEventListener('abort', () => resolver.cancel(), { once: true });
  const { domain } = email;
  const [srv, mx, autoconfig] = await Promise.all([
    settled(proposalsFromSrv(email, resolver)),
    settled(proposalsFromMx(email, resolver)),
    settled(fromAutoconfig(email, stop, world.https)),
  ]);
  signal.throwIfAborted();
  const notes = [
    srv && mx ? [] : [`The name server did not answer for ${domain}: its SRV and MX records are not known.`],
    autoconfig ? [] : [`Neither autoconfig.${domain} nor ${domain} could be asked for settings.`],
  ].flat();
  return { proposals: merged([...(srv ?? []), ...(autoconfig ?? []), ...(mx ?? [])]), notes };
}

/** The first place that has a file; the order is Thunderbird's. @throws Error when neither place can be reached */
async function fromAutoconfig(email: EmailAddress, signal: AbortSignal, world: PublicHttps): Promise<MailProposal[]> {
  const { domain } = email;
  const places = [
    { host: `autoconfig.${domain}`, path: '/mail/config-v1.1.xml' },
    { host: domain, path: '/.well-known/autoconfig/mail/config-v1.1.xml' },
  ];
  const answers = await Promise.allSettled(places.map(({ host, path }) => fetchPublicText(host, path, signal, world)));
  for (const [place, answer] of answers.entries()) {
    if (answer.status !== 'fulfilled' || answer.value === undefined) continue;
    const found = readAutoconfig(answer.value, email, `Autoconfig at ${places[place]?.host ?? domain}`);
    if (found.length > 0) return found;
  }
  const failures = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as unknown] : []));
  if (failures.length === places.length) throw new AggregateError(failures);
  return [];
}

/** Undefined when it failed: looking for settings is a service, not a step that must succeed. */
async function settled<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch {
    return undefined;
  }
}

/** The same settings from several places are one proposal, which then is the surer. The later place knows better how to sign in: SRV says nothing of it. */
function merged(proposals: MailProposal[]): MailProposal[] {
  const known = new Map<string, MailProposal>();
  for (const proposal of proposals) {
    const key = [proposal.protocol, proposal.address, proposal.protection].join(' ');
    const same = known.get(key);
    const sources = [...(same?.sources ?? []), ...proposal.sources];
    known.set(key, { ...proposal, sources, advice: [...(same?.advice ?? []), ...proposal.advice] });
  }
  return [...known.values()].sort((a, b) => rank(a) - rank(b));
}

function rank({ protocol, protection }: MailProposal): number {
  return (protocol === 'imap4' ? 0 : 2) + (protection === 'tls' ? 0 : 1);
}
