import { Link } from '@tanstack/react-router';
import { useRoute } from '../api.ts';
import { PracticeMailButton } from '../flows/practice-mail-button.tsx';
import { buttonClass } from '../ui/button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { withLocalTimes } from '../ui/time-words.ts';
import { flowsOf, hasFilters, type MessageFilters } from './message-filters.ts';
import { pollText } from './poll-words.ts';

/** Why the list of messages is empty: filters, nothing deployed, a mailbox that fails, or no mail yet. */
export function NoMessages({ filters }: { filters: MessageFilters }) {
  const deployments = useRoute('listDeployments', {});
  const { flow, ...others } = filters;
  if (hasFilters(others)) {
    return <EmptyState title="No message matches these filters." text="Clear the filters to see every message." />;
  }
  const followed = deployments.data?.items.filter(({ flowId }) => !flow || flowsOf({ flow }).includes(flowId)) ?? [];
  if (deployments.data && followed.length === 0) {
    return (
      <EmptyState
        title={flow ? 'This flow is not deployed.' : 'No flow is deployed.'}
        text="Messages appear once a deployed flow takes in mail."
        action={
          <Link to="/" className={buttonClass('primary')}>
            Go to the flows
          </Link>
        }
      />
    );
  }
  const channels = followed.flatMap((deployment) => deployment.channels);
  const failing = channels.find((channel) => channel.lastPoll?.error);
  if (failing?.lastPoll?.error) {
    return (
      <EmptyState
        title="No message yet: the mailbox can’t be read."
        text={withLocalTimes(`${failing.lastPoll.error.message} ${failing.lastPoll.error.remedy}`)}
        action={
          <Link to="/monitor/polls" search={{ flow: failing.lastPoll.flowId }} className={buttonClass('secondary')}>
            See the polls
          </Link>
        }
      />
    );
  }
  const lastPoll = channels.find((channel) => channel.lastPoll)?.lastPoll;
  return (
    <EmptyState
      title="No message yet."
      text={lastPoll ? `The last poll was fine: ${pollText(lastPoll)}.` : 'The mailbox has not been visited yet.'}
      action={<PracticeMailButton />}
    />
  );
}
