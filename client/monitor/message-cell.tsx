import type { MessageSummary } from '../../shared/api/messages.ts';
import { plainText } from '../../shared/plain-text.ts';
import { ForeignText } from '../ui/foreign-text.tsx';
import { TimeText } from '../ui/time-text.tsx';
import { durationText, sizeText } from '../ui/time-words.ts';
import type { MessageColumn } from './message-columns.ts';

const none = '–';

/** What a column shows of a message. */
export function MessageCell({ column, message }: { column: MessageColumn; message: MessageSummary }) {
  const { endedAt, receivedAt, nextAttemptAt } = message;
  switch (column) {
    case 'flow':
      return message.flowName;
    case 'version':
      return message.version;
    case 'sender':
      return <span title={plainText(message.from)}>{message.from ? <ForeignText text={message.from} /> : none}</span>;
    case 'mid':
      return (
        <span title={plainText(message.mailMessageId)}>{message.mailMessageId ? <ForeignText text={message.mailMessageId} /> : none}</span>
      );
    case 'error':
      return message.error?.code ?? none;
    case 'size':
      return sizeText(message.sizeBytes);
    case 'attempts':
      return message.attempts;
    case 'duration':
      return endedAt ? durationText(Date.parse(endedAt) - Date.parse(receivedAt)) : none;
    case 'next':
      return nextAttemptAt ? <TimeText at={nextAttemptAt} /> : none;
    case 'ended':
      return endedAt ? <TimeText at={endedAt} /> : none;
    case 'received':
      break;
  }
  return <TimeText at={receivedAt} />;
}
