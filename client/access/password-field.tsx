import { Eye, EyeOff } from 'lucide-react';
import { useState } from 'react';
import { checkPassword, passwordLength } from '../../shared/passwords.ts';
import { Field } from '../ui/field.tsx';
import { IconButton } from '../ui/icon-button.tsx';
import { TextInput } from '../ui/text-input.tsx';

/** A password that is chosen: says while it is typed what is missing. */
export function PasswordField({
  label,
  value,
  onChange,
  owner,
  error,
}: {
  label: string;
  value: string;
  onChange: (password: string) => void;
  owner: { email: string; name: string };
  /** Why the server did not take it. */
  error: string | undefined;
}) {
  const [isShown, setIsShown] = useState(false);
  const reason = checkPassword(value, owner);
  const help =
    value === ''
      ? `At least ${passwordLength.least} characters. A few words that don’t belong together are easy to remember and hard to guess.`
      : (reason ?? 'This one can be used.');
  const Icon = isShown ? EyeOff : Eye;
  return (
    <Field
      label={label}
      help={help}
      error={error}
      isRequired
      action={
        <IconButton
          label={isShown ? 'Hide what is typed' : 'Show what is typed'}
          size="sm"
          icon={<Icon size={14} aria-hidden />}
          onClick={() => setIsShown(!isShown)}
        />
      }
    >
      {(ids) => (
        <TextInput
          {...ids}
          type={isShown ? 'text' : 'password'}
          autoComplete="new-password"
          autoCapitalize="off"
          spellCheck={false}
          required
          value={value}
          onChange={onChange}
        />
      )}
    </Field>
  );
}
