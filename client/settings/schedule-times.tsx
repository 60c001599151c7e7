import { useState } from 'react';
import { isWholeDay } from '../../shared/schedule-text.ts';
import { NumberInput } from '../ui/number-input.tsx';
import { RadioGroup } from '../ui/radio-group.tsx';
import { Select } from '../ui/select.tsx';
import { Switch } from '../ui/switch.tsx';
import { TextInput } from '../ui/text-input.tsx';
import { LabelledRow } from './labelled-row.tsx';
import type { TypedTimes } from './typed-schedule.ts';

const units = { seconds: 'seconds', minutes: 'minutes', hours: 'hours' };

/** When within a day: at one time, or every so often between two. */
export function ScheduleTimes({
  times,
  wrong,
  onChange,
}: {
  times: TypedTimes;
  wrong: (path: string) => true | undefined;
  onChange: (times: TypedTimes) => void;
}) {
  return (
    <>
      <LabelledRow label="Time">
        {() => (
          <RadioGroup
            label="Time"
            value={times.mode}
            options={{ at: 'On Time', every: 'Every' }}
            onChange={(mode) => onChange({ ...times, mode })}
          />
        )}
      </LabelledRow>
      {times.mode === 'at' ? (
        <LabelledRow label="At">
          {(id) => <TimeInput id={id} value={times.at} aria-invalid={wrong('times.at')} onChange={(at) => onChange({ ...times, at })} />}
        </LabelledRow>
      ) : (
        <>
          <Interval
            every={times.every}
            unit={times.unit}
            isWrong={wrong('times.every')}
            onChange={(part) => onChange({ ...times, ...part })}
          />
          <Hours times={times} wrong={wrong} onChange={onChange} />
        </>
      )}
    </>
  );
}

export function Interval({
  every,
  unit,
  isWrong,
  onChange,
}: {
  every: number | null;
  unit: TypedTimes['unit'];
  isWrong: true | undefined;
  onChange: (part: { every: number | null } | { unit: TypedTimes['unit'] }) => void;
}) {
  return (
    <LabelledRow label="Every">
      {(id) => (
        <div className="flex gap-2">
          <NumberInput
            id={id}
            min={1}
            value={every ?? undefined}
            aria-invalid={isWrong}
            onChange={(value) => onChange({ every: value ?? null })}
            className="w-20!"
          />
          <Select aria-label="Unit" className="w-32!" value={unit} options={units} onChange={(value) => onChange({ unit: value })} />
        </div>
      )}
    </LabelledRow>
  );
}

/** What the two times are when the whole day is switched off for the first time. */
const officeHours = { from: '08:00', to: '18:00' };

function Hours({
  times,
  wrong,
  onChange,
}: {
  times: TypedTimes;
  wrong: (path: string) => true | undefined;
  onChange: (times: TypedTimes) => void;
}) {
  const isAllDay = isWholeDay(times);
  const [hours, setHours] = useState(isAllDay ? officeHours : { from: times.from, to: times.to });
  const change = (part: Partial<typeof hours>) => {
    const changed = { ...hours, ...part };
    setHours(changed);
    onChange({ ...times, ...changed });
  };
  return (
    <>
      <LabelledRow label="Whole day">
        {(id) => (
          <Switch id={id} isOn={isAllDay} onChange={(isOn) => onChange({ ...times, ...(isOn ? { from: '00:00', to: '24:00' } : hours) })} />
        )}
      </LabelledRow>
      {!isAllDay && (
        <LabelledRow label="From">
          {(id) => (
            <div className="flex flex-wrap items-center gap-2">
              <TimeInput id={id} value={times.from} aria-invalid={wrong('times.from')} onChange={(from) => change({ from })} />
              <label htmlFor={`${id}-to`} className="text-ink-soft">
                to
              </label>
              <TimeInput
                id={`${id}-to`}
                // A time input knows no 24:00.
                value={times.to === '24:00' ? '00:00' : times.to}
                aria-invalid={wrong('times.to')}
                onChange={(to) => change({ to })}
              />
              {times.to <= times.from && times.to !== times.from && <span className="text-ink-soft text-xs">next day</span>}
            </div>
          )}
        </LabelledRow>
      )}
    </>
  );
}

function TimeInput(props: { id: string; value: string; 'aria-invalid': true | undefined; onChange: (value: string) => void }) {
  return <TextInput {...props} type="time" className="tabular w-30!" />;
}
