import { CircleAlert } from 'lucide-react';
import type { ErrorView } from '../../shared/errors.ts';
import { classNames } from '../ui/class-names.ts';

/** An error as people can use it: what happened, what to do, then the code and the words of the other side. */
export function ErrorText({ error, className }: { error: ErrorView; className?: string }) {
  return (
    <div className={classNames('flex items-start gap-2', className)}>
      <CircleAlert size={15} className="text-bad mt-0.5 shrink-0" aria-hidden />
      <div className="min-w-0">
        <p className="text-bad font-medium break-words">{error.message}</p>
        <p className="text-ink-soft break-words">{error.remedy}</p>
        <p className="text-ink-faint font-mono text-xs break-words">
          {error.code}
          {error.details && ` · ${error.details}`}
        </p>
      </div>
    </div>
  );
}
