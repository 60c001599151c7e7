import { Link, useNavigate } from '@tanstack/react-router';
import { CircleStop, EllipsisVertical, GitCompare, History, RefreshCw, Rocket, Waypoints } from 'lucide-react';
import { lazy, Suspense, useId, useState } from 'react';
import type { FlowView } from '../../shared/api/flows.ts';
import { useWhyNot } from '../may.ts';
import { Button } from '../ui/button.tsx';
import { IconButton } from '../ui/icon-button.tsx';
import { Menu } from '../ui/menu.tsx';
import { useWasOpen } from '../ui/use-was-open.ts';
import { ProblemIcon } from '../ui/problem-icon.tsx';
import { DeployPopover } from './deploy-popover.tsx';
import { deployState } from './deploy-state.ts';
import { useEditor, useEditorStore } from './store.ts';
import type { Deploying } from './use-deploy.ts';

const VersionsDialog = lazy(async () => ({ default: (await import('../flows/versions-dialog.tsx')).VersionsDialog }));

/** Deploy with its states: blocked leads to the problems, and what there is to deploy stands beside it. */
export function DeployButton({ flow, deploying }: { flow: FlowView; deploying: Deploying }) {
  const store = useEditorStore();
  const textId = useId();
  const [isShowingVersions, setIsShowingVersions] = useState(false);
  const wasShowingVersions = useWasOpen(isShowingVersions);
  const draft = useEditor((state) => state.document);
  const problems = useEditor((state) => state.problems);
  const state = deployState({ ...flow, draft, problems, isSending: deploying.isSending });
  const openProblems = () => store.getState().set({ isProblemsOpen: true });
  const navigate = useNavigate();
  const whyNot = useWhyNot('deploy');
  const whyNoPoll = useWhyNot(['deploy', 'operate']);
  const to = { to: '/flows/$flowId', params: { flowId: flow.id } } as const;
  const redeploy = () => deploying.deploy({ note: '', values: flow.parameterValues });

  return (
    <div className="flex shrink-0 items-center gap-2">
      {state.kind === 'blocked' ? (
        <button
          type="button"
          id={textId}
          onClick={openProblems}
          className="text-bad flex h-7 items-center gap-1.5 rounded-md px-1.5 text-xs font-medium hover:underline"
        >
          <ProblemIcon level="error" />
          {state.text}
        </button>
      ) : state.kind === 'ready' && flow.deployment ? (
        <Link
          {...to}
          id={textId}
          search={{ compare: 'deployed..draft' }}
          title="Look at the changes on the canvas"
          className="text-accent text-xs hover:underline max-lg:hidden"
        >
          {state.text}
        </Link>
      ) : (
        <span id={textId} className={`text-xs max-lg:hidden ${state.kind === 'error' ? 'text-bad' : 'text-ink-soft'}`}>
          {state.text}
        </span>
      )}
      {state.kind === 'ready' && whyNot === undefined ? (
        <DeployPopover
          flow={flow}
          deploying={deploying}
          trigger={
            <Button variant="primary" icon={<Rocket size={14} aria-hidden />} aria-describedby={textId}>
              Deploy
            </Button>
          }
        />
      ) : (
        <Button
          variant={state.kind === 'error' || state.kind === 'deploying' ? 'primary' : 'secondary'}
          icon={<Rocket size={14} aria-hidden />}
          isBusy={state.kind === 'deploying'}
          disabled={state.kind === 'current'}
          aria-describedby={textId}
          whyNot={whyNot}
          onClick={deploying.begin}
        >
          {state.kind === 'error' ? 'Redeploy' : 'Deploy'}
        </Button>
      )}
      <Menu
        trigger={<IconButton label="More actions" tooltipSide="bottom" icon={<EllipsisVertical size={16} aria-hidden />} />}
        items={[
          {
            label: 'Poll now',
            icon: <RefreshCw size={14} aria-hidden />,
            isDisabled: flow.deployment?.state !== 'Started',
            whyNot: whyNoPoll,
            onSelect: deploying.pollNow,
          },
          {
            label: 'Redeploy',
            icon: <Rocket size={14} aria-hidden />,
            isDisabled: !flow.deployment || state.kind === 'blocked' || state.kind === 'deploying',
            whyNot,
            onSelect: redeploy,
          },
          {
            label: 'Compare with deployed',
            icon: <GitCompare size={14} aria-hidden />,
            startsGroup: true,
            isDisabled: !flow.deployment,
            onSelect: () => void navigate({ ...to, search: { compare: 'deployed..draft' } }),
          },
          {
            label: 'Way of the newest message',
            icon: <Waypoints size={14} aria-hidden />,
            onSelect: () => void navigate({ ...to, search: { run: 'latest' } }),
          },
          {
            label: 'Versions…',
            icon: <History size={14} aria-hidden />,
            onSelect: () => setIsShowingVersions(true),
          },
          {
            label: 'Undeploy',
            icon: <CircleStop size={14} aria-hidden />,
            startsGroup: true,
            isDanger: true,
            isDisabled: !flow.deployment,
            whyNot,
            onSelect: deploying.undeploy,
          },
        ]}
      />
      {wasShowingVersions && (
        <Suspense>
          <VersionsDialog
            flow={{ id: flow.id, name: flow.name, deployedVersion: flow.deployment?.version ?? null }}
            isOpen={isShowingVersions}
            onClose={() => setIsShowingVersions(false)}
          />
        </Suspense>
      )}
    </div>
  );
}
