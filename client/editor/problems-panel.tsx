import { ChevronDown, ChevronUp, CircleCheck } from 'lucide-react';
import { flowSettings } from '../../shared/catalog/flow-settings.ts';
import type { Problem } from '../../shared/problem.ts';
import { ProblemIcon } from '../ui/problem-icon.tsx';
import { findNode, nameOf } from './document.ts';
import { countText } from './roles.ts';
import { useEditor, useEditorStore } from './store.ts';

/** Everything wrong with the drawing; pressing a line leads to the node and the field. */
export function ProblemsPanel() {
  const store = useEditorStore();
  const problems = useEditor((state) => state.problems);
  const isOpen = useEditor((state) => state.isProblemsOpen);
  const Chevron = isOpen ? ChevronDown : ChevronUp;
  return (
    <section aria-label="Problems" className="border-line bg-surface shrink-0 border-t">
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={() => store.getState().set({ isProblemsOpen: !isOpen })}
        className="hover:bg-sunken flex h-8 w-full items-center gap-2 px-3 text-left text-xs outline-offset-[-2px]"
      >
        {problems.length === 0 ? (
          <CircleCheck size={14} className="text-good" aria-hidden />
        ) : (
          <ProblemIcon level={problems[0]?.level ?? 'info'} />
        )}
        <span className="flex-1 font-medium">{summary(problems)}</span>
        <Chevron size={14} className="text-ink-faint" aria-hidden />
      </button>
      {isOpen && problems.length > 0 && (
        <ul className="border-line max-h-44 overflow-y-auto border-t py-1">
          {problems.map((problem) => (
            <ProblemRow key={`${problem.nodeId}.${problem.field}.${problem.code}`} problem={problem} />
          ))}
        </ul>
      )}
    </section>
  );
}

function ProblemRow({ problem }: { problem: Problem }) {
  const store = useEditorStore();
  const node = useEditor((state) => (problem.nodeId === undefined ? undefined : findNode(state.document, problem.nodeId)));
  const hasEdge = useEditor((state) => problem.edgeId !== undefined && state.document.edges.some(({ id }) => id === problem.edgeId));
  const isOfFlow = problem.nodeId === undefined && problem.field !== undefined;
  return (
    <li>
      <button
        type="button"
        disabled={!node && !isOfFlow && !hasEdge}
        onClick={() => {
          if (node) store.getState().openProperties(node.id, problem.field);
          else if (hasEdge) store.getState().select({ edgeIds: new Set([problem.edgeId ?? '']) });
          else if (isOfFlow) store.getState().openFlowSettings(problem.field);
        }}
        className="enabled:hover:bg-sunken flex w-full gap-2 px-3 py-1 text-left text-xs outline-offset-[-2px]"
      >
        <ProblemIcon level={problem.level} />
        <span className="min-w-0 flex-1">
          {node && <span className="text-ink-soft">{nameOf(node)}: </span>}
          {isOfFlow && <span className="text-ink-soft">{flowSettings.title}: </span>}
          {problem.message} <span className="text-ink-faint">{problem.remedy}</span>
        </span>
      </button>
    </li>
  );
}

/** "2 errors, 1 warning" */
function summary(problems: Problem[]): string {
  const parts = (['error', 'warning', 'info'] as const).flatMap((level) => {
    const count = problems.filter((problem) => problem.level === level).length;
    return count === 0 ? [] : [countText(count, level === 'info' ? 'note' : level)];
  });
  return parts.length === 0 ? 'No problems' : parts.join(', ');
}
