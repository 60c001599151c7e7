import { useId } from 'react';
import { classNames } from './class-names.ts';

export interface RadioGroupProps<Value extends string = string> {
  value: Value;
  onChange: (value: Value) => void;
  /** Value to label, in the order shown. */
  options: Partial<Record<Value, string>>;
  /** Names the group; inside a Field pass `aria-labelledby` instead. */
  label?: string;
  'aria-labelledby'?: string;
  'aria-describedby'?: string;
  isDisabled?: boolean;
}

/** Two to four choices side by side. */
export function RadioGroup<Value extends string = string>({
  value,
  onChange,
  options,
  label,
  isDisabled = false,
  ...described
}: RadioGroupProps<Value>) {
  const name = useId();
  return (
    <div role="radiogroup" aria-label={label} {...described} className="flex flex-wrap gap-1.5">
      {Object.entries<string | undefined>(options).map(([key, text]) => (
        <label
          key={key}
          className={classNames(
            'flex h-8 items-center gap-2 rounded-md border px-2.5 text-sm transition-colors select-none',
            'has-focus-visible:outline-accent has-focus-visible:outline-2 has-focus-visible:outline-offset-1',
            key === value ? 'border-accent bg-accent-soft text-ink' : 'border-line-strong bg-surface text-ink-soft hover:bg-sunken',
            isDisabled ? 'opacity-50' : 'cursor-pointer',
          )}
        >
          <input
            type="radio"
            name={name}
            value={key}
            checked={key === value}
            disabled={isDisabled}
            onChange={() => onChange(key as Value)}
            className="border-line-strong checked:border-accent size-3.5 appearance-none rounded-full border outline-none checked:border-4"
          />
          {text}
        </label>
      ))}
    </div>
  );
}
