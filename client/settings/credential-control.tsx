import { ChevronsUpDown, KeyRound, UserCheck } from 'lucide-react';
import { useState } from 'react';
import { isHostAllowed } from '../../shared/check-artifacts.ts';
import type { CredentialView } from '../../shared/api/credentials.ts';
import type { SecureParameterView } from '../../shared/api/secure-parameters.ts';
import type { CredentialKind } from '../../shared/catalog/define.ts';
import { useMay } from '../may.ts';
import { ParameterDialog } from '../security/parameter-dialog.tsx';
import type { OAuth2ClientView } from '../../shared/api/oauth2-clients.ts';
import type { OAuth2CredentialView } from '../../shared/api/oauth2-credentials.ts';
import { authorize, openProviderTab } from '../security/authorize.ts';
import { CredentialDialog } from '../security/credential-dialog.tsx';
import { OAuth2ClientDialog } from '../security/oauth2-client-dialog.tsx';
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
  const { credentials, oauth2Credentials, oauth2Clients, secureParameters } = useArtifacts();
  const kind = field.info.credential?.kind(view) ?? 'user';
  const ofKind: Record<CredentialKind, (CredentialView | OAuth2CredentialView | OAuth2ClientView | SecureParameterView)[]> = {
    user: credentials,
    oauth2: oauth2Credentials,
    'oauth2-client': oauth2Clients,
    parameter: secureParameters,
  };
  const deployed = ofKind[kind];
  const mayChange = useMay('material');
  const mayAdd = useMay('material-add');
  const name = textOf(typed);
  const chosen = deployed.find((credential) => credential.name === name);
  const host = field.info.credential?.host(view);
  const user = proposedUser(host);
  // Chosen but not for this host: what helps is a change of the artifact, not a new one.
  const isToChange = chosen !== undefined && host !== undefined && !isHostAllowed(chosen.allowedHosts, host);
  const isUnauthorized = kind === 'oauth2' && chosen !== undefined && chosen.state !== 'Deployed';
  const isChanged = (artifact: { name: string }) => isToChange && artifact.name === name;
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
              ...('user' in credential ? { hint: credential.user } : {}),
              onSelect: () => onChange(credential.name),
            }))}
          />
        )}
      </div>
      {chosen && (
        <p className="text-ink-soft text-xs">
          {'user' in chosen && `User ${chosen.user} · `}
          {chosen.state}
          {chosen.usedBy.length > 0 && ` · used by ${usersOf(chosen.usedBy)}`}
        </p>
      )}
      <div className="flex flex-wrap gap-2">
        {isUnauthorized && (
          <Button
            size="sm"
            variant="primary"
            icon={<UserCheck size={13} aria-hidden />}
            disabled={!mayChange}
            onClick={() => void authorize(chosen.name, openProviderTab())}
          >
            Authorize
          </Button>
        )}
        <Button
          size="sm"
          icon={<KeyRound size={13} aria-hidden />}
          disabled={!(isToChange ? mayChange : mayAdd)}
          onClick={() => setIsDialogOpen(true)}
        >
          {isToChange ? 'Change and deploy…' : 'Create and deploy…'}
        </Button>
      </div>
      {kind === 'oauth2' && <OAuth2Dialog {...dialog} existing={oauth2Credentials.find(isChanged)} />}
      {kind === 'oauth2-client' && <OAuth2ClientDialog {...dialog} existing={oauth2Clients.find(isChanged)} />}
      {kind === 'parameter' && <ParameterDialog {...dialog} existing={secureParameters.find(isChanged)} />}
      {kind === 'user' && <CredentialDialog {...dialog} existing={credentials.find(isChanged)} />}
    </div>
  );
}
