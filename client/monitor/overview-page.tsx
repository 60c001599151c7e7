import { Link } from '@tanstack/react-router';
import { useRoute } from '../api.ts';
import { PracticeMailButton } from '../flows/practice-mail-button.tsx';
import { Loaded } from '../shell/loaded.tsx';
import { Page } from '../shell/page.tsx';
import { buttonClass } from '../ui/button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { DeploymentPanel } from './deployment-panel.tsx';

/** Every deployed flow: is it reading its mailboxes, and what became of the mails. */
export function OverviewPage() {
  const deployments = useRoute('listDeployments', {});
  return (
    <Page title="Overview" actions={<PracticeMailButton />}>
      <Loaded query={deployments}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState
              title="No flow is deployed."
              text="A flow reads its mailboxes from the moment it is deployed. Open one and press Deploy."
              action={
                <Link to="/" className={buttonClass('primary')}>
                  Go to the flows
                </Link>
              }
            />
          ) : (
            <div className="flex flex-col gap-3">
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
