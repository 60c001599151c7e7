import type { Role } from '../../shared/catalog/define.ts';
import { classNames } from '../ui/class-names.ts';
import { CatalogIcon } from './catalog-icon.tsx';

/** Outline of a node. Adapters are round where their system is; steps are plain boxes. */
export const nodeShapes: Record<Role, string> = {
  sender: 'rounded-l-[32px] rounded-r-lg pl-3.5',
  step: 'rounded-lg',
  receiver: 'rounded-l-lg rounded-r-[32px] pr-6',
};

export function NodeIcon({ role, icon }: { role: Role; icon: string | undefined }) {
  return (
    <span
      className={classNames(
        'flex size-9 shrink-0 items-center justify-center',
        role === 'step' ? 'bg-sunken text-ink-soft rounded-md' : 'bg-accent-soft text-accent rounded-full',
      )}
    >
      <CatalogIcon name={icon} size={18} />
    </span>
  );
}
