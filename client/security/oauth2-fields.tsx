import { clientSecretPlaceTitles, type ClientSecretPlace } from '../../shared/oauth2.ts';
import { Field } from '../ui/field.tsx';
import { RadioGroup } from '../ui/radio-group.tsx';
import { TextInput } from '../ui/text-input.tsx';
import type { FieldProps } from './artifact-fields.tsx';

/** Fields of every registration at an OAuth2 provider. */

export function TokenUrlField({ value, onChange, problem }: FieldProps) {
  return (
    <Field label="Token Service URL" help="Where Mailroom gets its tokens." error={problem} isRequired>
      {(ids) => (
        <TextInput
          {...ids}
          type="url"
          required
          maxLength={2_000}
          placeholder="https://login.example.com/token"
          value={value}
          onChange={onChange}
        />
      )}
    </Field>
  );
}

export function ClientIdField({ value, onChange, problem }: FieldProps) {
  return (
    <Field label="Client ID" error={problem} isRequired>
      {(ids) => <TextInput {...ids} required maxLength={500} autoComplete="off" value={value} onChange={onChange} />}
    </Field>
  );
}

export function SendAsField({ value, onChange }: { value: ClientSecretPlace; onChange: (value: ClientSecretPlace) => void }) {
  return (
    <Field label="Send As" help="How the client secret is sent to the provider. Most take both.">
      {(ids, labelId) => (
        <RadioGroup
          aria-labelledby={labelId}
          aria-describedby={ids['aria-describedby']}
          value={value}
          options={clientSecretPlaceTitles}
          onChange={onChange}
        />
      )}
    </Field>
  );
}
