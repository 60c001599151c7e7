import { Link } from '@tanstack/react-router';
import type { MessageStatus } from '../../shared/status.ts';
import { classNames } from '../ui/class-names.ts';
import { toneText, type Tone } from '../ui/tone.ts';
import type { Totals } from './totals.ts';

/** Whether all is well, at a glance: what needs a person is coloured, what is fine stays quiet. */
export function TotalsStrip({ totals }: { totals: Totals }) {
  const { flows, started, channels, failingChannels, completed, underWay, failed } = totals;
  return (
    <dl className="border-line bg-line grid grid-cols-2 gap-px overflow-hidden rounded-lg border shadow-sm sm:grid-cols-5">
      <Figure name="Flows started" value={started} of={flows} tone={started < flows ? 'warn' : undefined} />
      <Figure name="Channels failing" value={failingChannels} of={channels} tone={failingChannels > 0 ? 'bad' : undefined} />
      <Figure name="Failed" value={failed} status="FAILED" tone={failed > 0 ? 'bad' : undefined} />
      <Figure name="Under way" value={underWay} />
      <Figure name="Completed" value={completed} status="COMPLETED" />
    </dl>
  );
}

/** `of`: how many it could be at most; `status`: of the messages that the figure leads to. */
function Figure({ name, value, of, status, tone }: { name: string; value: number; of?: number; status?: MessageStatus; tone?: Tone }) {
  const text = value.toLocaleString();
  return (
    <div className="bg-surface px-4 py-2.5 last:max-sm:col-span-2">
      <dt className="text-ink-faint text-xs">{name}</dt>
      <dd className={classNames('tabular text-lg font-semibold', tone && toneText[tone])}>
        {status ? (
          <Link to="/monitor/messages" search={{ status }} className="hover:underline">
            {text}
          </Link>
        ) : (
          text
        )}
        {of !== undefined && <span className="text-ink-faint text-sm font-normal"> of {of.toLocaleString()}</span>}
      </dd>
    </div>
  );
}
