import { Link, useSearch } from '@tanstack/react-router';
import { useRoute } from '../api.ts';
import { useMay } from '../may.ts';
import { Loaded } from '../shell/loaded.tsx';
import { Page } from '../shell/page.tsx';
import { Badge } from '../ui/badge.tsx';
import { AlertHistory } from './alert-history.tsx';
import { AlertRules } from './alert-rules.tsx';
import { AlertTargets } from './alert-targets.tsx';
import { alertParts, type AlertPart } from './alerts-shown.ts';
import { OpenAlerts } from './open-alerts.tsx';

const partWords: Record<AlertPart, string> = { open: 'Open', history: 'History', rules: 'Rules', targets: 'Who is told' };
/** When the watchdog looked last changes without an event. */
const checkAgainMs = 10_000;

/** What stopped or failed, since when, and what to do; and who is told of it. */
export function AlertsPage() {
  const { show = 'open' } = useSearch({ from: '/inside/monitor/alerts' });
  const alerts = useRoute('listAlerts', {}, { everyMs: checkAgainMs });
  const open = alerts.data?.open ?? 0;
  const mayAdminister = useMay('administer');
  return (
    <Page title="Alerts" intro="What stopped or failed, since when, and what to do. An alert clears by itself when its cause is gone.">
      <nav aria-label="Alerts" className="flex flex-wrap gap-1">
        {alertParts
          .filter((part) => part !== 'targets' || mayAdminister)
          .map((part) => (
            <Link
              key={part}
              to="/monitor/alerts"
              search={part === 'open' ? {} : { show: part }}
              activeOptions={{ exact: true }}
              className="text-ink-soft hover:bg-sunken aria-[current=page]:bg-accent-soft aria-[current=page]:text-ink flex h-8 items-center gap-1.5 rounded-md px-3 font-medium"
            >
              {partWords[part]}
              {part === 'open' && open > 0 && <Badge tone="bad">{open}</Badge>}
            </Link>
          ))}
      </nav>
      {show === 'open' && <Loaded query={alerts}>{(answer) => <OpenAlerts answer={answer} />}</Loaded>}
      {show === 'history' && <AlertHistory />}
      {show === 'rules' && <AlertRules />}
      {show === 'targets' && <AlertTargets />}
    </Page>
  );
}
