import type { ComponentPropsWithRef } from 'react';
import { classNames } from './class-names.ts';

export interface TextInputProps extends Omit<ComponentPropsWithRef<'input'>, 'value' | 'onChange'> {
  value: string;
  onChange: (value: string) => void;
}

export function TextInput({ value, onChange, className, type, ...rest }: TextInputProps) {
  return (
    <input
      {...rest}
      type={type ?? 'text'}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      className={classNames('control h-8', className)}
    />
  );
}
