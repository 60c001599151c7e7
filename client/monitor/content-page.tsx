import { Link } from '@tanstack/react-router';
import { Boxes } from 'lucide-react';
import type { DeploymentView } from '../../shared/api/flows.ts';
import { useRoute } from '../api.ts';
import { Loaded } from '../shell/loaded.tsx';
import { Page, Panel } from '../shell/page.tsx';
import { Table, Td, Th } from '../shell/table.tsx';
import { buttonClass } from '../ui/button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { StatusDot } from '../ui/status-dot.tsx';
import { TimeText } from '../ui/time-text.tsx';
import { DeploymentMenu } from './deployment-menu.tsx';
import { DeploymentStateText } from './deployment-state.tsx';
import { healthWords } from './status-words.ts';

/** What runs: each deployed flow with its version and channels. */
export function ContentPage() {
  const deployments = useRoute('listDeployments', {});
  return (
    <Page
      title="Integration content"
      intro="The flows that are deployed. Each has a page with its polls and with why nothing was picked up."
    >
      <Loaded query={deployments}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState
              icon={<Boxes size={24} aria-hidden />}
              title="No flow is deployed."
              text="A deployed flow appears here with its version, its channels and every poll of the last day."
              action={
                <Link to="/" className={buttonClass('primary')}>
                  Go to the flows
                </Link>
              }
            />
          ) : (
            <Panel>
              <Table
                label="Deployed flows"
                head={
                  <>
                    <Th className="w-full">Flow</Th>
                    <Th>State</Th>
                    <Th>Version</Th>
                    <Th>Channels</Th>
                    <Th>Last poll</Th>
                    <Th>Deployed</Th>
                    <Th>
                      <span className="sr-only">Actions</span>
                    </Th>
                  </>
                }
              >
                {items
                  .toSorted((a, b) => a.flowName.localeCompare(b.flowName))
                  .map((deployment) => (
                    <DeploymentRow key={deployment.flowId} deployment={deployment} />
                  ))}
              </Table>
            </Panel>
          )
        }
      </Loaded>
    </Page>
  );
}

function DeploymentRow({ deployment }: { deployment: DeploymentView }) {
  const { flowId, flowName, state, version, deployedAt, deployedBy, channels } = deployment;
  const lastPoll = channels
    .map((channel) => channel.lastPoll?.startedAt ?? '')
    .toSorted()
    .at(-1);
  return (
    <tr className="hover:bg-sunken/60 relative">
      <Td className="max-w-72 min-w-40">
        <Link
          to="/monitor/content/$flowId"
          params={{ flowId }}
          className="block truncate font-medium outline-offset-[-2px] after:absolute after:inset-0"
        >
          {flowName}
        </Link>
      </Td>
      <Td className="whitespace-nowrap">
        <DeploymentStateText state={state} />
      </Td>
      <Td className="tabular">v{version}</Td>
      <Td>
        <ul className="flex flex-col gap-0.5">
          {channels.map(({ id, name, health }) => (
            <li key={id} className="flex items-center gap-1.5 whitespace-nowrap">
              <StatusDot tone={healthWords[health].tone} />
              {name}
              <span className="text-ink-faint text-xs">{healthWords[health].text}</span>
            </li>
          ))}
        </ul>
      </Td>
      <Td className="text-ink-soft">{lastPoll ? <TimeText at={lastPoll} /> : 'not yet'}</Td>
      <Td className="text-ink-soft whitespace-nowrap">
        <TimeText at={deployedAt} />
        <span className="text-ink-faint block text-xs">by {deployedBy}</span>
      </Td>
      <Td className="relative z-10 w-px text-right">
        <DeploymentMenu deployment={deployment} />
      </Td>
    </tr>
  );
}
