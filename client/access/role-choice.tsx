import { useId } from 'react';
import { roles, roleTable, type Role } from '../../shared/roles.ts';
import { classNames } from '../ui/class-names.ts';

/** One of the roles, each with what its people may do. `whyNot` says of a role why it can't be chosen. */
export function RoleChoice({
  value,
  onChange,
  whyNot = () => undefined,
}: {
  value: Role;
  onChange: (role: Role) => void;
  whyNot?: (role: Role) => string | undefined;
}) {
  const name = useId();
  return (
    <fieldset className="flex flex-col gap-1.5">
      <legend className="mb-1 text-sm font-medium">Role</legend>
      {roles.map((role) => {
        const reason = whyNot(role);
        return (
          <label
            key={role}
            className={classNames(
              'grid grid-cols-[auto_1fr] gap-x-2.5 rounded-md border px-3 py-2 text-sm transition-colors',
              'has-focus-visible:outline-accent has-focus-visible:outline-2 has-focus-visible:outline-offset-1',
              role === value ? 'border-accent bg-accent-soft' : 'border-line-strong bg-surface',
              reason === undefined ? 'hover:bg-sunken cursor-pointer' : 'opacity-60',
            )}
          >
            <input
              type="radio"
              name={name}
              value={role}
              checked={role === value}
              disabled={reason !== undefined}
              onChange={() => onChange(role)}
              aria-describedby={`${name}-${role}`}
              className="border-line-strong checked:border-accent mt-0.5 size-3.5 shrink-0 appearance-none rounded-full border outline-none checked:border-4"
            />
            <span className="font-medium">{roleTable[role].title}</span>
            <span id={`${name}-${role}`} className="text-ink-soft col-start-2 text-xs">
              {reason ?? roleTable[role].about}
            </span>
          </label>
        );
      })}
    </fieldset>
  );
}
