import { useNavigate } from '@tanstack/react-router';
import { ArrowLeft, ArrowLeftRight, PencilLine, Rocket } from 'lucide-react';
import { useMemo, useState } from 'react';
import type { FlowView } from '../../shared/api/flows.ts';
import type { FlowDocument } from '../../shared/flow.ts';
import { useRoute } from '../api.ts';
import { DrawnFlow } from '../editor/drawn-flow.tsx';
import { useEditorStore } from '../editor/store.ts';
import { useDeployVersion } from '../flows/versions-dialog.tsx';
import { ErrorPanel } from '../shell/error-panel.tsx';
import { Button } from '../ui/button.tsx';
import { IconButton } from '../ui/icon-button.tsx';
import { Select } from '../ui/select.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { absoluteTime } from '../ui/time-words.ts';
import { toast } from '../ui/toast.tsx';
import { differenceOf } from './difference.ts';
import { DifferenceList } from './difference-list.tsx';
import { drawingTitle, readCompared, versionIn, writeCompared, type Compared, type DrawingName } from './drawing-names.ts';
import { useDrawing } from './use-drawing.ts';

/** Two drawings of one flow in one picture: what was added, removed and changed, with the values of the fields beside it. */
export function CompareView({ flow, compare, isReadOnly }: { flow: FlowView; compare: string; isReadOnly: boolean }) {
  const compared = readCompared(compare) ?? { from: 'deployed', to: 'draft' };
  const { from, to } = compared;
  const [before, after] = [useDrawing(flow, from), useDrawing(flow, to)];
  const failed = [before, after].find(({ error }) => error);
  return (
    <section aria-label="Comparison" className="flex min-h-0 min-w-0 flex-1 flex-col">
      <CompareBar flow={flow} compared={compared} before={before.document} after={after.document} isReadOnly={isReadOnly} />
      {failed?.error && <ErrorPanel error={failed.error} onRetry={failed.readAgain} />}
      {!failed && !(before.document && after.document) && <Skeleton rows={4} />}
      {before.document && after.document && <Pictured key={compare} compared={compared} before={before.document} after={after.document} />}
    </section>
  );
}

function Pictured({ compared, before, after }: { compared: Compared; before: FlowDocument; after: FlowDocument }) {
  const [selectedId, setSelectedId] = useState<string | null>(null);
  const { document, marks, lines } = useMemo(() => differenceOf(before, after), [before, after]);
  return (
    <div className="flex min-h-0 flex-1 max-md:flex-col">
      <div className="relative min-h-0 min-w-0 flex-1">
        <DrawnFlow document={document} marks={marks} selectedId={selectedId} onSelect={setSelectedId} />
      </div>
      <DifferenceList lines={lines} compared={compared} selectedId={selectedId} onSelect={setSelectedId} />
    </div>
  );
}

function CompareBar({
  flow,
  compared,
  before,
  after,
  isReadOnly,
}: {
  flow: FlowView;
  compared: Compared;
  before: FlowDocument | undefined;
  after: FlowDocument | undefined;
  isReadOnly: boolean;
}) {
  const navigate = useNavigate();
  const choices = useChoices(flow, compared);
  const show = (next: Compared) =>
    void navigate({ to: '/flows/$flowId', params: { flowId: flow.id }, search: { compare: writeCompared(next) }, replace: true });
  const close = () => void navigate({ to: '/flows/$flowId', params: { flowId: flow.id } });
  const take = useTakeIntoDraft(close);
  const deploy = useDeployVersion({ id: flow.id, name: flow.name, deployedVersion: flow.deployment?.version ?? null }, close);
  const { from, to } = compared;
  /** What may become the draft: the side that is not the draft. */
  const other = to === 'draft' ? { name: from, document: before } : { name: to, document: after };
  const version = versionIn(other.name, flow.deployment?.version);
  return (
    <div className="border-line bg-surface flex flex-wrap items-center gap-2 border-b px-3 py-1.5">
      <Button size="sm" variant="ghost" icon={<ArrowLeft size={14} aria-hidden />} onClick={close}>
        Back to the drawing
      </Button>
      <span className="flex min-w-0 flex-wrap items-center gap-1.5">
        <Select
          size="sm"
          aria-label="Compare from"
          className="w-40"
          value={keyOf(from)}
          options={choices}
          onChange={(next) => show({ from: nameOfKey(next), to })}
        />
        <IconButton
          size="sm"
          label="Swap both"
          icon={<ArrowLeftRight size={14} aria-hidden />}
          onClick={() => show({ from: to, to: from })}
        />
        <Select
          size="sm"
          aria-label="Compare to"
          className="w-40"
          value={keyOf(to)}
          options={choices}
          onChange={(next) => show({ from, to: nameOfKey(next) })}
        />
      </span>
      <span className="flex-1" />
      {!isReadOnly && other.name !== 'draft' && other.document && (
        <Button size="sm" icon={<PencilLine size={13} aria-hidden />} onClick={() => other.document && take(other.name, other.document)}>
          {other.name === 'deployed' ? 'Revert the draft' : `Take ${drawingTitle(other.name)} into the draft`}
        </Button>
      )}
      {!isReadOnly && version !== undefined && version !== flow.deployment?.version && (
        <Button size="sm" icon={<Rocket size={13} aria-hidden />} isBusy={deploy.isPending} onClick={() => deploy.mutate(version)}>
          Deploy v{version}
        </Button>
      )}
    </div>
  );
}

/** The drawings there are to choose from; one that is named in the address but not among the newest is kept. */
function useChoices(flow: FlowView, { from, to }: Compared): Record<string, string> {
  const versions = useRoute('listVersions', { params: { id: flow.id }, query: { limit: 100 } });
  const kept = useRoute('listKeptDrafts', { params: { id: flow.id } });
  const deployed = flow.deployment?.version;
  const named = (name: DrawingName) => [keyOf(name), capital(drawingTitle(name))] as const;
  return Object.fromEntries([
    ['draft', 'Your draft'],
    named(from),
    named(to),
    ...(deployed === undefined ? [] : [['deployed', `Deployed (v${deployed})`]]),
    ...(versions.data?.items ?? []).map(({ version, note }) => [
      keyOf(String(version)),
      `Version ${version}${note ? ` · ${note.slice(0, 40)}` : ''}`,
    ]),
    ...(kept.data?.items ?? []).map(({ id, keptAt }) => [`kept-${id}`, `Set aside ${absoluteTime(new Date(keptAt)).local}`]),
  ]);
}

/** Keys of an object that are numbers come first and by size, whatever the order they are given in. */
function keyOf(name: DrawingName): string {
  return /^\d/.test(name) ? `v${name}` : name;
}

function nameOfKey(key: string): DrawingName {
  return key.replace(/^v(?=\d)/, '');
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Makes a drawing the draft, as one change that is undone as one. */
export function useTakeIntoDraft(onTaken: () => void): (name: DrawingName, document: FlowDocument) => void {
  const store = useEditorStore();
  return (name, document) => {
    const label = name === 'deployed' ? 'Revert the draft' : `Take ${drawingTitle(name)} into the draft`;
    store.getState().change(label, () => document);
    toast({
      text: `The draft is now ${drawingTitle(name)}.`,
      tone: 'good',
      action: { label: 'Undo', onSelect: () => store.getState().undo() },
    });
    onTaken();
  };
}
