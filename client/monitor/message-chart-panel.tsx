import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { callUntil } from '../api.ts';
import { ErrorPanel } from '../shell/error-panel.tsx';
import { Panel } from '../shell/page.tsx';
import { classNames } from '../ui/class-names.ts';
import { RadioGroup } from '../ui/radio-group.tsx';
import { Select } from '../ui/select.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { useNow } from '../ui/use-now.ts';
import {
  chartBars,
  chartGroupNames,
  chartGroups,
  chartQuery,
  chartSpans,
  chartTop,
  stepText,
  type ChartBar,
  type ChartGroup,
  type ChartSpan,
} from './message-chart.ts';
import { RetentionLine } from './retention-line.tsx';

const fills: Record<ChartGroup, string> = { completed: 'bg-good', other: 'bg-line-strong', open: 'bg-info', failed: 'bg-bad' };

/** How many messages came in over time, and what has become of them. */
export function MessageChartPanel({ flows }: { flows: { id: string; name: string }[] }) {
  const [span, setSpan] = useState<ChartSpan>('day');
  const [flowId, setFlowId] = useState('');
  const now = useNow();
  const query = { ...chartQuery(span, now), ...(flowId && { flowId }) };
  const chart = useQuery({
    queryKey: ['getMessageChart', { query }],
    queryFn: async ({ signal }) => callUntil('getMessageChart', { query }, signal),
    placeholderData: keepPreviousData,
  });
  return (
    <Panel label="Messages received">
      <div className="flex flex-col gap-3 px-4 pt-3 pb-3">
        <header className="flex flex-wrap items-center gap-2">
          <h2 className="mr-auto font-semibold">Messages received</h2>
          {flows.length > 1 && (
            <Select
              aria-label="Flow of the chart"
              size="sm"
              value={flowId}
              onChange={setFlowId}
              options={{ '': 'All flows', ...Object.fromEntries(flows.map(({ id, name }) => [id, name])) }}
              className="w-40!"
            />
          )}
          <RadioGroup label="Span of the chart" value={span} onChange={setSpan} options={chartSpans} />
        </header>
        {chart.error && !chart.data ? (
          <ErrorPanel error={chart.error} onRetry={() => void chart.refetch()} />
        ) : chart.data ? (
          <Bars bars={chartBars(chart.data)} span={span} flowId={flowId} />
        ) : (
          <Skeleton rows={4} />
        )}
      </div>
      <RetentionLine />
    </Panel>
  );
}

function Bars({ bars, span, flowId }: { bars: ChartBar[]; span: ChartSpan; flowId: string }) {
  const [pointed, setPointed] = useState<number>();
  const top = chartTop(bars);
  const total = bars.reduce((sum, bar) => sum + bar.total, 0);
  const shown = pointed === undefined ? undefined : bars[pointed];
  return (
    <div>
      <div className="flex gap-2" onPointerLeave={() => setPointed(undefined)}>
        <div aria-hidden className="text-ink-faint tabular flex h-36 w-9 shrink-0 flex-col justify-between text-right text-xs leading-none">
          {[top, top / 2, 0].map((value) => (
            <span key={value} className="-my-1">
              {compact(value)}
            </span>
          ))}
        </div>
        <div aria-hidden className="min-w-0 flex-1">
          <div className="relative h-36">
            <div className="divide-line border-line absolute inset-0 flex flex-col divide-y border-y">
              <div className="flex-1" />
              <div className="flex-1" />
            </div>
            {total === 0 && (
              <p className="text-ink-soft absolute inset-0 flex items-center justify-center text-sm">
                <span className="bg-surface px-2">No message came in during the last {spanWords[span]}.</span>
              </p>
            )}
            <div className="absolute inset-0 flex items-stretch">
              {bars.map((bar, index) => (
                <Link
                  key={bar.from.toISOString()}
                  to="/monitor/messages"
                  search={{ ...(flowId && { flow: flowId }), from: bar.from.toISOString(), to: bar.to.toISOString() }}
                  tabIndex={-1}
                  onPointerEnter={() => setPointed(index)}
                  className={classNames('flex min-w-0 flex-1 flex-col-reverse px-px sm:px-0.5', index === pointed && 'bg-sunken/70')}
                >
                  {chartGroupNames.map((group) => (
                    <span
                      key={group}
                      className={classNames('block last:rounded-t-sm', fills[group])}
                      style={{ height: heightOf(bar.counts[group], top) }}
                    />
                  ))}
                </Link>
              ))}
            </div>
          </div>
          <div className="text-ink-faint mt-1.5 flex justify-between text-xs">
            {ticksOf(bars, span).map((text, index) => (
              <span key={`${index} ${text}`}>{text}</span>
            ))}
          </div>
        </div>
      </div>
      <p aria-hidden className="mt-2 flex min-h-9 flex-wrap items-center gap-x-4 gap-y-1 text-xs sm:min-h-5 sm:pl-11">
        <span className="text-ink-soft font-medium">{shown ? stepText(shown) : `Last ${spanWords[span]}`}</span>
        {chartGroupNames.map((group) => (
          <span key={group} className="text-ink-soft flex items-center gap-1.5">
            <span className={classNames('inline-block size-2 rounded-sm', fills[group])} />
            {chartGroups[group].label}
            <span className="text-ink tabular font-medium">
              {(shown ? shown.counts[group] : bars.reduce((sum, bar) => sum + bar.counts[group], 0)).toLocaleString()}
            </span>
          </span>
        ))}
      </p>
      <ChartTable bars={bars} />
    </div>
  );
}

const spanWords: Record<ChartSpan, string> = { day: '24 hours', week: '7 days', month: '30 days' };

/** The same for those who don't see the bars. */
function ChartTable({ bars }: { bars: ChartBar[] }) {
  return (
    <table className="sr-only">
      <caption>Messages received, by the status that they have now. Times without messages are left out.</caption>
      <thead>
        <tr>
          <th scope="col">Time</th>
          {chartGroupNames.map((group) => (
            <th key={group} scope="col">
              {chartGroups[group].label}
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
              {chartGroupNames.map((group) => (
                <td key={group}>{bar.counts[group]}</td>
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

/** Five times along the bottom, those at the edges at the edges. */
function ticksOf(bars: ChartBar[], span: ChartSpan): string[] {
  const first = bars[0]?.from.getTime() ?? 0;
  const last = bars.at(-1)?.to.getTime() ?? 0;
  return [0, 1, 2, 3, 4].map((tick) => {
    const at = new Date(first + ((last - first) * tick) / 4);
    return span === 'day'
      ? at.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' })
      : at.toLocaleDateString(undefined, { day: 'numeric', month: 'short' });
  });
}
