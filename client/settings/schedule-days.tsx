import { weekdayNames } from '../../shared/schedule-text.ts';
import { CheckGroup } from '../ui/check-group.tsx';
import { NumberInput } from '../ui/number-input.tsx';
import { RadioGroup } from '../ui/radio-group.tsx';
import { LabelledRow } from './labelled-row.tsx';
import type { TypedDays } from './typed-schedule.ts';

/** On which days: all, some of the week, or one of the month. */
export function ScheduleDays({
  days,
  wrong,
  onChange,
}: {
  days: TypedDays;
  wrong: (path: string) => true | undefined;
  onChange: (days: TypedDays) => void;
}) {
  return (
    <>
      <LabelledRow label="Repeat">
        {() => (
          <RadioGroup
            label="Repeat"
            value={days.repeat}
            options={{ daily: 'Daily', weekly: 'Weekly', monthly: 'Monthly' }}
            onChange={(repeat) => onChange({ ...days, repeat })}
          />
        )}
      </LabelledRow>
      {days.repeat === 'weekly' && (
        <LabelledRow label="On">
          {() => (
            <CheckGroup
              label="Weekdays"
              values={days.weekdays}
              options={weekdayNames}
              onChange={(ticked) => onChange({ ...days, weekdays: ticked })}
            />
          )}
        </LabelledRow>
      )}
      {days.repeat === 'monthly' && (
        <LabelledRow label="Day">
          {(id) => (
            <div className="flex items-center gap-2">
              <NumberInput
                id={id}
                min={1}
                max={31}
                value={days.day ?? undefined}
                aria-invalid={wrong('days.day')}
                aria-describedby={days.day !== null && days.day > 28 ? `${id}-short` : undefined}
                onChange={(day) => onChange({ ...days, day: day ?? null })}
                className="w-20!"
              />
              {days.day !== null && days.day > 28 && days.day < 32 && (
                <span id={`${id}-short`} className="text-ink-soft text-xs">
                  In shorter months on the last day.
                </span>
              )}
            </div>
          )}
        </LabelledRow>
      )}
    </>
  );
}
