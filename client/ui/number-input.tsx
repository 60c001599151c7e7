import type { ComponentPropsWithRef } from 'react';
import { classNames } from './class-names.ts';

export interface NumberInputProps extends Omit<ComponentPropsWithRef<'input'>, 'value' | 'onChange' | 'type'> {
  /** undefined shows an empty field, with the placeholder. */
  value: number | undefined;
  /** undefined when the field is empty or holds no number. */
  onChange: (value: number | undefined) => void;
}

export function NumberInput({ value, onChange, className, ...rest }: NumberInputProps) {
  return (
    <input
      {...rest}
      type="number"
      inputMode="numeric"
      value={value ?? ''}
      onChange={(event) => onChange(Number.isNaN(event.target.valueAsNumber) ? undefined : event.target.valueAsNumber)}
      // A page scrolled with the pointer over the field would change its value.
      onWheel={(event) => event.currentTarget.blur()}
      className={classNames('control tabular h-8', className)}
    />
  );
}
