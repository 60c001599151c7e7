import { z } from 'zod';
import { Select } from '../ui/select.tsx';
import { TextInput } from '../ui/text-input.tsx';
import type { ControlProps } from './field-control.tsx';
import { RowList } from './row-list.tsx';

/** Rows as typed: unlike those of the catalog, they may be unfinished. */
const typedSchema = z
  .array(z.object({ target: z.enum(['header', 'property']).catch('header'), name: z.string().catch(''), value: z.string().catch('') }))
  .catch([]);

const targets = { header: 'Header', property: 'Property' };

/** Headers and properties with the values they get. */
export function AssignmentsControl({ typed, ids, labelId, onChange }: ControlProps) {
  return (
    <RowList
      rows={typedSchema.parse(typed ?? [])}
      newRow={{ target: 'header', name: '', value: '' }}
      noun="value"
      ids={ids}
      labelId={labelId}
      onChange={onChange}
    >
      {(row, change, number) => (
        <>
          <div className="flex gap-2">
            <Select
              aria-label={`Target ${number}`}
              className="w-28!"
              value={row.target}
              options={targets}
              onChange={(target) => change({ ...row, target })}
            />
            <TextInput
              aria-label={`Name ${number}`}
              placeholder="Name"
              value={row.name}
              spellCheck={false}
              onChange={(name) => change({ ...row, name })}
            />
          </div>
          <TextInput
            aria-label={`Value ${number}`}
            placeholder="Value; empty removes it"
            value={row.value}
            onChange={(value) => change({ ...row, value })}
          />
        </>
      )}
    </RowList>
  );
}
