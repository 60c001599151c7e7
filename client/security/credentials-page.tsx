import { useMutation } from '@tanstack/react-query';
import { KeyRound, PenLine, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { CredentialView } from '../../shared/api.ts';
import { call, useRoute } from '../api.ts';
import { FormError } from '../shell/form-error.tsx';
import { Loaded } from '../shell/loaded.tsx';
import { Page, Panel } from '../shell/page.tsx';
import { queryClient } from '../shell/query-client.ts';
import { Table, Td, Th } from '../shell/table.tsx';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { IconButton } from '../ui/icon-button.tsx';
import { TimeText } from '../ui/time-text.tsx';
import { toast } from '../ui/toast.tsx';
import { CredentialDialog } from './credential-dialog.tsx';

/** The User Credentials artifacts: which flows use them and where they may be sent. */
export function CredentialsPage() {
  const credentials = useRoute('listCredentials', {});
  const [isCreating, setIsCreating] = useState(false);
  const [editing, setEditing] = useState<CredentialView>();
  const [deleting, setDeleting] = useState<CredentialView>();
  const create = (
    <Button variant="primary" icon={<Plus size={16} aria-hidden />} onClick={() => setIsCreating(true)}>
      New User Credentials
    </Button>
  );
  const announce = ({ name }: CredentialView) => toast({ text: `'${name}' is deployed.`, tone: 'good' });
  return (
    <Page
      title="User Credentials"
      intro="User and password, deployed on their own. Flows hold only the name."
      actions={credentials.data && credentials.data.items.length > 0 && create}
    >
      <Loaded query={credentials}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState
              icon={<KeyRound size={24} aria-hidden />}
              title="No User Credentials yet."
              text="A mail channel needs one to sign in. You can also create it while you fill in the channel."
              action={create}
            />
          ) : (
            <Panel>
              <Table
                label="User Credentials"
                head={
                  <>
                    <Th>Name</Th>
                    <Th>User</Th>
                    <Th>Allowed hosts</Th>
                    <Th>Used by</Th>
                    <Th className="max-md:hidden">Deployed</Th>
                    <Th>
                      <span className="sr-only">Actions</span>
                    </Th>
                  </>
                }
              >
                {items.map((credential) => (
                  <tr key={credential.name}>
                    <Td className="max-w-60">
                      <span className="block truncate font-medium">{credential.name}</span>
                      {credential.description && <span className="text-ink-faint block truncate text-xs">{credential.description}</span>}
                    </Td>
                    <Td className="text-ink-soft max-w-48 truncate">{credential.user}</Td>
                    <Td className="text-ink-soft max-w-56 truncate font-mono text-xs" title={credential.allowedHosts.join('\n')}>
                      {credential.allowedHosts.join(', ') || <span className="text-warn font-sans">none: can’t be sent anywhere</span>}
                    </Td>
                    <Td className="max-w-56 truncate" title={credential.usedBy.join('\n')}>
                      {credential.usedBy.join(', ') || <span className="text-ink-faint">no flow</span>}
                    </Td>
                    <Td className="text-ink-soft max-md:hidden">
                      <TimeText at={credential.deployedAt} />
                    </Td>
                    <Td className="w-px whitespace-nowrap">
                      <IconButton
                        label={`Edit ${credential.name}`}
                        size="sm"
                        icon={<PenLine size={14} aria-hidden />}
                        onClick={() => setEditing(credential)}
                      />
                      <IconButton
                        label={`Delete ${credential.name}`}
                        size="sm"
                        icon={<Trash2 size={14} aria-hidden />}
                        onClick={() => setDeleting(credential)}
                      />
                    </Td>
                  </tr>
                ))}
              </Table>
            </Panel>
          )
        }
      </Loaded>
      <CredentialDialog isOpen={isCreating} onClose={() => setIsCreating(false)} onDeployed={announce} />
      <CredentialDialog isOpen={editing !== undefined} onClose={() => setEditing(undefined)} existing={editing} onDeployed={announce} />
      <DeleteCredentialDialog credential={deleting} onClose={() => setDeleting(undefined)} />
    </Page>
  );
}

function DeleteCredentialDialog({ credential, onClose }: { credential: CredentialView | undefined; onClose: () => void }) {
  const remove = useMutation({
    mutationFn: async (name: string) => call('deleteCredential', { params: { name } }),
    meta: { isShown: true },
    onSuccess: async (_, name) => {
      await queryClient.invalidateQueries({ queryKey: ['listCredentials'] });
      toast({ text: `Deleted '${name}'.` });
      onClose();
    },
  });
  const close = () => {
    remove.reset();
    onClose();
  };
  return (
    <Dialog
      isOpen={credential !== undefined}
      onClose={close}
      title={credential ? `Delete '${credential.name}'?` : ''}
      size="sm"
      footer={
        <>
          <Button onClick={close}>Keep</Button>
          <Button variant="danger" isBusy={remove.isPending} onClick={() => credential && remove.mutate(credential.name)}>
            Delete
          </Button>
        </>
      }
    >
      <p className="text-ink-soft mb-3">
        {credential && credential.usedBy.length > 0
          ? `It is used by ${credential.usedBy.join(', ')}. It can be deleted only when no deployed flow uses it.`
          : 'The password can’t be brought back.'}
      </p>
      <FormError error={remove.error} />
    </Dialog>
  );
}
