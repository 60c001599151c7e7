import { Link } from '@tanstack/react-router';
import { expiringWithinDays, type ExpiringView, type OverviewView } from '../../shared/api/overview.ts';
import { Panel } from '../shell/page.tsx';
import { StatusDot } from '../ui/status-dot.tsx';
import { TimeText } from '../ui/time-text.tsx';
import type { Tone } from '../ui/tone.ts';

/** Certificates, key pairs, authorizations and tokens that end soon, and credentials that do not work now. */
export function ExpiryList({ overview: { expiring } }: { overview: OverviewView }) {
  return (
    <Panel label="Security material">
      <h2 className="border-line border-b px-4 py-2.5 font-semibold">Security material</h2>
      {expiring.length === 0 ? (
        <p className="text-ink-soft px-4 py-3">Nothing ends within {expiringWithinDays} days.</p>
      ) : (
        <ul className="divide-line divide-y">
          {expiring.map((one) => (
            <Expiring key={`${one.kind} ${one.name}`} {...one} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function Expiring({ kind, name, state, until }: ExpiringView) {
  const { title, to } = kinds[kind];
  const { text, tone } = states[state];
  return (
    <li className="flex items-baseline gap-2 px-4 py-2">
      <StatusDot tone={tone} />
      <div className="min-w-0">
        <Link to={to} className="font-medium break-words hover:underline">
          {name}
        </Link>
        <p className="text-ink-faint text-xs">
          {title} · {text}
          {until && (
            <>
              {' '}
              <TimeText at={until} />
            </>
          )}
        </p>
      </div>
    </li>
  );
}

const kinds = {
  certificate: { title: 'Certificate', to: '/security/certificates' },
  'key-pair': { title: 'Key pair', to: '/security/key-pairs' },
  oauth2: { title: 'OAuth2', to: '/security/oauth2' },
  'oauth2-client': { title: 'OAuth2 client', to: '/security/oauth2-clients' },
  credential: { title: 'User Credentials', to: '/security/credentials' },
  token: { title: 'API token', to: '/access/tokens' },
} as const satisfies Record<ExpiringView['kind'], { title: string; to: string }>;

const states: Record<ExpiringView['state'], { text: string; tone: Tone }> = {
  expiring: { text: 'ends', tone: 'warn' },
  expired: { text: 'ended', tone: 'bad' },
  unauthorized: { text: 'not authorized', tone: 'bad' },
  error: { text: 'refused by the provider', tone: 'bad' },
  refused: { text: 'sign-in refused, tried again', tone: 'bad' },
};
