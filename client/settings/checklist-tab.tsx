import { CircleAlert, CircleCheck, CircleDashed, CircleHelp, PlugZap, TriangleAlert, X, type LucideIcon } from 'lucide-react';
import { useEffect, useRef } from 'react';
import type { AnyDescription } from '../../shared/catalog/define.ts';
import { checklist, type ChecklistItem, type ItemState } from '../../shared/checklist.ts';
import type { FlowNode } from '../../shared/flow.ts';
import type { Fix } from '../../shared/fixes.ts';
import { useEditorStore } from '../editor/store.ts';
import { FixButtons } from '../probe/fix-buttons.tsx';
import { MailList } from '../probe/mail-list.tsx';
import { ProbeSummary } from '../probe/probe-summary.tsx';
import { StageFacts } from '../probe/stage-facts.tsx';
import { StageLines } from '../probe/stage-lines.tsx';
import { useFix } from '../probe/use-fix.tsx';
import { useProbe } from '../probe/use-probe.ts';
import { useArtifacts } from '../security/use-artifacts.ts';
import { Button } from '../ui/button.tsx';
import { classNames } from '../ui/class-names.ts';
import { Spinner } from '../ui/spinner.tsx';

/** What must be right before a channel can poll, each with the button that fixes it; and the connection test, stage by stage in its items. */
export function ChecklistTab({ node, description }: { node: FlowNode; description: AnyDescription }) {
  const store = useEditorStore();
  const probe = useProbe(node, description);
  const { facts } = useArtifacts();
  const items = checklist(description, node.config, { ...facts, probe: probe.stages });
  const done = items.filter((item) => item.state === 'done').length;
  const { fix, busy, dialogs } = useFix(node, description, {
    wasTested: probe.stages.length > 0,
    retest: probe.run,
    onField: (field) => store.getState().openProperties(node.id, field),
  });

  return (
    <div className="flex flex-col">
      <div className="border-line bg-surface sticky top-0 z-10 border-b px-4 py-3">
        <div className="flex items-center gap-3">
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
        <ProbeSummary probe={probe} />
      </div>
      <ul aria-label="Checklist">
        {items.map((item) => (
          <ChecklistRow key={item.id} item={item} busy={busy} isTesting={probe.isRunning} onFix={fix} />
        ))}
      </ul>
      {dialogs}
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

interface RowProps {
  item: ChecklistItem;
  busy: Fix | undefined;
  isTesting: boolean;
  onFix: (fix: Fix) => void;
}

function ChecklistRow({ item, busy, isTesting, onFix }: RowProps) {
  const { Icon, tone, word } = states[item.state];
  const row = useRef<HTMLLIElement>(null);
  const isRunning = item.stages.some(({ state }) => state === 'running');
  const hasFailed = item.stages.some(({ state }) => state === 'failed');
  const mails = item.stages.find(({ facts }) => facts?.preview)?.facts?.preview ?? [];
  const fixes = item.fixes.filter(({ kind }) => !isTesting || kind !== 'test-connection');

  // What stopped the test may be below what is seen of the list.
  useEffect(() => {
    if (hasFailed) row.current?.scrollIntoView({ block: 'nearest' });
  }, [hasFailed]);

  return (
    <li ref={row} className="border-line flex scroll-mt-24 items-start gap-3 border-b px-4 py-2.5">
      {isRunning ? (
        <Spinner size={16} className="text-ink-faint mt-px shrink-0" />
      ) : (
        <Icon size={16} className={classNames('mt-px shrink-0', tone)} aria-hidden />
      )}
      <div className="min-w-0 flex-1">
        <p className="flex items-baseline justify-between gap-2">
          <span className="text-sm font-medium">{item.title}</span>
          <span className={classNames('shrink-0 text-xs', isRunning ? 'text-ink-faint' : tone)}>{isRunning ? 'Testing' : word}</span>
        </p>
        {hasFailed || isRunning ? (
          <div className="mt-1">
            <StageLines stages={item.stages} renderBelow={(stage) => stage.state === 'failed' && <StageFacts stage={stage} />} />
          </div>
        ) : (
          <p className="text-ink-soft text-xs break-words">{item.sentence}</p>
        )}
        <FixButtons fixes={fixes} about={item.title} busy={busy} onFix={onFix} />
        {mails.length > 0 && (
          <div className="mt-2">
            <MailList mails={mails} />
          </div>
        )}
        {item.stages.length > 0 && !hasFailed && !isRunning && (
          <details className="mt-1">
            <summary className="text-ink-faint hover:text-ink w-fit cursor-pointer rounded-sm text-xs">Details of the test</summary>
            <div className="mt-1.5">
              <StageLines stages={item.stages} renderBelow={(stage) => <StageFacts stage={stage} />} />
            </div>
          </details>
        )}
      </div>
    </li>
  );
}
