import { useState } from 'react';
import type { CertificateView } from '../../shared/api/certificates.ts';
import { call } from '../api.ts';
import { Field } from '../ui/field.tsx';
import { ArtifactDialog, ArtifactForm, useDeployed, type ArtifactDialogProps, type ArtifactFormProps } from './artifact-dialog.tsx';
import { DescriptionField } from './artifact-fields.tsx';
import { CertificateFacts } from './certificate-facts.tsx';
import { NameField } from './name-field.tsx';
import { PemInput } from './pem-input.tsx';
import { MaterialTest } from './material-test.tsx';

/** Deploys certificates that are trusted, or changes those under a name. */
export function CertificateDialog(props: ArtifactDialogProps<CertificateView>) {
  return (
    <ArtifactDialog
      {...props}
      title="Trusted certificate"
      newTitle="Trust a certificate"
      deployText="Trust and deploy"
      about="Compare its fingerprint with what the owner of the server says: whoever has its key is believed."
      form={CertificateForm}
    />
  );
}

function CertificateForm({ id, initial, existing, ...given }: ArtifactFormProps<CertificateView>) {
  const [name, setName] = useState(initial?.name ?? '');
  const [description, setDescription] = useState(existing?.description ?? '');
  const [pem, setPem] = useState('');
  const { deploy, problemOf } = useDeployed(given, {
    list: 'listCertificates',
    save: async () =>
      existing
        ? call('saveCertificate', { params: { name: existing.name }, body: { description, ...(pem.trim() && { pem }) } })
        : call('createCertificate', { body: { name: name.trim(), description, pem } }),
  });
  return (
    <ArtifactForm id={id} deploy={deploy}>
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
      <DescriptionField
        value={description}
        onChange={setDescription}
        problem={problemOf('description')}
        placeholder="Where it comes from, and who confirmed it"
      />
      {existing && <MaterialTest kind="certificate" name={existing.name} value={pem.trim() === '' ? {} : { pem }} />}
    </ArtifactForm>
  );
}
