import type { ComponentPropsWithRef, ReactNode } from 'react';
import { classNames } from './class-names.ts';
import { Spinner } from './spinner.tsx';
import { Tooltip } from './tooltip.tsx';

export type ButtonVariant = 'primary' | 'secondary' | 'ghost' | 'danger';

export interface ButtonProps extends ComponentPropsWithRef<'button'> {
  variant?: ButtonVariant;
  size?: 'sm' | 'md';
  icon?: ReactNode;
  /** Shows a spinner and takes no press, but keeps the focus. */
  isBusy?: boolean;
  /** Why it can't be pressed; it is shown dim, keeps the focus and tells on hover. */
  whyNot?: string | undefined;
}

const variants: Record<ButtonVariant, string> = {
  primary: 'border-transparent bg-accent text-accent-ink shadow-sm hover:bg-accent-strong',
  secondary: 'border-line-strong bg-surface text-ink shadow-sm hover:bg-sunken',
  ghost: 'border-transparent text-ink-soft hover:bg-sunken hover:text-ink',
  danger: 'border-line-strong bg-surface text-bad shadow-sm hover:border-bad hover:bg-bad-soft',
};

const sizes = { sm: 'h-7 gap-1.5 px-2 text-xs', md: 'h-8 gap-2 px-3 text-sm' };

/** The look of a button, for links that act as one. */
export function buttonClass(variant: ButtonVariant = 'secondary', size: 'sm' | 'md' = 'md'): string {
  return classNames(
    'inline-flex shrink-0 items-center justify-center rounded-md border font-medium whitespace-nowrap select-none transition-colors',
    'disabled:opacity-50 disabled:pointer-events-none aria-disabled:opacity-50',
    variants[variant],
    sizes[size],
  );
}

export function Button({
  variant = 'secondary',
  size = 'md',
  icon,
  isBusy = false,
  whyNot,
  className,
  children,
  onClick,
  type,
  ...rest
}: ButtonProps) {
  const isResting = isBusy || whyNot !== undefined;
  const button = (
    <button
      {...rest}
      type={type ?? 'button'}
      className={classNames(buttonClass(variant, size), className)}
      aria-busy={isBusy || undefined}
      aria-disabled={isResting || undefined}
      {...(whyNot === undefined ? {} : { 'aria-description': whyNot })}
      onClick={(event) => {
        if (isResting) event.preventDefault();
        else onClick?.(event);
      }}
    >
      {isBusy ? <Spinner /> : icon}
      {children}
    </button>
  );
  return whyNot === undefined ? button : <Tooltip text={whyNot}>{button}</Tooltip>;
}
