import { Link } from '@tanstack/react-router';
import type { MessageView } from '../../shared/api/messages.ts';
import { ForeignText } from '../ui/foreign-text.tsx';
import { TimeText } from '../ui/time-text.tsx';
import { durationText, sizeText } from '../ui/time-words.ts';
import { ErrorText } from './error-text.tsx';
import { Facts } from './facts.tsx';
import { postProcessingText } from './post-processing-text.ts';

export function MessageOverviewTab({ message }: { message: MessageView }) {
  const { postProcessing } = message;
  return (
    <Facts
      facts={[
        [
          'Flow',
          <Link key="flow" to="/flows/$flowId" params={{ flowId: message.flowId }} className="text-accent hover:underline">
            {message.flowName} <span className="text-ink-faint">v{message.version}</span>
          </Link>,
        ],
        [
          'Way',
          <Link
            key="way"
            to="/flows/$flowId"
            params={{ flowId: message.flowId }}
            search={{ run: message.id }}
            className="text-accent hover:underline"
          >
            Show on the canvas
          </Link>,
        ],
        ['Repeat of', message.repeatOf && <MessageLink key="repeatOf" id={message.repeatOf} text="the earlier message of this mail" />],
        ['Processed again', message.repeatedBy && <MessageLink key="repeatedBy" id={message.repeatedBy} text="as a message of its own" />],
        ['Waits', waitText(message)],
        ['Received', <TimeText key="received" at={message.receivedAt} />],
        ['Ended', message.endedAt && <TimeText key="ended" at={message.endedAt} />],
        ['Duration', message.endedAt && durationText(Date.parse(message.endedAt) - Date.parse(message.receivedAt))],
        ['Attempts', message.attempts],
        ['Next attempt', message.nextAttemptAt && <TimeText key="next" at={message.nextAttemptAt} />],
        [
          'Post-processing',
          <div key="post">
            {postProcessingText(postProcessing, message.endedAt !== null)}
            {message.isUnreadAgain && ', and marked unread again since'}
            {postProcessing.error && <ErrorText error={postProcessing.error} className="mt-1" />}
          </div>,
        ],
        ['Sent', message.sentAt && <TimeText key="sent" at={message.sentAt} />],
        [
          'Message-ID',
          message.mailMessageId && (
            <code key="id" className="font-mono text-xs break-all">
              <ForeignText text={message.mailMessageId} />
            </code>
          ),
        ],
        ['Size', sizeText(message.sizeBytes)],
      ]}
    />
  );
}

function waitText({ isHeld, isWaiting }: MessageView): string | null {
  if (isHeld) return 'Its flow is not deployed. It goes on when the flow is deployed again.';
  return isWaiting ? 'Behind an older mail of its channel (Processing Order: In Order)' : null;
}

function MessageLink({ id, text }: { id: string; text: string }) {
  return (
    <Link to="/monitor/messages/$messageId" params={{ messageId: id }} className="text-accent hover:underline">
      {text}
    </Link>
  );
}
