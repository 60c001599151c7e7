import type { ComponentPropsWithRef } from 'react';
import { classNames } from './class-names.ts';

export interface TextAreaProps extends Omit<ComponentPropsWithRef<'textarea'>, 'value' | 'onChange'> {
  value: string;
  onChange: (value: string) => void;
}

export function TextArea({ value, onChange, className, rows = 3, ...rest }: TextAreaProps) {
  return (
    <textarea
      {...rest}
      rows={rows}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      className={classNames('control min-h-16 resize-y py-1.5', className)}
    />
  );
}
