import { Download } from 'lucide-react';
import { daysUntil, expiresSoonDays, type CertificateFacts } from '../../shared/certificate.ts';
import { Button } from '../ui/button.tsx';
import { classNames } from '../ui/class-names.ts';

/** The certificates that a server showed, its own first: what people compare before they trust one. */
export function CertificateChain({ certificates }: { certificates: CertificateFacts[] }) {
  return (
    <ol aria-label="Certificates of the server" className="flex flex-col gap-2">
      {certificates.map((certificate, place) => (
        <li key={certificate.fingerprint256} className="border-line bg-surface rounded-md border p-2.5 text-xs">
          <div className="flex items-start gap-2">
            <div className="min-w-0 flex-1">
              <p className="text-ink-faint">{roleOf(certificate, place)}</p>
              <p className="font-medium break-words">{nameIn(certificate.subject)}</p>
            </div>
            <Button
              size="sm"
              variant="ghost"
              icon={<Download size={13} aria-hidden />}
              aria-label={`Download the certificate ${nameIn(certificate.subject)}`}
              onClick={() => download(certificate)}
            >
              PEM
            </Button>
          </div>
          <dl className="mt-1.5 grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 gap-y-1">
            <Fact label="Subject">{certificate.subject}</Fact>
            <Fact label="Issuer">{certificate.isSelfSigned ? 'Itself' : certificate.issuer}</Fact>
            {certificate.names.length > 0 && <Fact label="Names">{certificate.names.join(', ')}</Fact>}
            <Fact label="Valid">
              <Validity certificate={certificate} />
            </Fact>
            <Fact label="SHA-256">
              <span className="font-mono break-all">{certificate.fingerprint256}</span>
            </Fact>
          </dl>
        </li>
      ))}
    </ol>
  );
}

function Fact({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <>
      <dt className="text-ink-faint">{label}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </>
  );
}

function Validity({ certificate: { validFrom, validTo } }: { certificate: CertificateFacts }) {
  const day = (iso: string) => new Date(iso).toLocaleDateString(undefined, { dateStyle: 'medium' });
  const days = daysUntil(new Date(validTo));
  const left = days < 0 ? 'expired' : `${days} ${days === 1 ? 'day' : 'days'} left`;
  const tone = days < 0 ? 'text-bad' : days < expiresSoonDays ? 'text-warn' : 'text-ink-soft';
  return (
    <>
      {day(validFrom)} to {day(validTo)}, <span className={classNames('whitespace-nowrap', tone)}>{left}</span>
    </>
  );
}

function roleOf({ isSelfSigned }: CertificateFacts, place: number): string {
  if (place === 0) return isSelfSigned ? 'Of the server, signed by itself' : 'Of the server';
  return isSelfSigned ? 'Authority' : 'Intermediate authority';
}

/** What people call it: the common name, else the whole line. */
function nameIn(distinguishedName: string): string {
  return /(?:^|, )CN=([^,]*)/.exec(distinguishedName)?.[1] ?? distinguishedName;
}

function download({ pem, subject }: CertificateFacts): void {
  const url = URL.createObjectURL(new Blob([pem], { type: 'application/x-pem-file' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `${nameIn(subject).replaceAll(/[^\w.-]+/g, '-') || 'certificate'}.pem`;
  link.click();
  URL.revokeObjectURL(url);
}
