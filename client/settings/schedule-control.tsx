import { useState } from 'react';
import { scheduleSchema } from '../../shared/schedule.ts';
import { isTimeZone } from '../../shared/time-zone.ts';
import { offsetText, zoneChoices } from '../time-zones.ts';
import { RadioGroup } from '../ui/radio-group.tsx';
import { SearchSelect } from '../ui/search-select.tsx';
import { TextInput } from '../ui/text-input.tsx';
import type { ControlProps } from './field-control.tsx';
import { LabelledRow } from './labelled-row.tsx';
import { NextRuns } from './next-runs.tsx';
import { ScheduleDays } from './schedule-days.tsx';
import { Interval, ScheduleTimes } from './schedule-times.tsx';
import { readTyped, wrongPaths, type TypedSchedule } from './typed-schedule.ts';

const kinds = { once: 'Run Once', day: 'Schedule on Day', recur: 'Schedule to Recur', cron: 'Cron' };

/** When the channel is polled, and what comes of it. */
export function ScheduleControl({ typed, ids, labelId, onChange }: ControlProps) {
  const [openedAt] = useState(() => new Date());
  const schedule = readTyped(typed, openedAt);
  const valid = scheduleSchema.safeParse(schedule);
  const wrong = wrongPaths(schedule);
  const isWrong = (path: string) => wrong.has(path) || undefined;
  const change = (part: Partial<TypedSchedule>) => onChange({ ...schedule, ...part });
  return (
    <fieldset aria-labelledby={labelId} aria-describedby={ids['aria-describedby']} className="flex min-w-0 flex-col gap-3">
      <RadioGroup
        label="Kind of schedule"
        value={schedule.kind}
        // An older drawing can go back to what it was.
        options={schedule.unit === undefined ? kinds : { ...kinds, interval: 'Interval' }}
        onChange={(kind) => change({ kind })}
      />
      {schedule.kind === 'interval' && (
        <Interval every={schedule.every ?? null} unit={schedule.unit ?? 'minutes'} isWrong={isWrong('every')} onChange={change} />
      )}
      {schedule.kind === 'day' && (
        <LabelledRow label="Date">
          {(id) => (
            <TextInput
              id={id}
              type="date"
              className="tabular w-40!"
              value={schedule.date}
              aria-invalid={isWrong('date')}
              onChange={(date) => change({ date })}
            />
          )}
        </LabelledRow>
      )}
      {schedule.kind === 'recur' && <ScheduleDays days={schedule.days} wrong={isWrong} onChange={(days) => change({ days })} />}
      {(schedule.kind === 'day' || schedule.kind === 'recur') && (
        <ScheduleTimes times={schedule.times} wrong={isWrong} onChange={(times) => change({ times })} />
      )}
      {schedule.kind === 'cron' && <CronExpression schedule={schedule} isWrong={isWrong('expression')} change={change} />}
      {schedule.kind !== 'once' && schedule.kind !== 'interval' && (
        <LabelledRow label="Time zone">
          {(id) => <ZonePicker id={id} zone={schedule.zone} isWrong={isWrong('zone')} onChange={(zone) => change({ zone })} />}
        </LabelledRow>
      )}
      {valid.success && <NextRuns schedule={valid.data} />}
    </fieldset>
  );
}

function CronExpression({
  schedule,
  isWrong,
  change,
}: {
  schedule: TypedSchedule;
  isWrong: true | undefined;
  change: (part: Partial<TypedSchedule>) => void;
}) {
  return (
    <LabelledRow label="Expression">
      {(id) => (
        <>
          <TextInput
            id={id}
            className="font-mono"
            value={schedule.expression}
            placeholder="*/5 8-17 * * MON-FRI"
            spellCheck={false}
            autoComplete="off"
            aria-invalid={isWrong}
            aria-describedby={`${id}-help`}
            onChange={(expression) => change({ expression })}
          />
          <p id={`${id}-help`} className="text-ink-faint mt-1 text-xs">
            Minute, hour, day of month, month, weekday; with six fields, the second comes first.
          </p>
        </>
      )}
    </LabelledRow>
  );
}

function ZonePicker({
  id,
  zone,
  isWrong,
  onChange,
}: {
  id: string;
  zone: string;
  isWrong: true | undefined;
  onChange: (zone: string) => void;
}) {
  const choices = zoneChoices();
  const [now] = useState(() => new Date());
  return (
    <SearchSelect
      id={id}
      value={zone}
      options={choices.includes(zone) ? choices : [zone, ...choices]}
      hintOf={(choice) => (isTimeZone(choice) ? offsetText(choice, now) : 'unknown')}
      emptyText="No such time zone. Type part of its name, such as a city."
      aria-invalid={isWrong}
      onChange={onChange}
    />
  );
}
