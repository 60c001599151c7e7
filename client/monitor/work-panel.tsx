import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { OverviewView } from '../../shared/api/overview.ts';
import { Panel } from '../shell/page.tsx';
import { StatusDot } from '../ui/status-dot.tsx';
import { TimeText } from '../ui/time-text.tsx';
import type { Tone } from '../ui/tone.ts';
import { messagesSearch } from './message-links.ts';

/** Who works, and what waits to be worked on. */
export function WorkPanel({ overview: { workers, queue } }: { overview: OverviewView }) {
  return (
    <Panel label="Workers and queue">
      <h2 className="border-line border-b px-4 py-2.5 font-semibold">Workers and queue</h2>
      <ul className="flex flex-col gap-1.5 px-4 py-3">
        <Line tone={workers.running > 0 ? 'good' : 'bad'}>
          <Link to="/monitor/processes" className="hover:underline">
            {workers.running === 0 ? 'No worker is running' : workers.running === 1 ? '1 worker runs' : `${workers.running} workers run`}
          </Link>
        </Line>
        {workers.stopping > 0 && (
          <Line tone="warn">
            <Link to="/monitor/processes" className="hover:underline">
              {workers.stopping} stopping
            </Link>
          </Line>
        )}
        {workers.lost > 0 && (
          <Line tone="bad">
            <Link to="/monitor/processes" className="hover:underline">
              {workers.lost} lost within the last hour
            </Link>
          </Line>
        )}
        <Line tone={queue.running > 0 ? 'info' : 'neutral'}>
          <Link to="/monitor/messages" search={messagesSearch({ statuses: ['PROCESSING'] })} className="hover:underline">
            {count(queue.running, 'message')} running
          </Link>
        </Line>
        <Line tone={queue.waiting > 0 ? 'info' : 'neutral'}>
          <Link to="/monitor/messages" search={messagesSearch({ statuses: ['PROCESSING'] })} className="hover:underline">
            {count(queue.waiting, 'message')} waiting for a worker
          </Link>
          {queue.oldestAt && (
            <span className="text-ink-faint">
              , the oldest since <TimeText at={queue.oldestAt} />
            </span>
          )}
        </Line>
        <Line tone={queue.retrying > 0 ? 'warn' : 'neutral'}>
          <Link to="/monitor/messages" search={messagesSearch({ statuses: ['RETRY'] })} className="hover:underline">
            {count(queue.retrying, 'message')} waiting for another attempt
          </Link>
        </Line>
      </ul>
    </Panel>
  );
}

function Line({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <li className="flex items-baseline gap-2">
      <StatusDot tone={tone} />
      <span className="min-w-0">{children}</span>
    </li>
  );
}

function count(number: number, what: string): string {
  return number === 1 ? `1 ${what}` : `${number.toLocaleString()} ${what}s`;
}
