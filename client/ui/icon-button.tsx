import type { ComponentPropsWithRef, ReactNode } from 'react';
import { buttonClass } from './button.tsx';
import { classNames } from './class-names.ts';
import { Tooltip } from './tooltip.tsx';

export interface IconButtonProps extends Omit<ComponentPropsWithRef<'button'>, 'aria-label' | 'children'> {
  /** The accessible name, also shown as tooltip. */
  label: string;
  icon: ReactNode;
  size?: 'sm' | 'md';
  tooltipSide?: 'top' | 'right' | 'bottom' | 'left';
  /** Why it can't be pressed. */
  whyNot?: string | undefined;
}

export function IconButton({ label, icon, size = 'md', tooltipSide, whyNot, className, type, onClick, ...rest }: IconButtonProps) {
  return (
    <Tooltip text={whyNot === undefined ? label : `${label}: ${whyNot}`} side={tooltipSide}>
      <button
        {...rest}
        type={type ?? 'button'}
        aria-label={label}
        {...(whyNot === undefined ? { onClick } : { 'aria-disabled': true, 'aria-description': whyNot })}
        className={classNames(buttonClass('ghost', size), size === 'sm' ? 'w-7 px-0!' : 'w-8 px-0!', className)}
      >
        {icon}
      </button>
    </Tooltip>
  );
}
