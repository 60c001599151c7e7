import { useState } from 'react';
import { needsValue, operators, type Condition } from '../../shared/catalog/conditions.ts';
import { Select } from '../ui/select.tsx';
import { TextInput } from '../ui/text-input.tsx';
import { needsName, subjectChoice, subjectChoices, subjectOf } from './condition-subject.ts';

/**
 * What a condition looks at, how, and with what.
 *
 * @param number says which one it is: "2", or "2 of route Orders"
 */
export function ConditionRow({ row, change, number }: { row: Condition; change: (row: Condition) => void; number: number | string }) {
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
        options={operators}
        onChange={(operator) => change({ ...row, operator })}
      />
      {needsValue(row.operator) && (
        <TextInput aria-label={`Value ${number}`} placeholder="Value" value={row.value} onChange={(value) => change({ ...row, value })} />
      )}
    </>
  );
}
