import { Link, useParams } from '@tanstack/react-router';
import { CircleStop, FileDown, History, RotateCw } from 'lucide-react';
import { useState } from 'react';
import type { ChannelView, DeploymentView } from '../../shared/api/flows.ts';
import { useRoute } from '../api.ts';
import { exportFlow } from '../flows/export-flow.ts';
import { VersionsDialog } from '../flows/versions-dialog.tsx';
import { useMay } from '../may.ts';
import { Loaded } from '../shell/loaded.tsx';
import { Page, Panel } from '../shell/page.tsx';
import { Button, buttonClass } from '../ui/button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { TimeText } from '../ui/time-text.tsx';
import { ChannelFacts } from './channel-facts.tsx';
import { DeploymentStateText } from './deployment-state.tsx';
import { ErrorText } from './error-text.tsx';
import { LogLevelMenu } from './log-level-menu.tsx';
import { messagesSearch } from './message-links.ts';
import { PollingInformation } from './polling-information.tsx';
import { PollNowButton } from './poll-now-button.tsx';
import { StatusCounts } from './status-counts.tsx';
import { useDeploymentActions } from './use-deployment-actions.ts';
import { WhyPanel } from './why-panel.tsx';

/** One deployed flow: why nothing came in, how each of its channels goes, and every poll of the last day. */
export function FlowContentPage() {
  const { flowId } = useParams({ from: '/inside/monitor/content/$flowId' });
  const deployments = useRoute('listDeployments', {});
  const deployment = deployments.data?.items.find((one) => one.flowId === flowId);
  return (
    <Loaded query={deployments}>
      {() =>
        deployment ? (
          <Content deployment={deployment} />
        ) : (
          <Page title="Integration content">
            <EmptyState
              title="This flow is not deployed."
              text="It was undeployed or deleted; its messages are kept all the same."
              action={
                <Link to="/monitor/content" className={buttonClass('primary')}>
                  See what is deployed
                </Link>
              }
            />
          </Page>
        )
      }
    </Loaded>
  );
}

function Content({ deployment }: { deployment: DeploymentView }) {
  const { flowId, flowName, state, version, deployedAt, deployedBy, error, channels, counts } = deployment;
  return (
    <Page
      title={flowName}
      intro={
        <>
          Version {version}, deployed <TimeText at={deployedAt} /> by {deployedBy}
        </>
      }
      actions={<Actions deployment={deployment} />}
    >
      <Panel label="Deployment">
        <div className="flex flex-wrap items-center gap-x-5 gap-y-2 px-4 py-3">
          <DeploymentStateText state={state} />
          <StatusCounts flowId={flowId} counts={counts} />
          <span className="flex flex-wrap gap-2 sm:ml-auto">
            <Link to="/monitor/messages" search={messagesSearch({ flowId })} className={buttonClass('secondary', 'sm')}>
              Messages
            </Link>
            <Link to="/flows/$flowId" params={{ flowId }} className={buttonClass('secondary', 'sm')}>
              Open the flow
            </Link>
          </span>
        </div>
        {error && <ErrorText error={error} className="border-line border-t px-4 py-3" />}
      </Panel>
      {channels.map((channel) => (
        <Channel key={channel.id} channel={channel} flowId={flowId} isOnly={channels.length === 1} />
      ))}
      {channels.length === 0 && (
        <EmptyState title="No channel of this flow is polled." text="A flow that starts, or could not be started, polls nothing." />
      )}
    </Page>
  );
}

function Channel({ channel, flowId, isOnly }: { channel: ChannelView; flowId: string; isOnly: boolean }) {
  return (
    <section aria-label={`Channel ${channel.name}`} className="flex flex-col gap-3">
      {!isOnly && <h2 className="mt-2 text-base font-semibold">{channel.name}</h2>}
      <WhyPanel channel={channel} flowId={flowId} />
      <Panel label={`State of ${channel.name}`}>
        <ul className="-mt-px">
          <ChannelFacts channel={channel} flowId={flowId} isWide />
        </ul>
      </Panel>
      <PollingInformation channel={channel} flowId={flowId} />
    </section>
  );
}

function Actions({ deployment }: { deployment: DeploymentView }) {
  const { flowId, flowName, version, state } = deployment;
  const [isShowingVersions, setIsShowingVersions] = useState(false);
  const mayDeploy = useMay('deploy');
  const { restart, undeploy, isBusy } = useDeploymentActions(deployment);
  return (
    <>
      <PollNowButton flowId={flowId} />
      <LogLevelMenu flowId={flowId} />
      <Button
        size="sm"
        icon={<RotateCw size={13} aria-hidden />}
        disabled={!mayDeploy || state === 'Starting'}
        isBusy={isBusy}
        onClick={restart}
      >
        Restart
      </Button>
      <Button size="sm" icon={<History size={13} aria-hidden />} onClick={() => setIsShowingVersions(true)}>
        Versions
      </Button>
      <Button size="sm" icon={<FileDown size={13} aria-hidden />} onClick={() => void exportFlow(flowId, 'yaml', version)}>
        Download
      </Button>
      <Button
        size="sm"
        variant="danger"
        icon={<CircleStop size={13} aria-hidden />}
        disabled={!mayDeploy || state === 'Stopping'}
        onClick={undeploy}
      >
        Undeploy
      </Button>
      <VersionsDialog
        flow={{ id: flowId, name: flowName, deployedVersion: version }}
        isOpen={isShowingVersions}
        onClose={() => setIsShowingVersions(false)}
      />
    </>
  );
}
