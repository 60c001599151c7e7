import { z } from 'zod';
import { everyMinute, nextRuns, scheduleSchema, type Schedule } from '../../shared/schedule.ts';
import { NumberInput } from '../ui/number-input.tsx';
import { Select } from '../ui/select.tsx';
import { useNow } from '../ui/use-now.ts';
import type { ControlProps } from './field-control.tsx';

/** What may be in the field while it is typed into: the number can be missing. */
const typedSchema = z
  .object({
    kind: z.literal('interval').catch('interval'),
    every: z.number().optional().catch(undefined),
    unit: z.enum(['seconds', 'minutes', 'hours']).catch('minutes'),
  })
  .catch(everyMinute);

const units = { seconds: 'seconds', minutes: 'minutes', hours: 'hours' };

/** Every so many seconds, minutes or hours, and the next five runs. */
export function ScheduleControl({ typed, ids, labelId, onChange }: ControlProps) {
  const schedule = typedSchema.parse(typed ?? everyMinute);
  const valid = scheduleSchema.safeParse(schedule);
  return (
    <fieldset aria-labelledby={labelId} className="flex min-w-0 flex-col gap-2">
      <div className="flex items-center gap-2 text-sm">
        <span className="text-ink-soft">Every</span>
        <NumberInput
          {...ids}
          aria-label="Every"
          min={1}
          max={1_000}
          value={schedule.every}
          onChange={(every) => onChange({ ...schedule, every })}
          className="w-20!"
        />
        <Select
          aria-label="Unit"
          className="w-32!"
          value={schedule.unit}
          options={units}
          onChange={(unit) => onChange({ ...schedule, unit })}
        />
      </div>
      {valid.success && <NextRuns schedule={valid.data} />}
    </fieldset>
  );
}

function NextRuns({ schedule }: { schedule: Schedule }) {
  const runs = nextRuns(schedule, useNow(), 5);
  const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <p
      className="text-ink-soft tabular text-xs"
      title="The second differs from mailbox to mailbox, so that they don't all sign in at once."
    >
      Next runs, about:{' '}
      {runs.map((run) => run.toLocaleTimeString([], { hour: 'numeric', minute: '2-digit', second: '2-digit' })).join(' · ')}
      <span className="text-ink-faint"> ({zone})</span>
    </p>
  );
}
