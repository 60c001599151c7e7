import { useState } from 'react';
import { z } from 'zod';
import { conditionOperators, type Condition } from '../../shared/catalog/conditions.ts';
import { Select } from '../ui/select.tsx';
import { TextInput } from '../ui/text-input.tsx';
import { needsName, subjectChoice, subjectChoices, subjectOf } from './condition-subject.ts';
import type { ControlProps } from './field-control.tsx';
import { RowList } from './row-list.tsx';

/** Rows as typed: unlike those of the catalog, they may be unfinished. */
export const typedConditions = z
  .array(
    z.object({
      subject: z.string().catch('header.subject'),
      operator: z.enum(Object.keys(conditionOperators) as [keyof typeof conditionOperators]).catch('contains'),
      value: z.string().catch(''),
    }),
  )
  .catch([]);

export const newCondition: Condition = { subject: 'header.subject', operator: 'contains', value: '' };

/** Conditions on headers, properties, body and attachments. */
export function ConditionsControl({ typed, ids, labelId, onChange }: ControlProps) {
  return <ConditionRows conditions={typedConditions.parse(typed ?? [])} ids={ids} labelId={labelId} onChange={onChange} />;
}

export function ConditionRows({
  conditions,
  ids,
  labelId,
  onChange,
}: Pick<ControlProps, 'ids' | 'labelId'> & { conditions: Condition[]; onChange: (conditions: Condition[]) => void }) {
  return (
    <RowList rows={conditions} newRow={newCondition} noun="condition" ids={ids} labelId={labelId} onChange={onChange}>
      {(row, change, number) => <ConditionRow row={row} change={change} number={number} />}
    </RowList>
  );
}

function ConditionRow({ row, change, number }: { row: Condition; change: (row: Condition) => void; number: number }) {
  // "Header…" with a name not typed yet: `header.subject` typed letter by letter must not turn into the choice Subject.
  const [isNamed, setIsNamed] = useState(() => needsName(subjectChoice(row.subject).choice));
  const known = subjectChoice(row.subject);
  const prefix = row.subject.startsWith('property.') ? 'property.' : 'header.';
  const subject = isNamed ? { choice: prefix, name: row.subject.slice(prefix.length) } : known;
  const hasValue = !row.operator.startsWith('exists');
  return (
    <>
      <Select
        aria-label={`Look at ${number}`}
        value={subject.choice}
        options={subjectChoices}
        onChange={(choice) => {
          setIsNamed(needsName(choice));
          change({ ...row, subject: subjectOf({ choice, name: '' }) });
        }}
      />
      {isNamed && (
        <TextInput
          aria-label={`Name ${number}`}
          placeholder={prefix === 'header.' ? 'Name of the header' : 'Name of the property'}
          value={subject.name}
          spellCheck={false}
          onChange={(name) => change({ ...row, subject: subjectOf({ choice: prefix, name }) })}
        />
      )}
      <Select
        aria-label={`Operator ${number}`}
        value={row.operator}
        options={conditionOperators}
        onChange={(operator) => change({ ...row, operator })}
      />
      {hasValue && (
        <TextInput aria-label={`Value ${number}`} placeholder="Value" value={row.value} onChange={(value) => change({ ...row, value })} />
      )}
    </>
  );
}
