import type { Protection } from '../../shared/mail-address.ts';
import { useRoute } from '../api.ts';
import { Field } from '../ui/field.tsx';
import { NumberInput } from '../ui/number-input.tsx';
import { RadioGroup } from '../ui/radio-group.tsx';
import { Select } from '../ui/select.tsx';
import { TextArea } from '../ui/text-area.tsx';
import { TextInput } from '../ui/text-input.tsx';
import type { DraftProps } from './alert-target-dialog.tsx';
import { CredentialPick } from './credential-pick.tsx';
import { hostOfDraft, impliedSmtpPort } from './target-draft.ts';

const protections: Record<Protection, string> = {
  tls: 'SMTPS',
  'starttls-mandatory': 'STARTTLS Mandatory',
  'starttls-optional': 'STARTTLS Optional',
  off: 'Off',
};
/** An artifact can't have an empty name. */
const ofThisMachine = '';

export function MailFields({ draft, set, problemOf }: DraftProps) {
  const certificates = useRoute('listCertificates', {}).data?.items ?? [];
  const names = [...new Set([...certificates.map(({ name }) => name), draft.trustedCertificate].filter(Boolean))];
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-[1fr_8rem]">
        <Field label="Host" error={problemOf('host')} isRequired>
          {(ids) => (
            <TextInput
              {...ids}
              required
              maxLength={253}
              spellCheck={false}
              value={draft.host}
              onChange={(host) => set({ host })}
              placeholder="smtp.example.com"
            />
          )}
        </Field>
        <Field label="Port" error={problemOf('port')}>
          {(ids) => (
            <NumberInput
              {...ids}
              min={1}
              max={65_535}
              value={draft.port}
              onChange={(port) => set({ port })}
              placeholder={String(impliedSmtpPort(draft.protection))}
            />
          )}
        </Field>
      </div>
      <Field label="Protection" help="The certificate is always verified." error={problemOf('protection')}>
        {(ids) => (
          <Select
            id={ids.id}
            aria-describedby={ids['aria-describedby']}
            aria-invalid={ids['aria-invalid']}
            value={draft.protection}
            options={protections}
            onChange={(protection) => set({ protection })}
          />
        )}
      </Field>
      {draft.protection !== 'off' && names.length > 0 && (
        <Field label="Trusted Certificate" error={problemOf('trustedCertificate')}>
          {(ids) => (
            <Select
              id={ids.id}
              value={draft.trustedCertificate}
              options={{ [ofThisMachine]: 'Authorities known to this machine', ...Object.fromEntries(names.map((name) => [name, name])) }}
              onChange={(trustedCertificate) => set({ trustedCertificate })}
            />
          )}
        </Field>
      )}
      <Field label="Authentication">
        {(_, labelId) => (
          <RadioGroup
            aria-labelledby={labelId}
            value={draft.mailAuthentication}
            options={{ password: 'User and password', none: 'None' }}
            onChange={(mailAuthentication) => set({ mailAuthentication })}
          />
        )}
      </Field>
      {draft.mailAuthentication === 'password' && (
        <CredentialPick
          label="Credential Name"
          help="The User Credentials artifact that signs in to this server."
          error={problemOf('credential')}
          isRequired
          host={hostOfDraft(draft)}
          name={draft.mailCredential}
          onChange={(mailCredential) => set({ mailCredential })}
        />
      )}
      <Field label="From" error={problemOf('from')} isRequired>
        {(ids) => (
          <TextInput
            {...ids}
            required
            type="email"
            maxLength={300}
            value={draft.from}
            onChange={(from) => set({ from })}
            placeholder="mailroom@example.com"
          />
        )}
      </Field>
      <Field label="To" help="One address a line." error={problemOf('to')} isRequired>
        {(ids) => (
          <TextArea {...ids} required rows={2} value={draft.to} onChange={(to) => set({ to })} placeholder="operations@example.com" />
        )}
      </Field>
    </>
  );
}
