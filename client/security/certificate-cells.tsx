import type { CertificateFactsView } from '../../shared/api/certificates.ts';
import { Td } from '../shell/table.tsx';
import type { Column } from './artifacts-page.tsx';
import { commonName } from './certificate-facts.tsx';
import { ExpiryText } from './expiry-text.tsx';

/** What trusted certificates and key pairs have in common: the first certificate, which an artifact is about, and how long all of them last. */

interface Certified {
  artifact: { certificates: CertificateFactsView[] };
}

export const certificateColumns = [
  { title: 'Subject', cell: SubjectCell },
  { title: 'Issuer', cell: IssuerCell },
  { title: 'Valid', cell: ValidCell },
  { title: 'SHA-256', className: 'max-lg:hidden', cell: FingerprintCell },
] satisfies Column<Certified['artifact']>[];

function SubjectCell({
  artifact: {
    certificates: [first, ...others],
  },
}: Certified) {
  return (
    <Td className="max-w-52 min-w-32" title={first?.subject}>
      <span className="block truncate">{commonName(first?.subject ?? '')}</span>
      {others.length > 0 && <span className="text-ink-faint block text-xs">and {others.length} more</span>}
    </Td>
  );
}

function IssuerCell({
  artifact: {
    certificates: [first],
  },
}: Certified) {
  return (
    <Td className="text-ink-soft max-w-44 truncate" title={first?.issuer}>
      {first?.isSelfSigned ? 'itself' : commonName(first?.issuer ?? '')}
    </Td>
  );
}

/** A chain is worth as much as its weakest part. */
function ValidCell({ artifact: { certificates } }: Certified) {
  const [soonest] = certificates.map(({ validTo }) => validTo).sort();
  return <Td>{soonest !== undefined && <ExpiryText until={soonest} />}</Td>;
}

function FingerprintCell({
  artifact: {
    certificates: [first],
  },
}: Certified) {
  return (
    <Td className="text-ink-faint font-mono text-xs max-lg:hidden" title={first?.fingerprint256}>
      {first?.fingerprint256.slice(0, 11)}…
    </Td>
  );
}
