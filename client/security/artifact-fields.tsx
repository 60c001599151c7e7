import { Field } from '../ui/field.tsx';
import { TextArea } from '../ui/text-area.tsx';
import { TextInput } from '../ui/text-input.tsx';

/** Fields that artifacts of several kinds have. */

export interface FieldProps {
  value: string;
  onChange: (value: string) => void;
  /** What the server has against it. */
  problem: string | undefined;
}

/** It can be typed, never read back. `isKept`: left empty, the present one stays. */
export function SecretField({
  label,
  isKept,
  maxLength,
  value,
  onChange,
  problem,
}: FieldProps & { label: string; isKept: boolean; maxLength: number }) {
  return (
    <Field
      label={label}
      help={isKept ? 'Leave empty to keep the present one; it can’t be shown.' : 'It can’t be read back later.'}
      error={problem}
      isRequired={!isKept}
    >
      {(ids) => (
        <TextInput
          {...ids}
          type="password"
          required={!isKept}
          maxLength={maxLength}
          autoComplete="new-password"
          value={value}
          onChange={onChange}
        />
      )}
    </Field>
  );
}

/** @param what is sent there, such as "this password" */
export function AllowedHostsField({ what, placeholder, value, onChange, problem }: FieldProps & { what: string; placeholder: string }) {
  return (
    <Field label="Allowed hosts" help={`The only servers ${what} may be sent to, one a line, without a port. Empty: none.`} error={problem}>
      {(ids) => <TextArea {...ids} rows={2} value={value} onChange={onChange} placeholder={placeholder} className="font-mono" />}
    </Field>
  );
}

export function DescriptionField({ value, onChange, problem, placeholder }: FieldProps & { placeholder?: string }) {
  return (
    <Field label="Description" error={problem}>
      {(ids) => <TextInput {...ids} maxLength={2_000} value={value} onChange={onChange} placeholder={placeholder} />}
    </Field>
  );
}
