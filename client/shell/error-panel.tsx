import { CircleAlert, RotateCw } from 'lucide-react';
import { asApiError } from '../api.ts';
import { Button } from '../ui/button.tsx';

/** What went wrong, what to do, and a button to try again; in place of what could not be shown. */
export function ErrorPanel({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { message, remedy, requestId, code } = asApiError(error);
  return (
    <div role="alert" className="border-line bg-surface m-4 flex items-start gap-3 rounded-lg border p-4">
      <CircleAlert size={16} className="text-bad mt-0.5 shrink-0" aria-hidden />
      <div className="min-w-0 flex-1">
        <p className="font-medium break-words">{message}</p>
        <p className="text-ink-soft">{remedy}</p>
        <p className="text-ink-faint mt-1 font-mono text-xs">
          {code}
          {requestId && ` · request ${requestId}`}
        </p>
      </div>
      {onRetry && (
        <Button icon={<RotateCw size={14} aria-hidden />} onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  );
}
