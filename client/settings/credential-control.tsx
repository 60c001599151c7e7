import { ChevronsUpDown, KeyRound } from 'lucide-react';
import { useState } from 'react';
import { isHostAllowed } from '../../shared/check-artifacts.ts';
import { useRoute } from '../api.ts';
import { CredentialDialog } from '../security/credential-dialog.tsx';
import { Button } from '../ui/button.tsx';
import { IconButton } from '../ui/icon-button.tsx';
import { Menu } from '../ui/menu.tsx';
import { TextInput } from '../ui/text-input.tsx';
import type { ControlProps } from './field-control.tsx';
import { proposedUser } from './proposed-users.ts';
import { textOf } from './values.ts';

/** A User Credentials artifact: typed or picked from the deployed ones, created or changed in place. */
export function CredentialControl({ field, typed, view, ids, onChange }: ControlProps) {
  const [isDialogOpen, setIsDialogOpen] = useState(false);
  const deployed = useRoute('listCredentials', {}).data?.items ?? [];
  const name = textOf(typed);
  const chosen = deployed.find((credential) => credential.name === name);
  const host = field.info.credential?.host(view);
  const user = proposedUser(host);
  // Chosen but not for this host: what helps is a change of the artifact, not a new one.
  const toChange = chosen && host !== undefined && !isHostAllowed(chosen.allowedHosts, host) ? chosen : undefined;

  return (
    <div className="flex flex-col gap-2">
      <div className="flex gap-1">
        <TextInput {...ids} value={name} onChange={onChange} placeholder="Choose or type a name" autoComplete="off" spellCheck={false} />
        {deployed.length > 0 && (
          <Menu
            trigger={<IconButton label="Deployed artifacts" icon={<ChevronsUpDown size={14} aria-hidden />} />}
            items={deployed.map((credential) => ({
              label: credential.name,
              hint: credential.user,
              onSelect: () => onChange(credential.name),
            }))}
          />
        )}
      </div>
      {chosen && (
        <p className="text-ink-soft text-xs">
          User {chosen.user}
          {chosen.usedBy.length > 0 && ` · used by ${chosen.usedBy.join(', ')}`}
        </p>
      )}
      <Button size="sm" className="self-start" icon={<KeyRound size={13} aria-hidden />} onClick={() => setIsDialogOpen(true)}>
        {toChange ? 'Change and deploy…' : 'Create and deploy…'}
      </Button>
      <CredentialDialog
        isOpen={isDialogOpen}
        onClose={() => setIsDialogOpen(false)}
        existing={toChange}
        initial={{
          ...(name !== '' && !chosen ? { name } : {}),
          ...(host === undefined ? {} : { host }),
          ...(user === undefined ? {} : { user }),
        }}
        onDeployed={(credential) => onChange(credential.name)}
      />
    </div>
  );
}
