import type { MessageStatus } from '../../shared/status.ts';
import { Badge } from '../ui/badge.tsx';
import { Spinner } from '../ui/spinner.tsx';
import { StatusDot } from '../ui/status-dot.tsx';
import { messageTones } from './status-words.ts';

export function MessageStatusBadge({ status }: { status: MessageStatus }) {
  const tone = messageTones[status];
  return (
    <Badge tone={tone} icon={status === 'PROCESSING' ? <Spinner size={10} /> : <StatusDot tone={tone} />}>
      {status}
    </Badge>
  );
}
