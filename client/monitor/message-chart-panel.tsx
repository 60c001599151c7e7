import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { X } from 'lucide-react';
import { useState } from 'react';
import type { MessageStatus } from '../../shared/status.ts';
import { callUntil } from '../api.ts';
import { ErrorPanel } from '../shell/error-panel.tsx';
import { Panel } from '../shell/page.tsx';
import { Button, buttonClass } from '../ui/button.tsx';
import { classNames } from '../ui/class-names.ts';
import { RadioGroup } from '../ui/radio-group.tsx';
import { Select } from '../ui/select.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { ChartBrush } from './chart-brush.tsx';
import {
  chartBars,
  chartSpans,
  chartStatuses,
  chartTop,
  stepText,
  type ChartBar,
  type ChartSpan,
  type ChartTime,
} from './message-chart.ts';
import { messagesSearch } from './message-links.ts';
import type { OverviewView } from './overview-view.ts';
import { RetentionLine } from './retention-line.tsx';
import { allOf, brushOf } from './time-brush.ts';

/** Told apart by more than their colour: those that end otherwise than well or badly are striped or grey. */
const fills: Record<MessageStatus, string> = {
  COMPLETED: 'bg-good',
  ESCALATED: 'bg-[repeating-linear-gradient(45deg,var(--warn)_0_2px,var(--warn-soft)_2px_4px)]',
  DISCARDED: 'bg-line-strong',
  CANCELLED: 'bg-[repeating-linear-gradient(45deg,var(--ink-faint)_0_2px,var(--sunken)_2px_4px)]',
  ABANDONED: 'bg-[repeating-linear-gradient(0deg,var(--ink-faint)_0_1px,var(--sunken)_1px_3px)]',
  PROCESSING: 'bg-info',
  RETRY: 'bg-warn',
  FAILED: 'bg-bad',
};

/**
 * How many messages came in over time, and what has become of them. Dragging over it, or moving its two edges by keys, narrows the whole
 * page to a part of the time.
 */
export function MessageChartPanel({
  flows,
  time,
  view,
  onChange,
}: {
  flows: { id: string; name: string }[];
  time: ChartTime;
  view: OverviewView;
  onChange: (view: OverviewView) => void;
}) {
  const span = view.span ?? 'day';
  const query = { ...time, ...(view.flow && { flowId: view.flow }) };
  const chart = useQuery({
    queryKey: ['getMessageChart', { query }],
    queryFn: async ({ signal }) => callUntil('getMessageChart', { query }, signal),
    placeholderData: keepPreviousData,
  });
  const setSpan = (next: ChartSpan) => onChange({ ...(next !== 'day' && { span: next }), ...(view.flow && { flow: view.flow }) });
  return (
    <Panel label="Messages received">
      <div className="flex flex-col gap-3 px-4 pt-3 pb-3">
        <header className="flex flex-wrap items-center gap-2">
          <h2 className="mr-auto font-semibold">Messages received</h2>
          {flows.length > 1 && (
            <Select
              aria-label="Flow of the chart"
              size="sm"
              value={view.flow ?? ''}
              onChange={(flow) => onChange({ ...view, flow: flow || undefined })}
              options={{ '': 'All flows', ...Object.fromEntries(flows.map(({ id, name }) => [id, name])) }}
              className="w-40!"
            />
          )}
          <RadioGroup label="Span of the chart" value={span} onChange={setSpan} options={chartSpans} />
        </header>
        {chart.error && !chart.data ? (
          <ErrorPanel error={chart.error} onRetry={() => void chart.refetch()} />
        ) : chart.data ? (
          <Bars bars={chartBars(chart.data)} span={span} view={view} onChange={onChange} />
        ) : (
          <Skeleton rows={4} />
        )}
      </div>
      <RetentionLine />
    </Panel>
  );
}

