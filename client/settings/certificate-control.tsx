import { BadgeCheck, ChevronsUpDown } from 'lucide-react';
import { useState } from 'react';
import { CertificateDialog } from '../security/certificate-dialog.tsx';
import { commonName } from '../security/certificate-facts.tsx';
import { ExpiryText } from '../security/expiry-text.tsx';
import { useArtifacts } from '../security/use-artifacts.ts';
import { Button } from '../ui/button.tsx';
import { IconButton } from '../ui/icon-button.tsx';
import { Menu } from '../ui/menu.tsx';
import { TextInput } from '../ui/text-input.tsx';
import type { ControlProps } from './field-control.tsx';
import { placeholderOf, textOf } from './values.ts';

/** A trusted certificate: typed or picked from the deployed ones, deployed in place; empty for the authorities this machine knows. */
export function CertificateControl({ field, typed, view, ids, onChange }: ControlProps) {
  const [isDialogOpen, setIsDialogOpen] = useState(false);
  const { certificates } = useArtifacts();
  const name = textOf(typed);
  const chosen = certificates.find((certificate) => certificate.name === name);
  const [first] = chosen?.certificates ?? [];
  return (
    <div className="flex flex-col gap-2">
      <div className="flex gap-1">
        <TextInput
          {...ids}
          value={name}
          onChange={(text) => onChange(text === '' ? undefined : text)}
          placeholder={placeholderOf(field, view)}
          autoComplete="off"
          spellCheck={false}
        />
        {certificates.length > 0 && (
          <Menu
            trigger={<IconButton label="Deployed certificates" icon={<ChevronsUpDown size={14} aria-hidden />} />}
            items={[
              { label: 'None: authorities known to this machine', onSelect: () => onChange(undefined) },
              ...certificates.map((certificate, index) => ({
                label: certificate.name,
                hint: commonName(certificate.certificates[0]?.subject ?? ''),
                startsGroup: index === 0,
                onSelect: () => onChange(certificate.name),
              })),
            ]}
          />
        )}
      </div>
      {first && (
        <p className="text-ink-soft text-xs break-words">
          {commonName(first.subject)} · <ExpiryText until={first.validTo} />
        </p>
      )}
      <Button size="sm" className="self-start" icon={<BadgeCheck size={13} aria-hidden />} onClick={() => setIsDialogOpen(true)}>
        Deploy certificate…
      </Button>
      <CertificateDialog
        isOpen={isDialogOpen}
        onClose={() => setIsDialogOpen(false)}
        initial={name !== '' && !chosen ? { name } : {}}
        onDeployed={(certificate) => onChange(certificate.name)}
      />
    </div>
  );
}
