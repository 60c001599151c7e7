import { Plus, X } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from '../ui/button.tsx';
import type { FieldIds } from '../ui/field.tsx';
import { IconButton } from '../ui/icon-button.tsx';

/** A field that holds several rows, each with its own controls. */
export function RowList<Row>({
  rows,
  newRow,
  noun,
  nounOf = () => noun,
  more,
  ids,
  labelId,
  onChange,
  children,
}: {
  rows: Row[];
  newRow: Row;
  /** What a row is: "Add condition", "Remove condition 2". */
  noun: string;
  /** Where rows are of several kinds. */
  nounOf?: (row: Row) => string;
  /** Beside the button that adds a row. */
  more?: ReactNode;
  ids: FieldIds;
  labelId: string;
  onChange: (rows: Row[]) => void;
  children: (row: Row, change: (row: Row) => void, number: number) => ReactNode;
}) {
  return (
    <fieldset aria-labelledby={labelId} aria-describedby={ids['aria-describedby']} className="flex min-w-0 flex-col gap-2">
      {rows.map((row, index) => (
        // Rows have no identity of their own; their controls keep no state, so the place is a safe key.
        // oxlint-disable-next-line react/no-array-index-key
        <div key={index} className="border-line bg-canvas flex gap-1 rounded-md border p-2 pr-1">
          <div className="flex min-w-0 flex-1 flex-col gap-2">
            {children(row, (changed) => onChange(rows.map((other, at) => (at === index ? changed : other))), index + 1)}
          </div>
          <IconButton
            size="sm"
            label={`Remove ${nounOf(row)} ${index + 1}`}
            icon={<X size={14} aria-hidden />}
            onClick={() => onChange(rows.filter((_, at) => at !== index))}
          />
        </div>
      ))}
      <div className="flex flex-wrap gap-2">
        <Button size="sm" icon={<Plus size={13} aria-hidden />} onClick={() => onChange([...rows, newRow])}>
          Add {noun}
        </Button>
        {more}
      </div>
    </fieldset>
  );
}