function Bars({
  bars,
  span,
  view,
  onChange,
}: {
  bars: ChartBar[];
  span: ChartSpan;
  view: OverviewView;
  onChange: (view: OverviewView) => void;
}) {
  const [pointed, setPointed] = useState<number>();
  const top = chartTop(bars);
  const brush = brushOf(bars, view.from, view.to);
  const { first, last } = brush ?? allOf(bars.length);
  const inBrush = bars.slice(first, last + 1);
  const over = pointed === undefined ? undefined : bars[pointed];
  const shown = over ? [over] : inBrush;
  const shownTime = { from: shown[0]?.from ?? new Date(0), to: shown.at(-1)?.to ?? new Date(0) };
  const total = bars.reduce((sum, bar) => sum + bar.total, 0);
  const totalShown = inBrush.reduce((sum, bar) => sum + bar.total, 0);
  const choose = (chosen: { first: number; last: number } | undefined) => {
    const [from, to] = [chosen && bars[chosen.first]?.from, chosen && bars[chosen.last]?.to];
    const isAll = chosen?.first === 0 && chosen.last === bars.length - 1;
    const { from: _from, to: _to, ...rest } = view;
    onChange(from && to && !isAll ? { ...rest, from: from.toISOString(), to: to.toISOString() } : rest);
  };
  const searchOf = (status?: MessageStatus) => {
    const [from, to] = [inBrush[0]?.from.toISOString(), inBrush.at(-1)?.to.toISOString()];
    return messagesSearch({ flowId: view.flow, statuses: status && [status], from, to });
  };
  const statuses = chartStatuses.filter((status) => bars.some((bar) => (bar.counts[status] ?? 0) > 0));
  return (
    <div>
      <div className="flex gap-2">
        <div aria-hidden className="text-ink-faint tabular flex h-28 w-9 shrink-0 flex-col justify-between text-right text-xs leading-none">
          {[top, top / 2, 0].map((value) => (
            <span key={value} className="-my-1">
              {compact(value)}
            </span>
          ))}
        </div>
        <div className="min-w-0 flex-1">
          <div className="relative h-28">
            <div aria-hidden className="divide-line border-line absolute inset-0 flex flex-col divide-y border-y">
              <div className="flex-1" />
              <div className="flex-1" />
            </div>
            {total === 0 && (
              <p className="text-ink-soft absolute inset-0 flex items-center justify-center text-sm">
                <span className="bg-surface px-2">
                  {brush ? 'No message came in around that time.' : `No message came in during the last ${spanWords[span]}.`}
                </span>
              </p>
            )}
            <div aria-hidden className="absolute inset-0 flex items-stretch">
              {bars.map((bar, index) => (
                <div
                  key={bar.from.toISOString()}
                  className={classNames(
                    'flex min-w-0 flex-1 flex-col-reverse px-px sm:px-0.5',
                    index === pointed && 'bg-sunken/70',
                    (index < first || index > last) && 'opacity-35',
                  )}
                >
                  {chartStatuses.map((status) => (
                    <span
                      key={status}
                      className={classNames('block last:rounded-t-sm', fills[status])}
                      style={{ height: heightOf(bar.counts[status] ?? 0, top) }}
                    />
                  ))}
                </div>
              ))}
            </div>
            <ChartBrush bars={bars} brush={brush} onPoint={setPointed} onChoose={choose} />
          </div>
          <div aria-hidden className="text-ink-faint mt-1.5 flex justify-between text-xs">
            {ticksOf(bars, span).map((text, index) => (
              <span key={`${index} ${text}`}>{text}</span>
            ))}
          </div>
        </div>
      </div>
      <div className="mt-2 flex min-h-9 flex-wrap items-center gap-x-4 gap-y-1 text-xs sm:min-h-7 sm:pl-11">
        <span className="text-ink-soft font-medium">{over || brush ? stepText(shownTime) : `Last ${spanWords[span]}`}</span>
        {statuses.map((status) => (
          <Link
            key={status}
            to="/monitor/messages"
            search={searchOf(status)}
            className="text-ink-soft flex min-h-6 items-center gap-1.5 rounded-sm hover:underline"
          >
            <span aria-hidden className={classNames('inline-block size-2.5 rounded-sm', fills[status])} />
            <span className="lowercase first-letter:uppercase">{status}</span>
            <span className="text-ink tabular font-medium">
              {shown.reduce((sum, bar) => sum + (bar.counts[status] ?? 0), 0).toLocaleString()}
            </span>
          </Link>
        ))}
        <span className="flex flex-wrap items-center gap-1 sm:ml-auto">
          {totalShown > 0 && (
            <Link to="/monitor/messages" search={searchOf()} className={buttonClass('ghost', 'sm')}>
              {totalShown === 1 ? 'Show the message' : `Show the ${totalShown.toLocaleString()} messages`}
            </Link>
          )}
          {brush && (
            <Button size="sm" variant="ghost" icon={<X size={13} aria-hidden />} onClick={() => choose(undefined)}>
              Whole time
            </Button>
          )}
        </span>
      </div>
      <ChartTable bars={bars} statuses={statuses} />
    </div>
  );
}

export const spanWords: Record<ChartSpan, string> = { day: '24 hours', week: '7 days', month: '30 days' };

/** The same for those who don't see the bars. */
function ChartTable({ bars, statuses }: { bars: ChartBar[]; statuses: MessageStatus[] }) {
  return (
    <table className="sr-only">
      <caption>Messages received, by the status that they have now. Times without messages are left out.</caption>
      <thead>
        <tr>
          <th scope="col">Time</th>
          {statuses.map((status) => (
            <th key={status} scope="col">
              {status}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {bars
          .filter((bar) => bar.total > 0)
          .map((bar) => (
            <tr key={bar.from.toISOString()}>
              <th scope="row">{stepText(bar)}</th>
              {statuses.map((status) => (
                <td key={status}>{bar.counts[status] ?? 0}</td>
              ))}
            </tr>
          ))}
      </tbody>
    </table>
  );
}

/** What is there is seen, however little it is beside the rest. */
function heightOf(count: number, top: number): string {
  return count === 0 ? '0' : `max(2px, ${((count / top) * 100).toFixed(2)}%)`;
}

function compact(value: number): string {
  return value.toLocaleString(undefined, { notation: 'compact' });
}

/** Five along the bottom: times between the steps of a day, else the days of steps. */
function ticksOf(bars: ChartBar[], span: ChartSpan): string[] {
  return [0, 1, 2, 3, 4].map((tick) => {
    const bar = bars[Math.round(((bars.length - 1) * tick) / 4)];
    if (!bar) return '';
    if (span !== 'day') return bar.from.toLocaleDateString(undefined, { day: 'numeric', month: 'short' });
    return (tick === 4 ? bar.to : bar.from).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' });
  });
}
