import { useState } from 'react';
import type { RouteBody } from '../../shared/api.ts';
import type { KeyPairView } from '../../shared/api/certificates.ts';
import { call } from '../api.ts';
import { CopyField } from '../ui/copy-field.tsx';
import { Field } from '../ui/field.tsx';
import { RadioGroup } from '../ui/radio-group.tsx';
import { TextInput } from '../ui/text-input.tsx';
import { ArtifactDialog, ArtifactForm, useDeployed, type ArtifactDialogProps, type ArtifactFormProps } from './artifact-dialog.tsx';
import { DescriptionField } from './artifact-fields.tsx';
import { CertificateFacts } from './certificate-facts.tsx';
import { NameField } from './name-field.tsx';
import { base64Of } from './pem.ts';
import { FileButton, PemInput } from './pem-input.tsx';

type Material = RouteBody<'createKeyPair'>['material'];
type Kind = Material['kind'];

const kinds: Record<Kind, string> = { pkcs12: 'PKCS #12 file (.p12, .pfx)', pem: 'PEM' };

/** Deploys a certificate with its private key, or changes those under a name. The key can be handed in, never read back. */
export function KeyPairDialog(props: ArtifactDialogProps<KeyPairView>) {
  return (
    <ArtifactDialog
      {...props}
      title="Key pair"
      newTitle="New key pair"
      about="Opens mails that are encrypted for it, in every mail channel, and signs in at SFTP servers. The private key stays here, encrypted."
      form={KeyPairForm}
    />
  );
}

function KeyPairForm({ id, existing, ...given }: ArtifactFormProps<KeyPairView>) {
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
  const { deploy, problemOf } = useDeployed(given, {
    list: 'listKeyPairs',
    save: async () => {
      const chosen = material();
      if (existing)
        return call('saveKeyPair', { params: { name: existing.name }, body: { description, ...(chosen && { material: chosen }) } });
      return call('createKeyPair', {
        body: { name: name.trim(), description, material: chosen ?? { kind: 'pkcs12', file: '', passphrase } },
      });
    },
  });
  return (
    <ArtifactForm id={id} deploy={deploy}>
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
      <DescriptionField value={description} onChange={setDescription} problem={problemOf('description')} />
    </ArtifactForm>
  );
}
