import type { ComponentPropsWithRef } from 'react';
import { classNames } from './class-names.ts';

export interface SwitchProps extends Omit<ComponentPropsWithRef<'input'>, 'value' | 'onChange' | 'type' | 'role' | 'checked'> {
  isOn: boolean;
  onChange: (isOn: boolean) => void;
}

/** Takes effect at once. Name it with a Field or `aria-label`. */
export function Switch({ isOn, onChange, className, ...rest }: SwitchProps) {
  return (
    <span className={classNames('relative inline-flex h-5 w-9 shrink-0 items-center', className)}>
      <input
        {...rest}
        type="checkbox"
        role="switch"
        checked={isOn}
        aria-checked={isOn}
        onChange={(event) => onChange(event.target.checked)}
        className="peer bg-line-strong checked:bg-accent size-full cursor-pointer appearance-none rounded-full transition-colors disabled:opacity-50"
      />
      <span
        aria-hidden
        className="bg-surface pointer-events-none absolute left-0.5 size-4 rounded-full shadow-sm transition-transform peer-checked:translate-x-4"
      />
    </span>
  );
}
