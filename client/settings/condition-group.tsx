import { Plus } from 'lucide-react';
import { useId } from 'react';
import { isGroup, matchTexts, maxGroupDepth, type ConditionGroup, type Match } from '../../shared/catalog/conditions.ts';
import { Button } from '../ui/button.tsx';
import type { FieldIds } from '../ui/field.tsx';
import { Select } from '../ui/select.tsx';
import { ConditionRow } from './conditions-control.tsx';
import { RowList } from './row-list.tsx';
import { newCondition } from './typed-conditions.ts';

type Part = ConditionGroup['conditions'][number];

/**
 * Conditions of which all or any must hold, and groups of such among them.
 *
 * @param name of what they belong to, for who does not see the lines around them
 */
export function ConditionGroupRows<Group extends ConditionGroup>({
  group,
  name,
  depth = 1,
  ids,
  labelId,
  onChange,
}: {
  group: Group;
  name: string;
  depth?: number;
  ids: FieldIds;
  labelId: string;
  onChange: (group: Group) => void;
}) {
  const setConditions = (conditions: Part[]) => onChange({ ...group, conditions });
  const addGroup = () =>
    setConditions([...group.conditions, { match: group.match === 'all' ? 'any' : 'all', conditions: [newCondition, newCondition] }]);
  return (
    <>
      {group.conditions.length > 1 && (
        <Select<Match>
          aria-label={`How many conditions of ${name} must hold`}
          value={group.match}
          options={matchTexts}
          onChange={(match) => onChange({ ...group, match })}
        />
      )}
      <RowList<Part>
        rows={group.conditions}
        newRow={newCondition}
        noun="condition"
        nounOf={(part) => (isGroup(part) ? 'group' : 'condition')}
        ids={ids}
        labelId={labelId}
        onChange={setConditions}
        more={
          depth < maxGroupDepth && (
            <Button size="sm" variant="ghost" icon={<Plus size={13} aria-hidden />} onClick={addGroup}>
              Add group
            </Button>
          )
        }
      >
        {(part, change, number) =>
          isGroup(part) ? (
            <InnerGroup group={part} number={number} name={name} depth={depth + 1} ids={ids} onChange={change} />
          ) : (
            <ConditionRow row={part} change={change} number={number} />
          )
        }
      </RowList>
    </>
  );
}

function InnerGroup({
  group,
  number,
  name,
  depth,
  ids,
  onChange,
}: {
  group: ConditionGroup;
  number: number;
  name: string;
  depth: number;
  ids: FieldIds;
  onChange: (group: ConditionGroup) => void;
}) {
  const labelId = useId();
  return (
    <>
      <span id={labelId} className="text-ink-soft pt-1 text-xs font-medium">
        Group {number}
        <span className="sr-only"> of {name}</span>
      </span>
      <ConditionGroupRows group={group} name={`group ${number} of ${name}`} depth={depth} ids={ids} labelId={labelId} onChange={onChange} />
    </>
  );
}
