import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { MessageView } from '../../shared/api/messages.ts';
import { plainText } from '../../shared/plain-text.ts';
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
        ...originFacts(message.origin),
        ...Object.entries(message.custom).map(([name, value]): [string, ReactNode] => [plainText(name), <Place key={name} text={value} />]),
      ]}
    />
  );
}

/** Enough to find the mail with any mail program. */
function originFacts(origin: MessageView['origin']): [string, ReactNode][] {
  if (!origin) return [['Mailbox', 'Not known any more: the mail is gone from the list of those that were taken.']];
  const { host, user, folder, uidValidity, uid } = origin;
  return [
    ['Mailbox', <Place key="mailbox" text={`${user} at ${host}`} />],
    ['Folder', <Place key="folder" text={folder} />],
    ...(uidValidity === null ? [] : [['UIDVALIDITY', <Place key="validity" text={uidValidity} />] satisfies [string, ReactNode]]),
    [uidValidity === null ? 'UIDL' : 'UID', <Place key="uid" text={uid} />],
  ];
}

function Place({ text }: { text: string }) {
  return (
    <span className="break-all">
      <ForeignText text={text} />
    </span>
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
