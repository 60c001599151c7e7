import { useMutation } from '@tanstack/react-query';
import type { RouteName } from '../../shared/api.ts';
import type { ArtifactUseView } from '../../shared/api/artifacts.ts';
import { call } from '../api.ts';
import { FormError } from '../shell/form-error.tsx';
import { queryClient } from '../shell/query-client.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { toast } from '../ui/toast.tsx';
import { usersOf } from './uses.tsx';

const lists = {
  deleteCredential: 'listCredentials',
  deleteOAuth2Credential: 'listOAuth2Credentials',
  deleteOAuth2Client: 'listOAuth2Clients',
  deleteSecureParameter: 'listSecureParameters',
  deleteCertificate: 'listCertificates',
  deleteKnownHosts: 'listKnownHosts',
  deleteKeyPair: 'listKeyPairs',
} as const satisfies Partial<Record<RouteName, RouteName>>;

export type DeleteRoute = keyof typeof lists;

/** Asks before an artifact is deleted, since nobody can bring its secret back. */
export function DeleteArtifactDialog({
  route,
  artifact,
  consequence,
  onClose,
}: {
  route: DeleteRoute;
  artifact: { name: string; usedBy: ArtifactUseView[] } | undefined;
  /** What is lost, one sentence; shown where no flow uses it. */
  consequence: string;
  onClose: () => void;
}) {
  const remove = useMutation({
    mutationFn: async (name: string) => call(route, { params: { name } }),
    meta: { isShown: true },
    onSuccess: async (_, name) => {
      await queryClient.invalidateQueries({ queryKey: [lists[route]] });
      toast({ text: `Deleted '${name}'.` });
      onClose();
    },
  });
  const close = () => {
    remove.reset();
    onClose();
  };
  const usedBy = artifact?.usedBy ?? [];
  return (
    <Dialog
      isOpen={artifact !== undefined}
      onClose={close}
      title={artifact ? `Delete '${artifact.name}'?` : ''}
      size="sm"
      footer={
        <>
          <Button onClick={close}>Keep</Button>
          <Button variant="danger" isBusy={remove.isPending} onClick={() => artifact && remove.mutate(artifact.name)}>
            Delete
          </Button>
        </>
      }
    >
      <p className="text-ink-soft mb-3">
        {usedBy.length > 0 ? `It is used by ${usersOf(usedBy)}. It can be deleted only when no deployed flow uses it.` : consequence}
      </p>
      <FormError error={remove.error} />
    </Dialog>
  );
}
