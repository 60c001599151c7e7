import type { MaterialView } from '../../shared/api/material.ts';
import type { MaterialState } from '../../shared/material.ts';
import { StatusDot } from '../ui/status-dot.tsx';
import { toneText, type Tone } from '../ui/tone.ts';
import { ExpiryText } from './expiry-text.tsx';

const tones: Record<MaterialState, Tone> = {
  Deployed: 'good',
  Unauthorized: 'warn',
  Refused: 'bad',
  Error: 'bad',
  Expiring: 'warn',
  Expired: 'bad',
};

/** How it stands with an artifact, why, and until when. */
export function MaterialStateText({
  state,
  error,
  expiresAt = null,
}: Pick<MaterialView, 'state' | 'error'> & { expiresAt?: string | null }) {
  const words = error && [error.message, error.details, error.remedy].filter(Boolean).join('\n');
  return (
    <span title={words ?? undefined}>
      <span className={`flex items-center gap-1.5 font-medium ${toneText[tones[state]]}`}>
        <StatusDot tone={tones[state]} />
        {state}
      </span>
      {error && <span className="text-ink-soft line-clamp-3 text-xs">{error.details ?? error.message}</span>}
      {expiresAt !== null && (
        <span className="block text-xs">
          <ExpiryText until={expiresAt} />
        </span>
      )}
    </span>
  );
}
