import { Pause } from 'lucide-react';
import type { MessageStatus } from '../../shared/status.ts';
import { Badge } from '../ui/badge.tsx';
import { Spinner } from '../ui/spinner.tsx';
import { StatusDot } from '../ui/status-dot.tsx';
import { messageTones } from './status-words.ts';

/** @param isHeld open, but its flow is not deployed */
export function MessageStatusBadge({ status, isHeld = false }: { status: MessageStatus; isHeld?: boolean }) {
  const tone = messageTones[status];
  return (
    <Badge
      tone={tone}
      icon={
        isHeld ? (
          <Pause size={10} aria-label="waits for its flow to be deployed" />
        ) : status === 'PROCESSING' ? (
          <Spinner size={10} />
        ) : (
          <StatusDot tone={tone} />
        )
      }
    >
      {status}
    </Badge>
  );
}
