import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Activity } from 'lucide-react';
import type { RouteAnswer } from '../../shared/api.ts';
import { callUntil, type ApiError } from '../api.ts';
import { PracticeMailButton } from '../flows/practice-mail-button.tsx';
import { Loaded } from '../shell/loaded.tsx';
import { Page } from '../shell/page.tsx';
import { buttonClass } from '../ui/button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { useNow } from '../ui/use-now.ts';
import { byAttention } from './attention.ts';
import { ExpiryList } from './expiry-list.tsx';
import { FlowTile } from './flow-tile.tsx';
import { IntakePauses } from './intake-pauses.tsx';
import { chartQuery, type ChartTime } from './message-chart.ts';
import { MessageChartPanel } from './message-chart-panel.tsx';
import type { OverviewView } from './overview-view.ts';
import { TopErrors } from './top-errors.tsx';
import { totalsOf } from './totals.ts';
import { TotalsStrip } from './totals-strip.tsx';
import { WorkPanel } from './work-panel.tsx';

/** Every deployed flow: is it reading its mailboxes, what became of the mails, and what needs somebody. */
export function OverviewPage() {
  const view = useSearch({ from: '/inside/monitor/' });
  const navigate = useNavigate();
  const chosen = view.from !== undefined && view.to !== undefined ? { from: view.from, to: view.to } : undefined;
  const time = chartQuery(view.span ?? 'day', useNow(), chosen);
  const query = chosen ?? { from: time.from, to: time.to };
  const overview = useQuery<RouteAnswer<'getOverview'>, ApiError>({
    queryKey: ['getOverview', { query }],
    queryFn: async ({ signal }) => callUntil('getOverview', { query }, signal),
    placeholderData: keepPreviousData,
  });
  // A step back undoes a choice, not each key press of it.
  const change = (next: OverviewView) =>
    void navigate({ to: '/monitor', search: next, replace: chosen !== undefined && next.from !== undefined });
  return (
    <Page title="Overview" actions={overview.data && overview.data.flows.length > 0 && <PracticeMailButton />}>
      <Loaded query={overview}>
        {(data) =>
          data.flows.length === 0 ? (
            <EmptyState
              icon={<Activity size={24} aria-hidden />}
              title="No flow is deployed."
              text="A flow reads its mailboxes from the moment it is deployed. Its state, polls and mails then appear here."
              action={
                <Link to="/" className={buttonClass('primary')}>
                  Go to the flows
                </Link>
              }
            />
          ) : (
            <Shown data={data} time={time} view={view} onChange={change} />
          )
        }
      </Loaded>
    </Page>
  );
}

function Shown({
  data,
  time,
  view,
  onChange,
}: {
  data: RouteAnswer<'getOverview'>;
  time: ChartTime;
  view: OverviewView;
  onChange: (view: OverviewView) => void;
}) {
  const { from, to, flows } = data;
  return (
    <div className="flex flex-col gap-3">
      <IntakePauses />
      <TotalsStrip totals={totalsOf(data)} time={{ from, to }} />
      <MessageChartPanel
        flows={flows.map(({ flowId, flowName }) => ({ id: flowId, name: flowName }))}
        time={time}
        view={view}
        onChange={onChange}
      />
      <div className="grid items-start gap-3 lg:grid-cols-[minmax(0,1fr)_19rem]">
        <div className="grid items-start gap-3 md:grid-cols-[repeat(auto-fit,minmax(21rem,1fr))]">
          {byAttention(flows).map((tile) => (
            <FlowTile key={tile.flowId} tile={tile} time={{ from, to }} />
          ))}
        </div>
        <div className="flex flex-col gap-3">
          <TopErrors overview={data} />
          <WorkPanel overview={data} />
          <ExpiryList overview={data} />
        </div>
      </div>
    </div>
  );
}
