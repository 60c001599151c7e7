import type { Fix } from '../../shared/fixes.ts';
import { Button } from '../ui/button.tsx';

/** What cures a thing stands out as a button; what leads to a field is a link. */
export function FixButtons({
  fixes,
  about,
  busy,
  onFix,
}: {
  fixes: Fix[];
  /** What they are about, for those who hear the button without its surroundings. */
  about: string;
  busy: Fix | undefined;
  onFix: (fix: Fix) => void;
}) {
  if (fixes.length === 0) return null;
  return (
    <div className="mt-1.5 flex flex-wrap items-center gap-x-2 gap-y-1.5">
      {fixes.map((fix) =>
        fix.kind === 'field' ? (
          <button
            key={fix.label}
            type="button"
            aria-label={`${fix.label}: ${about}`}
            onClick={() => onFix(fix)}
            className="text-accent -ml-1 flex h-6 items-center rounded-sm px-1 text-xs font-medium first:ml-[-4px] hover:underline"
          >
            {fix.label}
          </button>
        ) : (
          <Button
            key={fix.label}
            size="sm"
            aria-label={`${fix.label}: ${about}`}
            isBusy={busy?.label === fix.label}
            onClick={() => onFix(fix)}
            className="max-w-full"
          >
            <span className="truncate">{fix.label}</span>
          </Button>
        ),
      )}
    </div>
  );
}
