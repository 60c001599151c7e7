import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { CertificateView } from '../../shared/api/certificates.ts';
import { asApiError, call } from '../api.ts';
import { FormError } from '../shell/form-error.tsx';
import { queryClient } from '../shell/query-client.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { TextInput } from '../ui/text-input.tsx';
import { CertificateFacts } from './certificate-facts.tsx';
import { NameField } from './name-field.tsx';
import { PemInput } from './pem-input.tsx';
import { usersOf } from './uses.tsx';
import { MaterialTest } from './material-test.tsx';

export interface CertificateDialogProps {
  isOpen: boolean;
  onClose: () => void;
  /** What is known already when it is deployed from a form. */
  initial?: { name?: string };
  /** The artifact to change; without it a new one is created. */
  existing?: CertificateView | undefined;
  /** Called with the artifact once it is deployed, before the dialog closes. */
  onDeployed: (certificate: CertificateView) => void;
}

/** Deploys certificates that are trusted, or changes those under a name. */
export function CertificateDialog({ isOpen, onClose, initial, existing, onDeployed }: CertificateDialogProps) {
  const [isBusy, setIsBusy] = useState(false);
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      title={existing ? `Trusted certificate ${existing.name}` : 'Trust a certificate'}
      description={
        existing && existing.usedBy.length > 0
          ? `Used by ${usersOf(existing.usedBy)}. A change takes effect at the next connection, without a new deployment.`
          : 'Compare its fingerprint with what the owner of the server says: whoever has its key is believed.'
      }
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form="certificate" variant="primary" isBusy={isBusy}>
            {existing ? 'Save and deploy' : 'Trust and deploy'}
          </Button>
        </>
      }
    >
      <CertificateForm
        initial={initial}
        existing={existing}
        onBusy={setIsBusy}
        onDeployed={(certificate) => {
          onDeployed(certificate);
          onClose();
        }}
      />
    </Dialog>
  );
}

function CertificateForm({
  initial,
  existing,
  onBusy,
  onDeployed,
}: Pick<CertificateDialogProps, 'initial' | 'existing' | 'onDeployed'> & { onBusy: (isBusy: boolean) => void }) {
  const [name, setName] = useState(initial?.name ?? '');
  const [description, setDescription] = useState(existing?.description ?? '');
  const [pem, setPem] = useState('');
  const deploy = useMutation({
    mutationFn: async () =>
      existing
        ? call('saveCertificate', { params: { name: existing.name }, body: { description, ...(pem.trim() && { pem }) } })
        : call('createCertificate', { body: { name: name.trim(), description, pem } }),
    meta: { isShown: true },
    onMutate: () => onBusy(true),
    onSettled: () => onBusy(false),
    onSuccess: async (certificate) => {
      await queryClient.invalidateQueries({ queryKey: ['listCertificates'] });
      onDeployed(certificate);
    },
  });
  const problemOf = (path: string) => (deploy.error ? asApiError(deploy.error).problemOf(path) : undefined);
  return (
    <form
      id="certificate"
      autoComplete="off"
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        // The dialog is a portal, but React lets its events bubble into the form of the flow it was opened from.
        event.stopPropagation();
        if (!deploy.isPending) deploy.mutate();
      }}
    >
      {existing ? (
        <CertificateFacts certificates={existing.certificates} />
      ) : (
        <NameField name={name} onChange={setName} problem={problemOf('name')} />
      )}
      <Field
        label={existing ? 'Replace with' : 'Certificate'}
        help={
          existing
            ? 'Leave empty to keep the present one.'
            : 'That of the server itself, or of the authority that issues for it. Where there are several, each is trusted.'
        }
        error={problemOf('pem')}
        isRequired={!existing}
      >
        {(ids) => (
          <PemInput ids={ids} value={pem} onChange={setPem} isRequired={!existing} placeholder={'-----BEGIN CERTIFICATE-----\n…'} />
        )}
      </Field>
      <Field label="Description" error={problemOf('description')}>
        {(ids) => (
          <TextInput
            {...ids}
            maxLength={2_000}
            value={description}
            onChange={setDescription}
            placeholder="Where it comes from, and who confirmed it"
          />
        )}
      </Field>
      {existing && <MaterialTest kind="certificate" name={existing.name} value={pem.trim() === '' ? {} : { pem }} />}
      <FormError error={deploy.error} />
    </form>
  );
}
