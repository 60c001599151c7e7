import { CalendarClock } from 'lucide-react';
import { useState } from 'react';
import { browserZone, offsetText } from '../time-zones.ts';
import { Button } from '../ui/button.tsx';
import { classNames } from '../ui/class-names.ts';
import { Field } from '../ui/field.tsx';
import { Popover } from '../ui/popover.tsx';
import { TextInput } from '../ui/text-input.tsx';
import { useNow } from '../ui/use-now.ts';
import type { MessageFilters } from './message-filters.ts';
import { localFieldText, messageTimes, readLocalField, spanText, type MessageTime } from './message-times.ts';

type Times = Pick<MessageFilters, 'last' | 'from' | 'to'>;

const none = { last: undefined, from: undefined, to: undefined };
const choices = Object.entries(messageTimes) as [MessageTime, string][];

/** When messages were received: counted back from now, or between two moments of the person's own clock. */
export function TimeRange({
  times,
  onChange,
}: {
  times: Times;
  onChange: (times: { last: MessageTime | undefined; from: string | undefined; to: string | undefined }) => void;
}) {
  const [isOpen, setIsOpen] = useState(false);
  const choose = (next: Partial<Times>) => {
    setIsOpen(false);
    onChange({ ...none, ...next });
  };
  const { last, from, to } = times;
  const isSpan = !last && (from !== undefined || to !== undefined);
  const text = last ? messageTimes[last] : isSpan ? spanText(from, to) : 'Any time';
  return (
    <Popover
      title="Received"
      isOpen={isOpen}
      onOpenChange={setIsOpen}
      trigger={
        <button type="button" aria-label={`Received: ${text}`} className="control flex h-8 w-auto! max-w-72 items-center gap-2 text-left">
          <CalendarClock size={14} className="text-ink-faint shrink-0" aria-hidden />
          <span className="truncate">{text}</span>
        </button>
      }
    >
      <div className="flex flex-wrap gap-1.5">
        {[['', 'Any time'] as const, ...choices].map(([value, label]) => {
          const isChosen = value === (last ?? '') && !isSpan;
          return (
            <button
              key={value}
              type="button"
              aria-pressed={isChosen}
              onClick={() => choose(value === '' ? {} : { last: value })}
              className={classNames(
                'h-8 rounded-md border px-2.5 text-sm transition-colors',
                isChosen ? 'border-accent bg-accent-soft text-ink' : 'border-line-strong bg-surface text-ink-soft hover:bg-sunken',
              )}
            >
              {label}
            </button>
          );
        })}
      </div>
      <SpanForm key={String(isOpen)} from={from} to={to} onChange={choose} />
    </Popover>
  );
}

function SpanForm({
  from,
  to,
  onChange,
}: {
  from: string | undefined;
  to: string | undefined;
  onChange: (span: Pick<Times, 'from' | 'to'>) => void;
}) {
  const [typedFrom, setFrom] = useState(from ? localFieldText(new Date(from)) : '');
  const [typedTo, setTo] = useState(to ? localFieldText(new Date(to)) : '');
  const [isTried, setIsTried] = useState(false);
  const now = useNow();
  const [first, end] = [readLocalField(typedFrom), readLocalField(typedTo)];
  const problem =
    !first && !end ? 'Give one of the two times, or both.' : first && end && end <= first ? 'It must be after the first time.' : undefined;
  return (
    <form
      className="border-line flex flex-col gap-3 border-t pt-3"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setIsTried(true);
        if (!problem) onChange({ ...(first && { from: first.toISOString() }), ...(end && { to: end.toISOString() }) });
      }}
    >
      <Field label="From">{(ids) => <TextInput {...ids} type="datetime-local" value={typedFrom} onChange={setFrom} />}</Field>
      <Field label="Before" error={isTried ? problem : undefined} help={`On your clock: ${zoneText(first ?? now)}`}>
        {(ids) => <TextInput {...ids} type="datetime-local" value={typedTo} onChange={setTo} />}
      </Field>
      <Button type="submit" variant="primary" className="self-start">
        Show these
      </Button>
    </form>
  );
}

/** "Europe/Berlin, UTC+1", "UTC" */
function zoneText(at: Date): string {
  return [...new Set([browserZone(), offsetText(browserZone(), at)])].join(', ');
}
