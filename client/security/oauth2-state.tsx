import type { OAuth2CredentialView } from '../../shared/api.ts';
import type { OAuth2State } from '../../shared/status.ts';
import { StatusDot } from '../ui/status-dot.tsx';
import { toneText, type Tone } from '../ui/tone.ts';

const tones: Record<OAuth2State, Tone> = { Deployed: 'good', Unauthorized: 'warn', Error: 'bad' };

/** State of an OAuth2 artifact, and why it is not as it should be. */
export function OAuth2StateText({ credential: { state, error } }: { credential: OAuth2CredentialView }) {
  const words = error && [error.message, error.details, error.remedy].filter(Boolean).join('\n');
  return (
    <span title={words ?? undefined}>
      <span className={`flex items-center gap-1.5 font-medium ${toneText[tones[state]]}`}>
        <StatusDot tone={tones[state]} />
        {state}
      </span>
      {error && <span className="text-ink-soft line-clamp-2 text-xs">{error.details ?? error.message}</span>}
    </span>
  );
}
