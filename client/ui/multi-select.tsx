import { Select as Base } from '@base-ui/react/select';
import { Check, ChevronsUpDown } from 'lucide-react';
import { classNames } from './class-names.ts';

/** Any of a few choices, in a list that stays open while they are ticked. */
export function MultiSelect<Value extends string>({
  values,
  onChange,
  options,
  noneText,
  manyText,
  className,
  ...trigger
}: {
  /** The ticked ones. */
  values: readonly Value[];
  /** In the order of `options`. */
  onChange: (values: Value[]) => void;
  /** Value to label, in the order shown. */
  options: Partial<Record<Value, string>>;
  /** Shown when none is ticked, which means no restriction. */
  noneText: string;
  /** Shown behind a number: "3 flows". */
  manyText: string;
  'aria-label': string;
  className?: string;
}) {
  const entries = Object.entries<string | undefined>(options).map(([key, label]) => ({ value: key as Value, label: label ?? key }));
  const [only, ...others] = values;
  const summary = only === undefined ? noneText : others.length > 0 ? `${values.length} ${manyText}` : (options[only] ?? only);
  return (
    <Base.Root
      multiple
      items={entries}
      value={[...values]}
      onValueChange={(next) => onChange(entries.flatMap(({ value }) => (next.includes(value) ? [value] : [])))}
    >
      <Base.Trigger {...trigger} className={classNames('control flex h-8 items-center justify-between gap-2 text-left', className)}>
        <Base.Value className="truncate">{summary}</Base.Value>
        <Base.Icon className="text-ink-faint">
          <ChevronsUpDown size={14} aria-hidden />
        </Base.Icon>
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner sideOffset={4} alignItemWithTrigger={false} className="z-50">
          <Base.Popup className="border-line bg-raised max-h-[min(20rem,var(--available-height))] min-w-(--anchor-width) overflow-y-auto rounded-lg border p-1 text-sm shadow-lg outline-none">
            {entries.map((entry) => (
              <Base.Item
                key={entry.value}
                value={entry.value}
                className="data-[highlighted]:bg-sunken flex cursor-default items-center gap-2 rounded-sm py-1.5 pr-3 pl-2 outline-none select-none"
              >
                <span
                  aria-hidden
                  className={classNames(
                    'flex size-4 shrink-0 items-center justify-center rounded-sm border',
                    values.includes(entry.value) ? 'border-accent bg-accent text-accent-ink' : 'border-line-strong',
                  )}
                >
                  {values.includes(entry.value) && <Check size={12} />}
                </span>
                <Base.ItemText>{entry.label}</Base.ItemText>
              </Base.Item>
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
