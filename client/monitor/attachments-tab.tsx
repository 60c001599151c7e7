import { Download, Paperclip } from 'lucide-react';
import type { MessageContentView } from '../../shared/api/message-content.ts';
import { plainText } from '../../shared/plain-text.ts';
import { apiPath } from '../api.ts';
import { Loaded } from '../shell/loaded.tsx';
import { buttonClass } from '../ui/button.tsx';
import { ForeignText } from '../ui/foreign-text.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { sizeText } from '../ui/time-words.ts';
import { useContent } from './content-tab.tsx';

export function AttachmentsTab({ messageId }: { messageId: string }) {
  const content = useContent(messageId);
  return <Loaded query={content}>{({ attachments }) => <List messageId={messageId} attachments={attachments} />}</Loaded>;
}

function List({ messageId, attachments }: { messageId: string } & Pick<MessageContentView, 'attachments'>) {
  if (attachments.length === 0) return <EmptyState title="This mail has no attachments." />;
  return (
    <ul className="divide-line divide-y">
      {attachments.map((attachment) => (
        <li key={attachment.index} className="flex items-center gap-3 px-4 py-2.5">
          <Paperclip size={16} className="text-ink-faint shrink-0" aria-hidden />
          <div className="min-w-0 flex-1">
            <p className="truncate font-medium" title={plainText(attachment.name)}>
              {attachment.name ? <ForeignText text={attachment.name} /> : `Attachment ${attachment.index + 1}`}
            </p>
            <p className="text-ink-faint text-xs">
              {plainText(attachment.contentType)} · {sizeText(attachment.sizeBytes)}
            </p>
          </div>
          <a
            href={apiPath('/messages/:id/attachments/:index', { id: messageId, index: attachment.index })}
            download
            aria-label={`Download ${plainText(attachment.name)}`}
            className={buttonClass('secondary', 'sm')}
          >
            <Download size={13} aria-hidden />
            Download
          </a>
        </li>
      ))}
    </ul>
  );
}
