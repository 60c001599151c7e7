import type { CertificateFactsView } from '../../shared/api/certificates.ts';
import { Td, Th } from '../shell/table.tsx';
import { commonName } from './certificate-facts.tsx';
import { ExpiryText } from './expiry-text.tsx';

/** Cells that trusted certificates and key pairs have in common. */

export function CertificateHeads() {
  return (
    <>
      <Th>Subject</Th>
      <Th>Issuer</Th>
      <Th>Valid</Th>
      <Th className="max-lg:hidden">SHA-256</Th>
    </>
  );
}

/** The first certificate, which an artifact is about, and how many there are besides. */
export function CertificateCells({ certificates }: { certificates: CertificateFactsView[] }) {
  const [first, ...others] = certificates;
  if (!first) return <Td colSpan={4} />;
  return (
    <>
      <Td className="max-w-52 min-w-32" title={first.subject}>
        <span className="block truncate">{commonName(first.subject)}</span>
        {others.length > 0 && <span className="text-ink-faint block text-xs">and {others.length} more</span>}
      </Td>
      <Td className="text-ink-soft max-w-44 truncate" title={first.issuer}>
        {first.isSelfSigned ? 'itself' : commonName(first.issuer)}
      </Td>
      <Td>
        <ExpiryText until={soonestEnd(certificates)} />
      </Td>
      <Td className="text-ink-faint font-mono text-xs max-lg:hidden" title={first.fingerprint256}>
        {first.fingerprint256.slice(0, 11)}…
      </Td>
    </>
  );
}

/** A chain is worth as much as its weakest part. */
function soonestEnd(certificates: CertificateFactsView[]): string {
  return certificates.map(({ validTo }) => validTo).sort()[0] ?? '';
}
