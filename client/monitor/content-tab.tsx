import { useState } from 'react';
import type { MessageContentView } from '../../shared/api/message-content.ts';
import { plainText } from '../../shared/plain-text.ts';
import { apiPath, useRoute } from '../api.ts';
import { Loaded } from '../shell/loaded.tsx';
import { ForeignText } from '../ui/foreign-text.tsx';
import { RadioGroup } from '../ui/radio-group.tsx';

const usualHeaders = new Set(['from', 'to', 'cc', 'reply-to', 'subject', 'date']);

/** Headers and body, read from the raw mail. */
export function ContentTab({ messageId }: { messageId: string }) {
  const content = useContent(messageId);
  return (
    <div className="p-4">
      <Loaded query={content}>{(loaded) => <Content messageId={messageId} content={loaded} />}</Loaded>
    </div>
  );
}

/** What a mail holds never changes, and each look at it is written down: it is read once. */
export function useContent(messageId: string, isEnabled = true) {
  return useRoute('getMessageContent', { params: { id: messageId } }, { isEnabled, isFixed: true });
}

function Content({ messageId, content }: { messageId: string; content: MessageContentView }) {
  const usual = content.headers.filter((header) => usualHeaders.has(header.name.toLowerCase()));
  return (
    <div className="flex flex-col gap-4">
      <Headers headers={usual} />
      <Body messageId={messageId} content={content} />
      <details>
        <summary className="text-ink-soft hover:text-ink cursor-pointer">All {content.headers.length} headers</summary>
        <div className="mt-2">
          <Headers headers={content.headers} isRaw />
        </div>
      </details>
    </div>
  );
}

function Headers({ headers, isRaw = false }: { headers: { name: string; value: string }[]; isRaw?: boolean }) {
  return (
    <dl className={`grid grid-cols-[minmax(4rem,auto)_minmax(0,1fr)] gap-x-4 gap-y-1 ${isRaw ? 'font-mono text-xs' : ''}`}>
      {headers.map(({ name, value }, place) => (
        // Headers repeat and never change their order.
        // oxlint-disable-next-line react/no-array-index-key
        <div key={place} className="contents">
          <dt className="text-ink-faint">{plainText(name)}</dt>
          <dd className="break-words">
            <ForeignText text={value} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Body({ messageId, content: { body, isBodyCut, isHtml } }: { messageId: string; content: MessageContentView }) {
  const [view, setView] = useState<'rendered' | 'source'>('rendered');
  if (body === '') return <p className="text-ink-soft">The body is empty.</p>;
  return (
    <div className="flex flex-col gap-2">
      {isHtml && (
        <RadioGroup label="Show the body" value={view} onChange={setView} options={{ rendered: 'As mail', source: 'As source' }} />
      )}
      {isHtml && view === 'rendered' ? (
        <>
          {/* What the server hands out runs and loads nothing; nor would it in this frame. */}
          <iframe
            title="Body of the mail"
            sandbox=""
            src={apiPath('/messages/:id/html', { id: messageId })}
            className="border-line h-[60vh] min-h-64 w-full resize-y rounded-md border bg-white"
            referrerPolicy="no-referrer"
          />
          <p className="text-ink-faint text-xs">
            Shown without scripts, forms and remote pictures. Links say where they lead and can’t be followed.
          </p>
        </>
      ) : (
        <>
          <pre
            // The keyboard must be able to scroll it.
            // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
            tabIndex={0}
            className="border-line bg-canvas max-h-[60vh] overflow-auto rounded-md border p-3 font-mono text-xs whitespace-pre-wrap"
          >
            {body}
          </pre>
          {isBodyCut && <p className="text-ink-soft">Only the first 256 KiB are shown. Download the raw mail to see all of it.</p>}
        </>
      )}
    </div>
  );
}
