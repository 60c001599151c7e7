import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { RouteBody } from '../../shared/api.ts';
import type { KeyPairView } from '../../shared/api/certificates.ts';
import { asApiError, call } from '../api.ts';
import { FormError } from '../shell/form-error.tsx';
import { queryClient } from '../shell/query-client.ts';
import { Button } from '../ui/button.tsx';
import { CopyField } from '../ui/copy-field.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { RadioGroup } from '../ui/radio-group.tsx';
import { TextInput } from '../ui/text-input.tsx';
import { CertificateFacts } from './certificate-facts.tsx';
import { NameField } from './name-field.tsx';
import { base64Of } from './pem.ts';
import { FileButton, PemInput } from './pem-input.tsx';

type Material = RouteBody<'createKeyPair'>['material'];
type Kind = Material['kind'];

const kinds: Record<Kind, string> = { pkcs12: 'PKCS #12 file (.p12, .pfx)', pem: 'PEM' };

export interface KeyPairDialogProps {
  isOpen: boolean;
  onClose: () => void;
  /** The artifact to change; without it a new one is created. */
  existing?: KeyPairView | undefined;
  onDeployed: (keyPair: KeyPairView) => void;
}

/** Deploys a certificate with its private key, or changes those under a name. The key can be handed in, never read back. */
export function KeyPairDialog({ isOpen, onClose, existing, onDeployed }: KeyPairDialogProps) {
  const [isBusy, setIsBusy] = useState(false);
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      title={existing ? `Key pair ${existing.name}` : 'New key pair'}
      description="Opens mails that are encrypted for it, in every mail channel, and signs in at SFTP servers. The private key stays here, encrypted."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form="key-pair" variant="primary" isBusy={isBusy}>
            {existing ? 'Save and deploy' : 'Deploy'}
          </Button>
        </>
      }
    >
      <KeyPairForm
        existing={existing}
        onBusy={setIsBusy}
        onDeployed={(keyPair) => {
          onDeployed(keyPair);
          onClose();
        }}
      />
    </Dialog>
  );
}

function KeyPairForm({
  existing,
  onBusy,
  onDeployed,
}: Pick<KeyPairDialogProps, 'existing' | 'onDeployed'> & { onBusy: (isBusy: boolean) => void }) {
  const [name, setName] = useState('');
  const [description, setDescription] = useState(existing?.description ?? '');
  const [kind, setKind] = useState<Kind>('pkcs12');
  const [file, setFile] = useState<{ name: string; base64: string }>();
  const [certificate, setCertificate] = useState('');
  const [privateKey, setPrivateKey] = useState('');
  const [passphrase, setPassphrase] = useState('');

  const material = (): Material | undefined => {
    if (kind === 'pkcs12') return file && { kind, file: file.base64, passphrase };
    return certificate.trim() || privateKey.trim() ? { kind, certificate, privateKey, passphrase } : undefined;
  };
  const deploy = useMutation({
    mutationFn: async () => {
      const given = material();
      if (existing)
        return call('saveKeyPair', { params: { name: existing.name }, body: { description, ...(given && { material: given }) } });
      return call('createKeyPair', {
        body: { name: name.trim(), description, material: given ?? { kind: 'pkcs12', file: '', passphrase } },
      });
    },
    meta: { isShown: true },
    onMutate: () => onBusy(true),
    onSettled: () => onBusy(false),
    onSuccess: async (keyPair) => {
      await queryClient.invalidateQueries({ queryKey: ['listKeyPairs'] });
      onDeployed(keyPair);
    },
  });
  const problemOf = (path: string) => (deploy.error ? asApiError(deploy.error).problemOf(path) : undefined);

  return (
    <form
      id="key-pair"
      autoComplete="off"
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        event.stopPropagation();
        if (!deploy.isPending) deploy.mutate();
      }}
    >
      {existing ? (
        <>
          <CertificateFacts certificates={existing.certificates} />
          {existing.sshPublicKey !== '' && (
            <Field label="Public key for SSH servers" help="Whoever runs the server enters it for the user that signs in.">
              {(ids) => <CopyField ids={ids} value={existing.sshPublicKey} />}
            </Field>
          )}
        </>
      ) : (
        <NameField name={name} onChange={setName} problem={problemOf('name')} />
      )}
      <Field label={existing ? 'Replace with' : 'From'} help={existing ? 'Choose nothing to keep the present key.' : undefined}>
        {(ids, labelId) => (
          <RadioGroup
            aria-labelledby={labelId}
            aria-describedby={ids['aria-describedby']}
            value={kind}
            options={kinds}
            onChange={setKind}
          />
        )}
      </Field>
      {kind === 'pkcs12' ? (
        <Field
          label="File"
          isRequired={!existing}
          error={problemOf('material.file') === undefined ? undefined : 'Choose the file that holds certificate and private key.'}
        >
          {(ids) => (
            <div className="flex items-center gap-3">
              <FileButton
                ids={ids}
                label="Choose a file…"
                accept=".p12,.pfx"
                onBytes={(bytes, fileName) => setFile({ name: fileName, base64: base64Of(bytes) })}
              />
              <span className={file ? 'min-w-0 truncate' : 'text-ink-faint'}>{file?.name ?? 'none chosen'}</span>
            </div>
          )}
        </Field>
      ) : (
        <>
          <Field
            label="Certificate"
            help="With those above it, where there are some."
            error={problemOf('material.certificate')}
            isRequired={!existing}
          >
            {(ids) => (
              <PemInput
                ids={ids}
                value={certificate}
                onChange={setCertificate}
                isRequired={!existing}
                placeholder={'-----BEGIN CERTIFICATE-----\n…'}
              />
            )}
          </Field>
          <Field label="Private key" help="It can’t be read back later." error={problemOf('material.privateKey')} isRequired={!existing}>
            {(ids) => (
              <PemInput
                ids={ids}
                value={privateKey}
                onChange={setPrivateKey}
                isRequired={!existing}
                placeholder={'-----BEGIN PRIVATE KEY-----\n…'}
              />
            )}
          </Field>
        </>
      )}
      <Field
        label="Passphrase"
        help="That of the file or the private key, where it is encrypted. It is not kept."
        error={problemOf('material.passphrase')}
      >
        {(ids) => (
          <TextInput {...ids} type="password" maxLength={1_000} autoComplete="new-password" value={passphrase} onChange={setPassphrase} />
        )}
      </Field>
      <Field label="Description" error={problemOf('description')}>
        {(ids) => <TextInput {...ids} maxLength={2_000} value={description} onChange={setDescription} />}
      </Field>
      <FormError error={deploy.error} />
    </form>
  );
}
