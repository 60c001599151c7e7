import type { Problem } from '../../shared/problem.ts';
import { ProblemIcon } from '../ui/problem-icon.tsx';
import { countText } from './roles.ts';

/** What is wrong with a node or connection: the worst level, and how many where it is more than one. */
export function ProblemBadge({ problems }: { problems: Problem[] }) {
  const shown = problems.filter((problem) => problem.level !== 'info');
  const worst = shown.find((problem) => problem.level === 'error') ?? shown[0];
  if (!worst) return null;
  return (
    <span
      title={shown.map((problem) => problem.message).join('\n')}
      className="bg-surface border-line-strong tabular flex h-5 items-center gap-1 rounded-full border px-1 text-[11px] shadow-sm"
    >
      <ProblemIcon level={worst.level} size={13} />
      {shown.length > 1 && <span className="text-ink-soft pr-0.5">{shown.length}</span>}
      <span className="sr-only">{countText(shown.length, 'problem')}</span>
    </span>
  );
}
