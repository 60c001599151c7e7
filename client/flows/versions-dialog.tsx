import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { VersionView } from '../../shared/api/flows.ts';
import { asApiError, call, useRoute } from '../api.ts';
import { useWhyNot } from '../may.ts';
import { differenceText } from '../editor/difference-text.ts';
import { countText } from '../editor/roles.ts';
import { ErrorPanel } from '../shell/error-panel.tsx';
import { Loaded } from '../shell/loaded.tsx';
import { queryClient } from '../shell/query-client.ts';
import { Badge } from '../ui/badge.tsx';
import { Button, buttonClass } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { TimeText } from '../ui/time-text.tsx';
import { toast } from '../ui/toast.tsx';

/** The flow whose versions are shown, and the version that is deployed; null where none is. */
export interface VersionedFlow {
  id: string;
  name: string;
  deployedVersion: number | null;
}

const pageSize = 20;
/** The most that the server hands out at once. */
const maxShown = 200;

/** Every version that was ever deployed: what it would change, and the way back to it. */
export function VersionsDialog({ flow, isOpen, onClose }: { flow: VersionedFlow; isOpen: boolean; onClose: () => void }) {
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      title={`Versions of ${flow.name}`}
      description="A version is the drawing as it was deployed; it never changes. Deploying an earlier one leaves the draft in the editor as it is."
      size="lg"
    >
      <Versions flow={flow} onDeployed={onClose} />
      <KeptDrafts flowId={flow.id} onChosen={onClose} />
    </Dialog>
  );
}

function Versions({ flow, onDeployed }: { flow: VersionedFlow; onDeployed: () => void }) {
  const [limit, setLimit] = useState(pageSize);
  const versions = useRoute('listVersions', { params: { id: flow.id }, query: { limit } });
  const deploy = useDeployVersion(flow, onDeployed);
  return (
    <>
      <Loaded query={versions} rows={3}>
        {({ items, nextCursor }) => (
          <>
            {items.length === 0 && <p className="text-ink-soft py-2">This flow was not deployed yet, so it has no versions.</p>}
            <ul className="divide-line divide-y">
              {items.map((version) => (
                <VersionRow
                  key={version.version}
                  version={version}
                  flow={flow}
                  isBusy={deploy.isPending}
                  onDeploy={() => deploy.mutate(version.version)}
                  onCompare={onDeployed}
                />
              ))}
            </ul>
            {nextCursor !== null && limit < maxShown && (
              <Button
                size="sm"
                className="mt-2"
                isBusy={versions.isFetching}
                onClick={() => setLimit(Math.min(limit + pageSize, maxShown))}
              >
                Show older versions
              </Button>
            )}
          </>
        )}
      </Loaded>
    </>
  );
}

function VersionRow({
  version: { version, deployedAt, deployedBy, note },
  flow,
  isBusy,
  onDeploy,
  onCompare,
}: {
  version: VersionView;
  flow: VersionedFlow;
  isBusy: boolean;
  onDeploy: () => void;
  onCompare: () => void;
}) {
  const [isCompared, setIsCompared] = useState(false);
  const whyNot = useWhyNot('deploy');
  const isDeployed = version === flow.deployedVersion;
  return (
    <li className="py-2.5">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
        <span className="tabular w-10 font-semibold">v{version}</span>
        <span className="min-w-0 flex-1 basis-48">
          <span className="text-ink-soft">
            first deployed <TimeText at={deployedAt} /> by {deployedBy}
          </span>
          {note && <span className="text-ink block break-words">{note}</span>}
        </span>
        {isDeployed && <Badge tone="good">Deployed</Badge>}
        {!isDeployed && flow.deployedVersion !== null && (
          <Button size="sm" variant="ghost" aria-expanded={isCompared} onClick={() => setIsCompared(!isCompared)}>
            {isCompared ? 'Hide changes' : 'Show changes'}
          </Button>
        )}
        <CompareLink
          flowId={flow.id}
          compare={`${version}..draft`}
          label={`Compare version ${version} with the draft`}
          onClick={onCompare}
        />
        <Button size="sm" disabled={isBusy} whyNot={whyNot} onClick={onDeploy}>
          {isDeployed ? 'Restart' : `Deploy v${version}`}
        </Button>
      </div>
      {isCompared && flow.deployedVersion !== null && <Difference flowId={flow.id} from={flow.deployedVersion} to={version} />}
    </li>
  );
}

