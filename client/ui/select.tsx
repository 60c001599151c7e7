import { Select as Base } from '@base-ui/react/select';
import { Check, ChevronsUpDown } from 'lucide-react';
import { classNames } from './class-names.ts';

export interface SelectProps<Value extends string = string> {
  value: Value;
  onChange: (value: Value) => void;
  /** Value to label, in the order shown. */
  options: Partial<Record<Value, string>>;
  id?: string;
  'aria-label'?: string;
  'aria-describedby'?: string;
  'aria-invalid'?: boolean;
  isDisabled?: boolean;
  size?: 'sm' | 'md';
  className?: string;
}

export function Select<Value extends string = string>({
  value,
  onChange,
  options,
  isDisabled,
  size = 'md',
  className,
  ...trigger
}: SelectProps<Value>) {
  const entries = Object.entries<string | undefined>(options).map(([key, label]) => ({ value: key as Value, label: label ?? key }));
  return (
    <Base.Root
      items={entries}
      value={value}
      disabled={isDisabled}
      onValueChange={(next) => {
        if (next !== null) onChange(next);
      }}
    >
      <Base.Trigger
        {...trigger}
        className={classNames('control flex items-center justify-between gap-2 text-left', size === 'sm' ? 'h-7' : 'h-8', className)}
      >
        <Base.Value className="truncate" />
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
                <span className="text-accent w-4 shrink-0">
                  <Base.ItemIndicator>
                    <Check size={14} aria-hidden />
                  </Base.ItemIndicator>
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
