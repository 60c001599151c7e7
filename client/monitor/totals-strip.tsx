import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { classNames } from '../ui/class-names.ts';
import { toneText, type Tone } from '../ui/tone.ts';
import { messagesSearch, openStatuses } from './message-links.ts';
import type { Totals } from './totals.ts';

/** Whether all is well, at a glance: what needs a person is coloured, what is fine stays quiet. Each figure leads to what it counts. */
export function TotalsStrip({ totals, time }: { totals: Totals; time: { from: string; to: string } }) {
  const { flows, started, channels, failingChannels, completed, underWay, failed, quarantined } = totals;
  const bad = (count: number) => (count > 0 ? 'bad' : undefined);
  return (
    <dl className="border-line bg-line grid grid-cols-2 gap-px overflow-hidden rounded-lg border shadow-sm sm:grid-cols-3 lg:grid-cols-6">
      <Figure name="Flows started" of={flows} tone={started < flows ? 'warn' : undefined}>
        <Link to="/monitor/content" className={figureLink}>
          {started.toLocaleString()}
        </Link>
      </Figure>
      <Figure name="Channels failing" of={channels} tone={bad(failingChannels)}>
        <Link to="/monitor/polls" search={failingChannels > 0 ? { result: 'failed' } : {}} className={figureLink}>
          {failingChannels.toLocaleString()}
        </Link>
      </Figure>
      <Figure name="Failed" tone={bad(failed)}>
        <Link to="/monitor/messages" search={messagesSearch({ statuses: ['FAILED'], ...time })} className={figureLink}>
          {failed.toLocaleString()}
        </Link>
      </Figure>
      <Figure name="In quarantine" tone={quarantined > 0 ? 'warn' : undefined}>
        <Link to="/monitor/quarantine" className={figureLink}>
          {quarantined.toLocaleString()}
        </Link>
      </Figure>
      <Figure name="Under way">
        <Link to="/monitor/messages" search={messagesSearch({ statuses: openStatuses })} className={figureLink}>
          {underWay.toLocaleString()}
        </Link>
      </Figure>
      <Figure name="Completed">
        <Link to="/monitor/messages" search={messagesSearch({ statuses: ['COMPLETED'], ...time })} className={figureLink}>
          {completed.toLocaleString()}
        </Link>
      </Figure>
    </dl>
  );
}

const figureLink = 'rounded-sm hover:underline';

/** `of`: how many it could be at most. */
function Figure({ name, of, tone, children }: { name: string; of?: number; tone?: Tone | undefined; children: ReactNode }) {
  return (
    <div className="bg-surface px-4 py-2.5">
      <dt className="text-ink-faint text-xs">{name}</dt>
      <dd className={classNames('tabular text-lg font-semibold', tone && toneText[tone])}>
        {children}
        {of !== undefined && <span className="text-ink-faint text-sm font-normal"> of {of.toLocaleString()}</span>}
      </dd>
    </div>
  );
}
