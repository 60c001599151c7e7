import { FileKey } from 'lucide-react';
import { useState } from 'react';
import { useMay } from '../may.ts';
import { commonName } from '../security/certificate-facts.tsx';
import { KeyPairDialog } from '../security/key-pair-dialog.tsx';
import { useArtifacts } from '../security/use-artifacts.ts';
import { Button } from '../ui/button.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { ArtifactPick } from './artifact-pick.tsx';
import type { ControlProps } from './field-control.tsx';
import { textOf } from './values.ts';

/** A key pair that signs in: typed, picked, or deployed in place; with its public key for whoever runs the server. */
export function KeyPairControl({ typed, ids, onChange }: ControlProps) {
  const [isOpen, setIsOpen] = useState(false);
  const { keyPairs } = useArtifacts();
  const mayAdd = useMay('material-add');
  const chosen = keyPairs.find(({ name }) => name === textOf(typed));
  const deployed = keyPairs.map(({ name, certificates }) => ({ name, hint: commonName(certificates[0]?.subject ?? '') }));
  return (
    <div className="flex flex-col gap-2">
      <ArtifactPick typed={typed} ids={ids} onChange={onChange} label="Deployed key pairs" deployed={deployed} />
      <div className="flex flex-wrap gap-2">
        {chosen && chosen.sshPublicKey !== '' && <CopyButton text={chosen.sshPublicKey}>Copy public key</CopyButton>}
        <Button size="sm" icon={<FileKey size={13} aria-hidden />} disabled={!mayAdd} onClick={() => setIsOpen(true)}>
          Deploy key pair…
        </Button>
      </div>
      <KeyPairDialog isOpen={isOpen} onClose={() => setIsOpen(false)} onDeployed={({ name }) => onChange(name)} />
    </div>
  );
}
