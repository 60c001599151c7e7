import { Fingerprint } from 'lucide-react';
import { useState } from 'react';
import { useMay } from '../may.ts';
import { KnownHostsDialog } from '../security/known-hosts-dialog.tsx';
import { useArtifacts } from '../security/use-artifacts.ts';
import { Button } from '../ui/button.tsx';
import { ArtifactPick } from './artifact-pick.tsx';
import type { ControlProps } from './field-control.tsx';
import { textOf } from './values.ts';

/** A Known Hosts artifact: typed, picked, or made in place from what the server at Address shows. */
export function KnownHostsControl({ typed, view, ids, onChange }: ControlProps) {
  const [isOpen, setIsOpen] = useState(false);
  const { knownHosts } = useArtifacts();
  const mayAdd = useMay('material-add');
  const mayChange = useMay('material');
  const name = textOf(typed);
  const chosen = knownHosts.find((one) => one.name === name);
  return (
    <div className="flex flex-col gap-2">
      <ArtifactPick
        typed={typed}
        ids={ids}
        onChange={onChange}
        label="Deployed Known Hosts"
        deployed={knownHosts.map((one) => ({ name: one.name }))}
      />
      <Button
        size="sm"
        className="self-start"
        icon={<Fingerprint size={13} aria-hidden />}
        disabled={!(chosen ? mayChange : mayAdd)}
        onClick={() => setIsOpen(true)}
      >
        {chosen ? 'Change and deploy…' : 'Create and deploy…'}
      </Button>
      <KnownHostsDialog
        isOpen={isOpen}
        onClose={() => setIsOpen(false)}
        existing={chosen}
        initial={{ ...(name !== '' && !chosen ? { name } : {}), host: textOf(view['address']) }}
        onDeployed={(artifact) => onChange(artifact.name)}
      />
    </div>
  );
}
