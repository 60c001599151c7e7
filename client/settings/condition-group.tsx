import { Plus, X } from 'lucide-react';
import { isGroup, maxGroupDepth, type Condition, type ConditionGroup } from '../../shared/catalog/conditions.ts';
import { Button } from '../ui/button.tsx';
import { classNames } from '../ui/class-names.ts';
import { IconButton } from '../ui/icon-button.tsx';
import { Select } from '../ui/select.tsx';
import { ConditionRow } from './condition-row.tsx';
import { newCondition } from './typed-routes.ts';

const matches = { all: 'All of these hold', any: 'Any of these holds' };

/**
 * Conditions that must hold together or of which one is enough, and groups of such among them.
 *
 * @param name says which group it is: "of Orders", "in group 2 of Orders"
 */
export function ConditionGroupEditor({
  group,
  name,
  depth = 1,
  onChange,
}: {
  group: ConditionGroup;
  name: string;
  depth?: number;
  onChange: (group: ConditionGroup) => void;
}) {
  const replace = (at: number, part: Condition | ConditionGroup) => onChange({ ...group, of: group.of.with(at, part) });
  const add = (part: Condition | ConditionGroup) => onChange({ ...group, of: [...group.of, part] });
  return (
    <div role="group" aria-label={`Conditions ${name}`} className="flex min-w-0 flex-col gap-2">
      <Select
        aria-label={`How many must hold ${name}`}
        size="sm"
        value={group.match}
        options={matches}
        onChange={(match) => onChange({ ...group, match })}
      />
      {group.of.map((part, index) => {
        const number = `${index + 1} ${name}`;
        return (
          // Parts have no identity of their own; the place is the key, as in RowList.
          // oxlint-disable-next-line react/no-array-index-key
          <div key={`${index}-${isGroup(part) ? 'group' : 'condition'}`} className="flex min-w-0 flex-col gap-2">
            {index > 0 && <span className="text-ink-faint text-xs">{group.match === 'all' ? 'and' : 'or'}</span>}
            <div className={classNames('border-line flex min-w-0 gap-1', isGroup(part) ? 'border-l-2 pl-2' : 'rounded-md border p-2 pr-1')}>
              <div className="flex min-w-0 flex-1 flex-col gap-2">
                {isGroup(part) ? (
                  <ConditionGroupEditor
                    group={part}
                    name={`in group ${number}`}
                    depth={depth + 1}
                    onChange={(changed) => replace(index, changed)}
                  />
                ) : (
                  <ConditionRow row={part} number={number} change={(changed) => replace(index, changed)} />
                )}
              </div>
              <IconButton
                size="sm"
                label={`Remove ${isGroup(part) ? 'group' : 'condition'} ${number}`}
                icon={<X size={14} aria-hidden />}
                onClick={() => onChange({ ...group, of: group.of.toSpliced(index, 1) })}
              />
            </div>
          </div>
        );
      })}
      <div className="flex flex-wrap gap-2">
        <Button size="sm" aria-label={`Add condition ${name}`} icon={<Plus size={13} aria-hidden />} onClick={() => add(newCondition)}>
          Add condition
        </Button>
        {depth < maxGroupDepth && (
          <Button
            size="sm"
            variant="ghost"
            aria-label={`Add group ${name}`}
            icon={<Plus size={13} aria-hidden />}
            onClick={() => add({ match: group.match === 'all' ? 'any' : 'all', of: [newCondition] })}
          >
            Add group
          </Button>
        )}
      </div>
    </div>
  );
}
