import { useState } from 'react';
import { conditionOperators, needsValue, type Condition } from '../../shared/catalog/conditions.ts';
import { Select } from '../ui/select.tsx';
import { TextInput } from '../ui/text-input.tsx';
import { needsName, subjectChoice, subjectChoices, subjectOf } from './condition-subject.ts';
import type { ControlProps } from './field-control.tsx';
import { RowList } from './row-list.tsx';
import { newCondition, typedConditions } from './typed-conditions.ts';

/** Conditions on headers, properties, body and attachments. */
export function ConditionsControl({ typed, ids, labelId, onChange }: ControlProps) {
  const rows = typedConditions.parse(typed ?? []);
  return (
    <RowList rows={rows} newRow={newCondition} noun="condition" ids={ids} labelId={labelId} onChange={onChange}>
      {(row, change, number) => <ConditionRow row={row} change={change} number={number} />}
    </RowList>
  );
}

export function ConditionRow({ row, change, number }: { row: Condition; change: (row: Condition) => void; number: number }) {
  // "Header…" with a name not typed yet: `header.subject` typed letter by letter must not turn into the choice Subject.
  const [isNamed, setIsNamed] = useState(() => needsName(subjectChoice(row.subject).choice));
  const known = subjectChoice(row.subject);
  const prefix = row.subject.startsWith('property.') ? 'property.' : 'header.';
  const subject = isNamed ? { choice: prefix, name: row.subject.slice(prefix.length) } : known;
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
      {needsValue(row.operator) && (
        <TextInput aria-label={`Value ${number}`} placeholder="Value" value={row.value} onChange={(value) => change({ ...row, value })} />
      )}
    </>
  );
}
