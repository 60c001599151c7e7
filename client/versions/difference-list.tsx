import { Minus, PencilLine, Plus, type LucideIcon } from 'lucide-react';
import type { FieldChange } from '../../shared/changes.ts';
import { countText } from '../editor/roles.ts';
import { classNames } from '../ui/class-names.ts';
import { toneText, type Tone } from '../ui/tone.ts';
import type { DifferenceKind, DifferenceLine } from './difference.ts';
import { drawingTitle, type Compared } from './drawing-names.ts';

const looks: Record<DifferenceKind, { icon: LucideIcon; text: string; tone: Tone }> = {
  added: { icon: Plus, text: 'Added', tone: 'good' },
  removed: { icon: Minus, text: 'Removed', tone: 'bad' },
  changed: { icon: PencilLine, text: 'Changed', tone: 'warn' },
};

/** What two drawings differ in, line by line, with the values of the fields before and after. */
export function DifferenceList({
  lines,
  compared: { from, to },
  selectedId,
  onSelect,
}: {
  lines: DifferenceLine[];
  compared: Compared;
  selectedId: string | null;
  onSelect: (nodeId: string | null) => void;
}) {
  return (
    <aside
      aria-label="Differences"
      className="border-line bg-surface flex w-[400px] max-w-full shrink-0 flex-col overflow-y-auto border-l p-4 max-md:max-h-[45%] max-md:w-full max-md:border-t max-md:border-l-0"
    >
      <h2 className="mb-3 text-sm font-semibold">
        {lines.length === 0
          ? `${from === to ? 'These are the same drawing' : 'Both do the same'}.`
          : `${countText(lines.length, 'difference')} from ${drawingTitle(from)} to ${drawingTitle(to)}`}
      </h2>
      {lines.length === 0 && from !== to && <p className="text-ink-soft">At most nodes were moved or notes written.</p>}
      <ul className="flex flex-col gap-1">
        {lines.map((line) => (
          <Line key={line.key} line={line} isSelected={line.nodeId !== undefined && line.nodeId === selectedId} onSelect={onSelect} />
        ))}
      </ul>
    </aside>
  );
}

function Line({
  line: { kind, title, nodeId, fields },
  isSelected,
  onSelect,
}: {
  line: DifferenceLine;
  isSelected: boolean;
  onSelect: (nodeId: string | null) => void;
}) {
  const { icon: Icon, text, tone } = looks[kind];
  const head = (
    <>
      <Icon size={14} className={`mt-0.5 shrink-0 ${toneText[tone]}`} aria-hidden />
      <span className="min-w-0 flex-1 break-words">
        <span className={`font-medium ${toneText[tone]}`}>{text}:</span> {title}
      </span>
    </>
  );
  return (
    <li className={classNames('rounded-md', isSelected && 'bg-accent-soft')}>
      {nodeId === undefined ? (
        <p className="flex gap-2 px-2 py-1.5">{head}</p>
      ) : (
        <button
          type="button"
          aria-pressed={isSelected}
          onClick={() => onSelect(isSelected ? null : nodeId)}
          className="hover:bg-sunken flex w-full gap-2 rounded-md px-2 py-1.5 text-left"
        >
          {head}
        </button>
      )}
      {fields.length > 0 && (
        <dl className="flex flex-col gap-2 pr-2 pb-2 pl-8">
          {fields.map((field) => (
            <Field key={field.field} field={field} />
          ))}
        </dl>
      )}
    </li>
  );
}

function Field({ field: { label, before, after } }: { field: FieldChange }) {
  return (
    <div>
      <dt className="text-ink-faint text-xs">{label}</dt>
      <dd className="flex flex-wrap items-baseline gap-x-1.5 break-words whitespace-pre-wrap">
        <del className="text-ink-soft decoration-bad min-w-0">{before || <Empty />}</del>
        <span aria-hidden className="text-ink-faint">
          →
        </span>
        <span className="sr-only">becomes</span>
        <ins className="min-w-0 no-underline">{after || <Empty />}</ins>
      </dd>
    </div>
  );
}

function Empty() {
  return <span className="text-ink-faint italic">empty</span>;
}
