import { useMutation } from '@tanstack/react-query';
import { Plus, Terminal } from 'lucide-react';
import { useState } from 'react';
import type { TokenView } from '../../shared/api/access.ts';
import { roleTable } from '../../shared/roles.ts';
import { call, useRoute } from '../api.ts';
import { useMay } from '../may.ts';
import { ExpiryText } from '../security/expiry-text.tsx';
import { Loaded } from '../shell/loaded.tsx';
import { Page, Panel } from '../shell/page.tsx';
import { queryClient } from '../shell/query-client.ts';
import { Table, Td, Th } from '../shell/table.tsx';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { TimeText } from '../ui/time-text.tsx';
import { toast } from '../ui/toast.tsx';
import { CreateTokenDialog } from './create-token-dialog.tsx';

/** Tokens for programs that use the API. */
export function TokensPage() {
  const tokens = useRoute('listTokens', {});
  const seesAll = useMay('administer');
  const [isCreating, setIsCreating] = useState(false);
  const [revoking, setRevoking] = useState<TokenView>();
  const create = (
    <Button variant="primary" icon={<Plus size={16} aria-hidden />} onClick={() => setIsCreating(true)}>
      New API token
    </Button>
  );
  return (
    <Page
      title="API tokens"
      intro={
        <>
          For programs: a token does over the API what its role allows, with{' '}
          <code className="font-mono text-xs">Authorization: Bearer</code>. It never may more than the person it belongs to.
        </>
      }
      actions={tokens.data && tokens.data.items.length > 0 && create}
    >
      <Loaded query={tokens}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState
              icon={<Terminal size={24} aria-hidden />}
              title="No API token yet."
              text="Create one to use Mailroom from a script or a pipeline."
              action={create}
            />
          ) : (
            <Panel>
              <Table
                label="API tokens"
                head={
                  <>
                    <Th className="w-full">Name</Th>
                    {seesAll && <Th>Owner</Th>}
                    <Th>Role</Th>
                    <Th>Begins with</Th>
                    <Th>Created</Th>
                    <Th>Last used</Th>
                    <Th>Ends</Th>
                    <Th>
                      <span className="sr-only">Actions</span>
                    </Th>
                  </>
                }
              >
                {items.map((token) => (
                  <tr key={token.id}>
                    <Td className="font-medium">{token.name}</Td>
                    {seesAll && (
                      <Td className="max-w-40 truncate">{token.owner?.name ?? <span className="text-ink-faint">the server</span>}</Td>
                    )}
                    <Td>{roleTable[token.role].title}</Td>
                    <Td className="text-ink-soft font-mono text-xs">{token.start}…</Td>
                    <Td className="text-ink-soft">
                      <TimeText at={token.createdAt} />
                    </Td>
                    <Td className="text-ink-soft">{token.lastUsedAt ? <TimeText at={token.lastUsedAt} /> : 'never'}</Td>
                    <Td className="text-ink-soft whitespace-nowrap">
                      {token.isExpired ? (
                        <Badge tone="warn">has run out</Badge>
                      ) : token.expiresAt ? (
                        <ExpiryText until={token.expiresAt} />
                      ) : (
                        'never'
                      )}
                    </Td>
                    <Td className="text-right">
                      <Button size="sm" variant="danger" aria-label={`Revoke ${token.name}`} onClick={() => setRevoking(token)}>
                        Revoke…
                      </Button>
                    </Td>
                  </tr>
                ))}
              </Table>
            </Panel>
          )
        }
      </Loaded>
      <CreateTokenDialog isOpen={isCreating} onClose={() => setIsCreating(false)} />
      <RevokeDialog token={revoking} onClose={() => setRevoking(undefined)} />
    </Page>
  );
}

function RevokeDialog({ token, onClose }: { token: TokenView | undefined; onClose: () => void }) {
  const revoke = useMutation({
    mutationFn: async (id: string) => call('deleteToken', { params: { id } }),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ['listTokens'] });
      toast({ text: 'The token was revoked.' });
      onClose();
    },
  });
  return (
    <Dialog
      isOpen={token !== undefined}
      onClose={onClose}
      title={token ? `Revoke '${token.name}'?` : ''}
      size="sm"
      footer={
        <>
          <Button onClick={onClose}>Keep</Button>
          <Button variant="danger" isBusy={revoke.isPending} onClick={() => token && revoke.mutate(token.id)}>
            Revoke
          </Button>
        </>
      }
    >
      <p className="text-ink-soft">Programs that use it are refused from now on.</p>
    </Dialog>
  );
}
