import type { OAuth2CredentialView } from '../../shared/api/oauth2-credentials.ts';
import type { OAuth2State } from '../../shared/status.ts';
import { StatusDot } from '../ui/status-dot.tsx';
import { TimeText } from '../ui/time-text.tsx';
import { toneText, type Tone } from '../ui/tone.ts';
import { ExpiryText } from './expiry-text.tsx';

const tones: Record<OAuth2State, Tone> = { Deployed: 'good', Unauthorized: 'warn', Error: 'bad' };

/** State of an OAuth2 artifact: why it is not as it should be, or since when it is authorized, and for how long where that is known. */
export function OAuth2StateText({ credential }: { credential: OAuth2CredentialView }) {
  const { state, error, authorizedAt, authorizedBy, refreshTokenUntil } = credential;
  const words = error && [error.message, error.details, error.remedy].filter(Boolean).join('\n');
  return (
    <span title={words ?? (authorizedBy === null ? undefined : `Authorized by ${authorizedBy}`)}>
      <span className={`flex items-center gap-1.5 font-medium ${toneText[tones[state]]}`}>
        <StatusDot tone={tones[state]} />
        {state}
      </span>
      {error && <span className="text-ink-soft line-clamp-2 text-xs">{error.details ?? error.message}</span>}
      {!error && authorizedAt !== null && (
        <span className="text-ink-faint block text-xs">
          authorized <TimeText at={authorizedAt} />
        </span>
      )}
      {refreshTokenUntil !== null && (
        <span className="block text-xs">
          <ExpiryText until={refreshTokenUntil} />
        </span>
      )}
    </span>
  );
}
