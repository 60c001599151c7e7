import { CircleAlert, Info, TriangleAlert } from 'lucide-react';
import type { Problem } from '../../shared/problem.ts';

const levels = {
  error: { Icon: CircleAlert, className: 'text-bad', label: 'Error' },
  warning: { Icon: TriangleAlert, className: 'text-warn', label: 'Warning' },
  info: { Icon: Info, className: 'text-info', label: 'Note' },
};

/** The sign of a problem's level; shape and name differ as well as colour. */
export function ProblemIcon({ level, size = 14 }: { level: Problem['level']; size?: number }) {
  const { Icon, className, label } = levels[level];
  return (
    <span className={`inline-flex shrink-0 ${className}`}>
      <Icon size={size} aria-hidden />
      <span className="sr-only">{label}</span>
    </span>
  );
}
