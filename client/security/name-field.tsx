import { Field } from '../ui/field.tsx';
import { TextInput } from '../ui/text-input.tsx';

/** The name of a new artifact; it can't be changed later, since flows refer to it. */
export function NameField({
  name,
  onChange,
  problem,
  isCredential = false,
}: {
  name: string;
  onChange: (name: string) => void;
  problem: string | undefined;
  isCredential?: boolean;
}) {
  const signs = 'Letters, digits, ".", "_", "@" and "-"';
  return (
    <Field label="Name" help={isCredential ? `Flows refer to it as Credential Name. ${signs}.` : `${signs}.`} error={problem} isRequired>
      {(ids) => (
        <TextInput
          {...ids}
          required
          maxLength={100}
          pattern="[\w.@\-]+"
          title={`${signs} only`}
          autoComplete="off"
          value={name}
          onChange={onChange}
        />
      )}
    </Field>
  );
}
