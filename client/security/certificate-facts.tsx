import type { CertificateFactsView } from '../../shared/api/certificates.ts';
import { ExpiryText } from './expiry-text.tsx';

/** What each certificate of an artifact says, as it is read before it is trusted. */
export function CertificateFacts({ certificates }: { certificates: CertificateFactsView[] }) {
  return (
    <ol className="flex flex-col gap-2" aria-label="Certificates">
      {certificates.map((certificate) => (
        <li key={certificate.fingerprint256} className="border-line bg-canvas rounded-md border px-3 py-2 text-xs">
          <p className="text-sm font-medium break-words">{certificate.subject || 'Without a subject'}</p>
          <dl className="text-ink-soft mt-1 grid grid-cols-[max-content_minmax(0,1fr)] gap-x-3 gap-y-0.5 [&_dd]:break-words">
            <dt>Issued by</dt>
            <dd>{certificate.isSelfSigned ? 'itself' : certificate.issuer}</dd>
            {certificate.names.length > 0 && (
              <>
                <dt>For</dt>
                <dd>{certificate.names.join(', ')}</dd>
              </>
            )}
            <dt>Valid</dt>
            <dd>
              <ExpiryText until={certificate.validTo} />
            </dd>
            <dt>Key</dt>
            <dd>
              {certificate.key}
              {certificate.isAuthority && ', may issue others'}
            </dd>
            <dt>SHA-256</dt>
            <dd className="font-mono">{certificate.fingerprint256}</dd>
          </dl>
        </li>
      ))}
    </ol>
  );
}

/** `mail.example.com` of `CN=mail.example.com, O=Example`; the whole where there is no common name. */
export function commonName(subject: string): string {
  return /(?:^|, )CN=([^,]+)/.exec(subject)?.[1] ?? (subject || 'without a subject');
}
