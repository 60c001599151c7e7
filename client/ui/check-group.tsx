import { classNames } from './class-names.ts';

/** Several of a few choices, side by side; each can be ticked. */
export function CheckGroup<Value extends string>({
  values,
  onChange,
  options,
  label,
}: {
  /** The ticked ones. */
  values: readonly Value[];
  /** In the order of `options`. */
  onChange: (values: Value[]) => void;
  /** Value to label, in the order shown. */
  options: Record<Value, string>;
  label: string;
}) {
  const all = Object.keys(options) as Value[];
  return (
    <fieldset aria-label={label} className="flex flex-wrap gap-1">
      {all.map((value) => {
        const isTicked = values.includes(value);
        return (
          <label
            key={value}
            className={classNames(
              'flex h-8 cursor-pointer items-center gap-1.5 rounded-md border px-2 text-sm transition-colors select-none',
              'has-focus-visible:outline-accent has-focus-visible:outline-2 has-focus-visible:outline-offset-1',
              isTicked ? 'border-accent bg-accent-soft text-ink' : 'border-line-strong bg-surface text-ink-soft hover:bg-sunken',
            )}
          >
            <input
              type="checkbox"
              checked={isTicked}
              onChange={({ target }) => onChange(all.filter((other) => (other === value ? target.checked : values.includes(other))))}
              className="accent-accent size-3.5 outline-none"
            />
            {options[value]}
          </label>
        );
      })}
    </fieldset>
  );
}
