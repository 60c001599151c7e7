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
}

export function IconButton({ label, icon, size = 'md', tooltipSide, className, type, ...rest }: IconButtonProps) {
  return (
    <Tooltip text={label} side={tooltipSide}>
      <button
        {...rest}
        type={type ?? 'button'}
        aria-label={label}
        className={classNames(buttonClass('ghost', size), size === 'sm' ? 'w-7 px-0!' : 'w-8 px-0!', className)}
      >
        {icon}
      </button>
    </Tooltip>
  );
}