function CompareLink({ flowId, compare, label, onClick }: { flowId: string; compare: string; label: string; onClick: () => void }) {
  return (
    <Link
      to="/flows/$flowId"
      params={{ flowId }}
      search={{ compare }}
      aria-label={label}
      onClick={onClick}
      className={buttonClass('ghost', 'sm')}
    >
      On the canvas
    </Link>
  );
}

/** Drawings that lost when two people drew at once; they can be looked at and taken into the draft. */
function KeptDrafts({ flowId, onChosen }: { flowId: string; onChosen: () => void }) {
  const kept = useRoute('listKeptDrafts', { params: { id: flowId } });
  const items = kept.data?.items ?? [];
  if (items.length === 0) return null;
  return (
    <section aria-label="Drafts set aside" className="border-line mt-3 border-t pt-3">
      <h3 className="font-semibold">Drafts set aside</h3>
      <p className="text-ink-faint text-xs">They lost when two people drew at once. The last ten are kept.</p>
      <ul className="divide-line divide-y">
        {items.map(({ id, keptAt, keptBy, draft }) => (
          <li key={id} className="flex flex-wrap items-center gap-x-3 gap-y-1.5 py-2">
            <span className="text-ink-soft min-w-0 flex-1 basis-48">
              <TimeText at={keptAt} /> by {keptBy} · {countText(draft.nodes.length, 'node')}
            </span>
            <CompareLink flowId={flowId} compare={`kept-${id}..draft`} label="Compare this draft with the draft" onClick={onChosen} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Difference({ flowId, from, to }: { flowId: string; from: number; to: number }) {
  const before = useRoute('getVersion', { params: { id: flowId, version: from } });
  const after = useRoute('getVersion', { params: { id: flowId, version: to } });
  const error = before.error ?? after.error;
  if (error) return <ErrorPanel error={error} onRetry={() => void Promise.all([before.refetch(), after.refetch()])} />;
  if (!before.data || !after.data) return <Skeleton rows={1} />;
  const lines = differenceText(before.data.document, after.data.document);
  return (
    <div className="bg-sunken text-ink-soft mt-2 ml-0 rounded-md px-3 py-2 text-xs sm:ml-[3.25rem]">
      {lines.length === 0 ? (
        `It does the same as version ${from}, which is deployed.`
      ) : (
        <>
          <p>Compared with version {from}, which is deployed, it</p>
          <ul className="mt-1 list-disc pl-4">
            {lines.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

/** Starts a version, and offers the way back to the one before. */
export function useDeployVersion(flow: VersionedFlow, onDeployed?: () => void) {
  return useMutation({
    mutationFn: async (version: number) => call('deployVersion', { params: { id: flow.id, version } }),
    onSuccess: ({ version }) => {
      const before = flow.deployedVersion;
      toast({
        text: version === before ? `${flow.name} restarts.` : `Version ${version} of ${flow.name} is starting.`,
        tone: 'good',
        ...(before === null || before === version
          ? {}
          : { action: { label: `Back to version ${before}`, onSelect: () => void wayBack(flow.id, before) } }),
      });
      onDeployed?.();
    },
    onSettled: refresh,
  });
}

async function wayBack(id: string, version: number): Promise<void> {
  try {
    await call('deployVersion', { params: { id, version } });
  } catch (error) {
    const { message, remedy } = asApiError(error);
    toast({ text: message, remedy, tone: 'bad' });
  }
  await refresh();
}

async function refresh(): Promise<void> {
  await queryClient.invalidateQueries({ predicate: ({ queryKey: [name] }) => name !== 'listMessages' });
}
