import { CircleAlert, CircleCheck, CircleDashed, CircleHelp, PlugZap, TriangleAlert, X, type LucideIcon } from 'lucide-react';
import { useState } from 'react';
import { configView, fieldsOf, type AnyDescription } from '../../shared/catalog/define.ts';
import { checklist, type ChecklistItem, type ItemState, type ProbeStage } from '../../shared/checklist.ts';
import type { FlowNode } from '../../shared/flow.ts';
import { useEditorStore } from '../editor/store.ts';
import { authorize, openProviderTab } from '../security/authorize.ts';
import { CredentialDialog } from '../security/credential-dialog.tsx';
import { OAuth2Dialog } from '../security/oauth2-dialog.tsx';
import { useArtifacts } from '../security/use-artifacts.ts';
import { Button } from '../ui/button.tsx';
import { classNames } from '../ui/class-names.ts';
import { Spinner } from '../ui/spinner.tsx';
import { useProbe, type Probe } from './use-probe.ts';
import { textOf } from './values.ts';

/** What must be right before a channel can poll, each with the button that fixes it; and the connection test. */
export function ChecklistTab({ node, description }: { node: FlowNode; description: AnyDescription }) {
  const store = useEditorStore();
  const probe = useProbe(node, description);
  const { facts } = useArtifacts();
  const [isCreating, setIsCreating] = useState(false);
  const items = checklist(description, node.config, { ...facts, probe: probe.stages });
  const view = configView(description, node.config);
  const use = fieldsOf(description).find(({ key }) => key === 'credential')?.info.credential;
  const host = use?.host(view);
  const name = textOf(node.config['credential']);
  const done = items.filter((item) => item.state === 'done').length;

  const fix = (action: ChecklistItem['action'] & object) => {
    if (action.kind === 'field') store.getState().openProperties(node.id, action.field);
    if (action.kind === 'create-credential') setIsCreating(true);
    if (action.kind === 'authorize') void authorize(action.credential, openProviderTab());
    if (action.kind === 'test-connection') probe.run();
  };

  const dialog = {
    isOpen: isCreating,
    onClose: () => setIsCreating(false),
    initial: {
      ...(name !== '' && !facts.credentials.some((credential) => credential.name === name) ? { name } : {}),
      ...(host === undefined ? {} : { host }),
    },
    onDeployed: (credential: { name: string }) => store.getState().typeField(node.id, 'credential', credential.name),
  };

  return (
    <div className="flex flex-col">
      <div className="border-line flex items-center gap-3 border-b px-4 py-3">
        <div className="min-w-0 flex-1">
          <p className="tabular text-sm font-medium">
            {done} of {items.length} done
          </p>
          <div aria-hidden className="bg-sunken mt-1.5 h-1 overflow-hidden rounded-full">
            <div
              className="bg-good h-full rounded-full transition-[width]"
              style={{ width: `${(done / Math.max(items.length, 1)) * 100}%` }}
            />
          </div>
        </div>
        {probe.isRunning ? (
          <Button icon={<X size={14} aria-hidden />} onClick={probe.cancel}>
            Cancel test
          </Button>
        ) : (
          <Button icon={<PlugZap size={14} aria-hidden />} onClick={probe.run}>
            Test connection
          </Button>
        )}
      </div>
      <ProbeStages probe={probe} />
      <ul aria-label="Checklist">
        {items.map((item) => (
          <ChecklistRow key={item.id} item={item} isTesting={probe.isRunning} onFix={fix} />
        ))}
      </ul>
      {use?.kind(view) === 'oauth2' ? <OAuth2Dialog {...dialog} /> : <CredentialDialog {...dialog} />}
    </div>
  );
}

const states: Record<ItemState, { Icon: LucideIcon; tone: string; word: string }> = {
  done: { Icon: CircleCheck, tone: 'text-good', word: 'Done' },
  todo: { Icon: CircleDashed, tone: 'text-ink-soft', word: 'To do' },
  warning: { Icon: TriangleAlert, tone: 'text-warn', word: 'Warning' },
  blocked: { Icon: CircleAlert, tone: 'text-bad', word: 'Blocked' },
  unchecked: { Icon: CircleHelp, tone: 'text-ink-faint', word: 'Not checked' },
};

