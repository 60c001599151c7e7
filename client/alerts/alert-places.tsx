import { Link } from '@tanstack/react-router';
import type { AlertView } from '../../shared/alert-schemas.ts';
import type { AlertKind } from '../../shared/alerts.ts';
import type { MessageStatus } from '../../shared/status.ts';
import { buttonClass } from '../ui/button.tsx';

const look = buttonClass('secondary', 'sm');

const pages: Partial<
  Record<
    AlertKind,
    { to: '/monitor/quarantine' | '/access/users' | '/security' | `/security/${'oauth2' | 'certificates' | 'key-pairs'}`; label: string }
  >
> = {
  MAILS_SET_ASIDE: { to: '/monitor/quarantine', label: 'Quarantine' },
  ACCOUNT_LOCKED: { to: '/access/users', label: 'Users' },
  CREDENTIAL_UNAUTHORIZED: { to: '/security/oauth2', label: 'OAuth2' },
  CREDENTIAL_ERROR: { to: '/security', label: 'Security material' },
  CERTIFICATE_EXPIRING: { to: '/security/certificates', label: 'Certificates' },
  CERTIFICATE_EXPIRED: { to: '/security/certificates', label: 'Certificates' },
  KEY_PAIR_EXPIRING: { to: '/security/key-pairs', label: 'Key Pairs' },
  KEY_PAIR_EXPIRED: { to: '/security/key-pairs', label: 'Key Pairs' },
};

const messages: Partial<Record<AlertKind, { status: MessageStatus; label: string }>> = {
  MESSAGES_FAILED: { status: 'FAILED', label: 'Failed messages' },
  QUEUE_BACKLOG: { status: 'PROCESSING', label: 'Waiting messages' },
};

/** Where something can be done about an alert, the most useful place first. */
export function AlertPlaces({ alert: { kind, flowId, nodeId } }: { alert: AlertView }) {
  const page = pages[kind];
  const list = messages[kind];
  return (
    <>
      {page && (
        <Link to={page.to} className={look}>
          {page.label}
        </Link>
      )}
      {kind === 'ALERTS_UNDELIVERED' && (
        <Link to="/monitor/alerts" search={{ show: 'targets' }} className={look}>
          Targets
        </Link>
      )}
      {list && flowId !== null && (
        <Link to="/monitor/messages" search={{ flow: flowId, status: list.status }} className={look}>
          {list.label}
        </Link>
      )}
      {flowId !== null && (kind === 'NO_MAIL' || kind === 'TRACE_ON') && (
        <Link to="/monitor/content/$flowId" params={{ flowId }} className={look}>
          Integration content
        </Link>
      )}
      {flowId !== null && nodeId !== null && <ChannelPlaces flowId={flowId} nodeId={nodeId} />}
      {flowId !== null && kind !== 'MAILS_SET_ASIDE' && (
        <Link to="/flows/$flowId" params={{ flowId }} className={look}>
          Open flow
        </Link>
      )}
    </>
  );
}

function ChannelPlaces({ flowId, nodeId }: { flowId: string; nodeId: string }) {
  return (
    <>
      <Link to="/monitor/connectivity" search={{ flow: flowId, node: nodeId, drawing: 'deployed' }} className={look}>
        Test connection
      </Link>
      <Link to="/monitor/polls" search={{ flow: flowId }} className={look}>
        Polls
      </Link>
    </>
  );
}
