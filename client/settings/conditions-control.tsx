import { ConditionRow } from './condition-row.tsx';
import type { ControlProps } from './field-control.tsx';
import { RowList } from './row-list.tsx';
import { newCondition, typedConditions } from './typed-routes.ts';

/** Conditions on headers, properties, body and attachments. */
export function ConditionsControl({ typed, ids, labelId, onChange }: ControlProps) {
  return (
    <RowList
      rows={typedConditions.parse(typed ?? [])}
      newRow={newCondition}
      noun="condition"
      ids={ids}
      labelId={labelId}
      onChange={onChange}
    >
      {(row, change, number) => <ConditionRow row={row} change={change} number={number} />}
    </RowList>
  );
}
