import { ChevronsUpDown, KeyRound, UserCheck } from 'lucide-react';
import { useState } from 'react';
import { isHostAllowed } from '../../shared/check-artifacts.ts';
import type { CredentialView } from '../../shared/api/credentials.ts';
import type { OAuth2CredentialView } from '../../shared/api/oauth2-credentials.ts';
import { authorize, openProviderTab } from '../security/authorize.ts';
import { CredentialDialog } from '../security/credential-dialog.tsx';
import { OAuth2Dialog } from '../security/oauth2-dialog.tsx';
import { useArtifacts } from '../security/use-artifacts.ts';
import { Button } from '../ui/button.tsx';
import { IconButton } from '../ui/icon-button.tsx';
import { Menu } from '../ui/menu.tsx';
import { TextInput } from '../ui/text-input.tsx';
import type { ControlProps } from './field-control.tsx';
import { proposedUser } from './proposed-users.ts';
import { textOf } from './values.ts';
import { usersOf } from '../security/uses.tsx';

/** An artifact of the kind that the field asks for: typed or picked from the deployed ones, created, changed or authorized in place. */
export function CredentialControl({ field, typed, view, ids, onChange }: ControlProps) {
  const [isDialogOpen, setIsDialogOpen] = useState(false);
  const { credentials, oauth2Credentials } = useArtifacts();
  const isOAuth2 = field.info.credential?.kind(view) === 'oauth2';
  const deployed: (CredentialView | OAuth2CredentialView)[] = isOAuth2 ? oauth2Credentials : credentials;
  const name = textOf(typed);
  const chosen = deployed.find((credential) => credential.name === name);
  const host = field.info.credential?.host(view);
  const user = proposedUser(host);
  // Chosen but not for this host: what helps is a change of the artifact, not a new one.
  const isToChange = chosen !== undefined && host !== undefined && !isHostAllowed(chosen.allowedHosts, host);
  const isUnauthorized = chosen !== undefined && 'state' in chosen && chosen.state !== 'Deployed';
  const dialog = {
    isOpen: isDialogOpen,
    onClose: () => setIsDialogOpen(false),
    initial: {
      ...(name !== '' && !chosen ? { name } : {}),
      ...(host === undefined ? {} : { host }),
      ...(user === undefined ? {} : { user }),
    },
    onDeployed: (credential: { name: string }) => onChange(credential.name),
  };

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
          {` · ${chosen.state}`}
          {chosen.usedBy.length > 0 && ` · used by ${usersOf(chosen.usedBy)}`}
        </p>
      )}
      <div className="flex flex-wrap gap-2">
        {isUnauthorized && (
          <Button
            size="sm"
            variant="primary"
            icon={<UserCheck size={13} aria-hidden />}
            onClick={() => void authorize(chosen.name, openProviderTab())}
          >
            Authorize
          </Button>
        )}
        <Button size="sm" icon={<KeyRound size={13} aria-hidden />} onClick={() => setIsDialogOpen(true)}>
          {isToChange ? 'Change and deploy…' : 'Create and deploy…'}
        </Button>
      </div>
      {isOAuth2 ? (
        <OAuth2Dialog {...dialog} existing={isToChange ? oauth2Credentials.find((credential) => credential.name === name) : undefined} />
      ) : (
        <CredentialDialog {...dialog} existing={isToChange ? credentials.find((credential) => credential.name === name) : undefined} />
      )}
    </div>
  );
}