function ChecklistRow({
  item,
  isTesting,
  onFix,
}: {
  item: ChecklistItem;
  isTesting: boolean;
  onFix: (action: ChecklistItem['action'] & object) => void;
}) {
  const { Icon, tone, word } = states[item.state];
  const { action } = item;
  return (
    <li className="border-line flex items-start gap-3 border-b px-4 py-2.5">
      <Icon size={16} className={classNames('mt-px shrink-0', tone)} aria-hidden />
      <div className="min-w-0 flex-1">
        <p className="flex items-baseline justify-between gap-2">
          <span className="text-sm font-medium">{item.title}</span>
          <span className={classNames('shrink-0 text-xs', tone)}>{word}</span>
        </p>
        <p className="text-ink-soft text-xs break-words">{item.sentence}</p>
        {action && (
          <button
            type="button"
            disabled={isTesting && action.kind === 'test-connection'}
            aria-label={`${action.label}: ${item.title}`}
            onClick={() => onFix(action)}
            className="text-accent -ml-1 flex h-6 items-center rounded-sm px-1 text-xs font-medium hover:underline disabled:opacity-50"
          >
            {action.label}
          </button>
        )}
      </div>
    </li>
  );
}

const stageTitles: Record<ProbeStage['stage'], string> = {
  resolve: 'Name',
  connect: 'Connection',
  protect: 'Protection',
  greeting: 'Greeting',
  mechanism: 'Authentication',
  signIn: 'Sign-in',
  folder: 'Folder',
  postProcessing: 'Post-processing',
};

/** The connection test stage by stage, as it happens. */
function ProbeStages({ probe: { stages, isRunning, failure } }: { probe: Probe }) {
  if (stages.length === 0 && !isRunning && !failure) return null;
  const isAllDone = !isRunning && !failure && stages.every((stage) => stage.state === 'done');
  return (
    <section aria-label="Connection test" aria-live="polite" className="border-line bg-canvas border-b px-4 py-2.5">
      {isRunning && stages.length === 0 && (
        <p className="text-ink-soft flex items-center gap-2 text-xs">
          <Spinner size={13} /> Testing the connection…
        </p>
      )}
      {isAllDone ? (
        <details>
          <summary className="text-good cursor-pointer text-xs font-medium">The connection works: every stage of the test passed.</summary>
          <div className="mt-2">
            <StageList stages={stages} />
          </div>
        </details>
      ) : (
        <StageList stages={stages} />
      )}
      {failure && (
        <p className="text-xs">
          <span className="text-bad">{failure.message}</span> <span className="text-ink-soft">{failure.remedy}</span>
        </p>
      )}
    </section>
  );
}

function StageList({ stages }: { stages: ProbeStage[] }) {
  return (
    <ol className="flex flex-col gap-1">
      {stages.map((stage) => (
        <li key={stage.stage} className="flex gap-2 text-xs">
          <StageIcon state={stage.state} />
          <span className="text-ink-faint w-24 shrink-0">{stageTitles[stage.stage]}</span>
          <span className={classNames('min-w-0 break-words', stage.state === 'failed' && 'text-bad')}>
            {stage.sentence}
            {stage.error && <span className="text-ink-soft block">{stage.error.remedy}</span>}
          </span>
        </li>
      ))}
    </ol>
  );
}

function StageIcon({ state }: { state: ProbeStage['state'] }) {
  if (state === 'running') return <Spinner size={13} className="text-ink-faint mt-0.5" label="Running" />;
  const { Icon, tone, word } = states[state === 'failed' ? 'blocked' : state];
  return (
    <span className={classNames('mt-px shrink-0', tone)}>
      <Icon size={14} aria-hidden />
      <span className="sr-only">{word}</span>
    </span>
  );
}
