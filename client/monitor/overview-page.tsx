import { Link } from '@tanstack/react-router';
import { Activity } from 'lucide-react';
import { useRoute } from '../api.ts';
import { PracticeMailButton } from '../flows/practice-mail-button.tsx';
import { Loaded } from '../shell/loaded.tsx';
import { Page } from '../shell/page.tsx';
import { buttonClass } from '../ui/button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { DeploymentPanel } from './deployment-panel.tsx';
import { MessageChartPanel } from './message-chart-panel.tsx';
import { IntakePauses } from './intake-pauses.tsx';
import { totalsOf } from './totals.ts';
import { TotalsStrip } from './totals-strip.tsx';

/** Every deployed flow: is it reading its mailboxes, and what became of the mails. */
export function OverviewPage() {
  const deployments = useRoute('listDeployments', {});
  return (
    <Page title="Overview" actions={deployments.data && deployments.data.items.length > 0 && <PracticeMailButton />}>
      <Loaded query={deployments}>
        {({ items }) =>
          items.length === 0 ? (
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
            <div className="flex flex-col gap-3">
              <IntakePauses />
              <TotalsStrip totals={totalsOf(items)} />
              <MessageChartPanel flows={items.map(({ flowId, flowName }) => ({ id: flowId, name: flowName }))} />
              {items.map((deployment) => (
                <DeploymentPanel key={deployment.flowId} deployment={deployment} />
              ))}
            </div>
          )
        }
      </Loaded>
    </Page>
  );
}
