import { CircleAlert, Info, TriangleAlert } from 'lucide-react';
import type { ErrorView } from '../../shared/errors.ts';
import { plainText } from '../../shared/plain-text.ts';
import { classNames } from '../ui/class-names.ts';
import { withLocalTimes } from '../ui/time-words.ts';

/**
 * An error as people can use it: what happened, what to do, then the code and the words of the other side.
 * `isQuiet`: nobody has to do anything about it. `isWarning`: nothing has gone wrong yet.
 */
export function ErrorText({
  error,
  isQuiet = false,
  isWarning = false,
  className,
}: {
  error: ErrorView;
  isQuiet?: boolean;
  isWarning?: boolean;
  className?: string;
}) {
  const [Icon, tone] = isQuiet
    ? ([Info, 'text-ink-soft'] as const)
    : isWarning
      ? ([TriangleAlert, 'text-warn'] as const)
      : ([CircleAlert, 'text-bad'] as const);
  return (
    <div className={classNames('flex items-start gap-2', className)}>
      <Icon size={15} className={classNames('mt-0.5 shrink-0', tone)} aria-hidden />
      <div className="min-w-0">
        <p className={classNames('font-medium break-words', tone)}>{withLocalTimes(plainText(error.message))}</p>
        <p className="text-ink-soft break-words">{error.remedy}</p>
        <p className="text-ink-faint font-mono text-xs break-words">
          {error.code}
          {error.details && ` · ${plainText(error.details)}`}
        </p>
      </div>
    </div>
  );
}
