import { Link } from '@tanstack/react-router';
import { Check, CloudOff, FlaskConical, Pencil } from 'lucide-react';
import { useState } from 'react';
import type { DeploymentView, FlowView } from '../../shared/api/flows.ts';
import type { DeploymentState } from '../../shared/status.ts';
import { useWhyNot } from '../may.ts';
import { Button } from '../ui/button.tsx';
import { Spinner } from '../ui/spinner.tsx';
import { StatusDot } from '../ui/status-dot.tsx';
import type { Tone } from '../ui/tone.ts';
import { Tooltip } from '../ui/tooltip.tsx';
import type { SaveState } from './autosave.ts';
import { ChannelText, healthTones } from './channel-state.tsx';
import { DeployButton } from './deploy-button.tsx';
import { useEditor, useEditorStore } from './store.ts';
import type { Saving } from './use-autosave.ts';
import type { Deploying } from './use-deploy.ts';

/** Name and state of the open flow: saved, deployed, polled; and what can be done with it. */
export function EditorHeader({
  flow,
  saving,
  deploying,
  isReadOnly,
  isNarrow,
}: {
  flow: FlowView;
  saving: Saving;
  deploying: Deploying;
  isReadOnly: boolean;
  isNarrow: boolean;
}) {
  const whyNot = useWhyNot('design');
  return (
    <header className="border-line bg-surface flex min-h-12 flex-wrap items-center gap-x-4 gap-y-1 border-b px-3 py-1.5">
      <FlowName name={flow.name} isReadOnly={isReadOnly} onRename={saving.rename} />
      {isReadOnly && saving.state.kind !== 'failed' ? (
        <span className="text-ink-faint px-2 text-xs">{whyNot ?? 'To edit, open it on a wider screen.'}</span>
      ) : (
        <SaveStateText state={saving.state} onRetry={() => void saving.flush()} />
      )}
      <div className="flex-1" />
      {flow.deployment && <DeploymentText deployment={flow.deployment} />}
      {!isNarrow && <SimulateButton whyNot={whyNot} />}
      {!isNarrow && <DeployButton flow={flow} deploying={deploying} />}
    </header>
  );
}

function SimulateButton({ whyNot }: { whyNot: string | undefined }) {
  const store = useEditorStore();
  const isOpen = useEditor((state) => state.sidePanel?.kind === 'simulate');
  return (
    <Button
      icon={<FlaskConical size={14} aria-hidden />}
      aria-pressed={isOpen}
      whyNot={whyNot}
      onClick={() => store.getState().openPanel(isOpen ? null : { kind: 'simulate' })}
    >
      Simulate
    </Button>
  );
}

function FlowName({ name, isReadOnly, onRename }: { name: string; isReadOnly: boolean; onRename: (name: string) => void }) {
  const [typed, setTyped] = useState<string | null>(null);
  const end = (isKept: boolean) => {
    const wanted = typed?.trim() ?? '';
    if (isKept && wanted !== '' && wanted !== name) onRename(wanted);
    setTyped(null);
  };
  if (typed !== null) {
    return (
      <input
        aria-label="Name of the flow"
        // oxlint-disable-next-line jsx-a11y/no-autofocus -- the user pressed the name to type here
        autoFocus
        value={typed}
        maxLength={200}
        onFocus={(event) => event.target.select()}
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') end(true);
          if (event.key !== 'Escape') return;
          // Not also the properties panel.
          event.preventDefault();
          end(false);
        }}
        onBlur={() => end(true)}
        className="border-accent bg-surface h-8 w-72 rounded-md border px-2 text-base font-semibold outline-none"
      />
    );
  }
  return (
    <h1 className="min-w-0 text-base font-semibold">
      {isReadOnly ? (
        <span className="block truncate px-2">{name}</span>
      ) : (
        <button
          type="button"
          title="Rename the flow"
          onClick={() => setTyped(name)}
          className="group hover:bg-sunken flex h-8 max-w-80 items-center gap-2 rounded-md px-2"
        >
          <span className="truncate">{name}</span>
          <Pencil
            size={13}
            className="text-ink-faint shrink-0 opacity-0 group-hover:opacity-100 group-focus-visible:opacity-100"
            aria-hidden
          />
        </button>
      )}
    </h1>
  );
}

function SaveStateText({ state, onRetry }: { state: SaveState; onRetry: () => void }) {
  return (
    <output className="text-ink-faint flex items-center gap-1.5 text-xs">
      {state.kind === 'saved' && (
        <>
          <Check size={13} aria-hidden /> Saved
        </>
      )}
      {(state.kind === 'waiting' || state.kind === 'saving') && (
        <>
          <Spinner size={12} /> Saving…
        </>
      )}
      {(state.kind === 'failed' || state.kind === 'conflict') && (
        <span className="text-bad flex items-center gap-1.5">
          <CloudOff size={13} aria-hidden /> Not saved: {state.kind === 'failed' ? state.text : 'the flow was changed elsewhere.'}
          {state.kind === 'failed' && state.isRefused && (
            <Button size="sm" variant="ghost" onClick={onRetry}>
              Try again
            </Button>
          )}
        </span>
      )}
    </output>
  );
}

const stateTones: Record<DeploymentState, Tone> = { Starting: 'info', Started: 'good', Stopping: 'neutral', Error: 'bad' };

/** "Started, version 3 · next poll in 24 s · 12 completed, 1 failed", the last a way to the monitor. */
function DeploymentText({ deployment }: { deployment: DeploymentView }) {
  const { state, version, channels, counts, error, flowId } = deployment;
  const under = (counts.PROCESSING ?? 0) + (counts.RETRY ?? 0);
  const parts = [
    under > 0 && `${under} under way`,
    `${counts.COMPLETED ?? 0} completed`,
    (counts.FAILED ?? 0) > 0 && `${counts.FAILED} failed`,
  ].filter(Boolean);
  return (
    <div className="text-ink-soft tabular flex min-w-0 flex-wrap items-center gap-x-3 text-xs">
      <Tooltip text={error ? `${error.message} ${error.remedy}` : `Version ${version}, deployed by ${deployment.deployedBy}`} side="bottom">
        <span className="flex items-center gap-1.5">
          <StatusDot tone={stateTones[state]} isPulsing={state === 'Starting' || state === 'Stopping'} />
          <span className="text-ink font-medium">{state}</span> v{version}
        </span>
      </Tooltip>
      {error && <span className="text-bad max-w-80 truncate">{error.message}</span>}
      {channels.map((channel) => (
        <span key={channel.id} className="flex items-center gap-1.5 max-xl:hidden">
          <StatusDot tone={healthTones[channel.health]} />
          {channel.name} <ChannelText channel={channel} />
        </span>
      ))}
      <Link to="/monitor/messages" search={{ flow: flowId }} className="text-accent hover:underline">
        {parts.join(', ')}
      </Link>
    </div>
  );
}
