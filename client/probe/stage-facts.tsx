import type { ProbeStage } from '../../shared/probe.ts';
import { CertificateChain } from './certificate-chain.tsx';

/** What stands below a stage for those who want to know exactly: certificates and abilities. */
export function StageFacts({ stage: { facts } }: { stage: ProbeStage }) {
  if (!facts) return null;
  const { certificates = [], capabilities = [] } = facts;
  return (
    <>
      {certificates.length > 0 && (
        <div className="mt-1.5">
          <CertificateChain certificates={certificates} />
        </div>
      )}
      {capabilities.length > 0 && (
        <ul aria-label="Capabilities" className="mt-1 flex flex-wrap gap-1">
          {capabilities.map((name) => (
            <li key={name} className="bg-sunken text-ink-soft max-w-full truncate rounded-sm px-1 font-mono text-[11px] leading-4">
              {name}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
