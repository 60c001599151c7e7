import { useMutation, type UseMutationResult } from '@tanstack/react-query';
import { useId, useState, type ReactNode } from 'react';
import type { RouteName } from '../../shared/api.ts';
import type { ArtifactUseView } from '../../shared/api/artifacts.ts';
import { asApiError } from '../api.ts';
import { FormError } from '../shell/form-error.tsx';
import { queryClient } from '../shell/query-client.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { usersOf } from './uses.tsx';

/** The dialog in which an artifact is created or changed, and deployed: all but its fields. */

interface Artifact {
  name: string;
  usedBy: ArtifactUseView[];
}

export interface ArtifactDialogProps<A extends Artifact> {
  isOpen: boolean;
  onClose: () => void;
  /** What is known already when a new artifact is created from a form. */
  initial?: { name?: string; host?: string; user?: string };
  /** The artifact to change; without it a new one is created. */
  existing?: A | undefined;
  /** Called with the artifact once it is deployed, before the dialog closes. */
  onDeployed: (artifact: A) => void;
}

/** What a form in the dialog is given; it lives as long as the dialog is open. */
export interface ArtifactFormProps<A extends Artifact> extends Pick<ArtifactDialogProps<A>, 'initial' | 'existing' | 'onDeployed'> {
  id: string;
  onBusy: (isBusy: boolean) => void;
}

export function ArtifactDialog<A extends Artifact>({
  isOpen,
  onClose,
  initial,
  existing,
  onDeployed,
  title,
  newTitle = `New ${title}`,
  deployText = 'Deploy',
  about,
  form: Form,
}: ArtifactDialogProps<A> & {
  /** Of its kind. */
  title: string;
  newTitle?: string;
  /** Of the button that deploys a new one. */
  deployText?: string;
  /** Of a new one. */
  about: string;
  form: (props: ArtifactFormProps<A>) => ReactNode;
}) {
  const id = useId();
  const [isBusy, setIsBusy] = useState(false);
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      title={existing ? `${title} ${existing.name}` : newTitle}
      description={
        existing && existing.usedBy.length > 0
          ? `Used by ${usersOf(existing.usedBy)}. A change takes effect at the next connection, without a new deployment.`
          : about
      }
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form={id} variant="primary" isBusy={isBusy}>
            {existing ? 'Save and deploy' : deployText}
          </Button>
        </>
      }
    >
      <Form
        id={id}
        initial={initial ?? {}}
        existing={existing}
        onBusy={setIsBusy}
        onDeployed={(artifact) => {
          onDeployed(artifact);
          onClose();
        }}
      />
    </Dialog>
  );
}

/** @returns `problemOf` says what the server has against a field */
export function useDeployed<A extends Artifact>(
  { onBusy, onDeployed }: Pick<ArtifactFormProps<A>, 'onBusy' | 'onDeployed'>,
  { list, save }: { list: RouteName; save: () => Promise<A> },
) {
  const deploy = useMutation({
    mutationFn: save,
    meta: { isShown: true },
    onMutate: () => onBusy(true),
    onSettled: () => onBusy(false),
    onSuccess: async (artifact) => {
      await queryClient.invalidateQueries({ queryKey: [list] });
      onDeployed(artifact);
    },
  });
  return { deploy, problemOf: (path: string) => (deploy.error ? asApiError(deploy.error).problemOf(path) : undefined) };
}

export function ArtifactForm<A>({
  id,
  deploy,
  children,
}: {
  id: string;
  deploy: UseMutationResult<A, Error, void, void>;
  children: ReactNode;
}) {
  return (
    <form
      id={id}
      autoComplete="off"
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        // The dialog is a portal, but React lets its events bubble into the form of the flow it was opened from.
        event.stopPropagation();
        if (!deploy.isPending) deploy.mutate();
      }}
    >
      {children}
      <FormError error={deploy.error} />
    </form>
  );
}
