import { useState } from 'react';
import type { MessageView } from '../../shared/api/messages.ts';
import { plainText } from '../../shared/plain-text.ts';
import { ForeignText } from '../ui/foreign-text.tsx';
import { RadioGroup } from '../ui/radio-group.tsx';
import { ErrorText } from './error-text.tsx';
import { mailDocument } from './mail-document.ts';

const usualHeaders = new Set(['from', 'to', 'cc', 'reply-to', 'subject', 'date']);

/** Headers and body, read from the raw mail. */
export function ContentTab({ message }: { message: MessageView }) {
  const { content, contentError } = message;
  if (!content) {
    return contentError ? (
      <ErrorText error={contentError} className="p-4" />
    ) : (
      <p className="text-ink-soft p-4">The mail is not kept here any more.</p>
    );
  }
  const usual = content.headers.filter((header) => usualHeaders.has(header.name.toLowerCase()));
  return (
    <div className="flex flex-col gap-4 p-4">
      <Headers headers={usual} />
      <Body contentType={content.bodyContentType} body={content.body} />
      {content.isBodyCut && <p className="text-ink-soft">Only the first 256 KiB are shown. Download the raw mail to see all of it.</p>}
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

function Body({ contentType, body }: { contentType: string; body: string }) {
  const [view, setView] = useState<'rendered' | 'source'>('rendered');
  const isHtml = contentType.startsWith('text/html');
  if (body === '') return <p className="text-ink-soft">The body is empty.</p>;
  return (
    <div className="flex flex-col gap-2">
      {isHtml && (
        <RadioGroup label="Show the body" value={view} onChange={setView} options={{ rendered: 'As mail', source: 'As source' }} />
      )}
      {isHtml && view === 'rendered' ? (
        <iframe
          title="Body of the mail"
          sandbox=""
          srcDoc={mailDocument(body)}
          className="border-line h-96 w-full resize-y rounded-md border bg-white"
          referrerPolicy="no-referrer"
        />
      ) : (
        <pre
          // The keyboard must be able to scroll it.
          // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
          tabIndex={0}
          className="border-line bg-canvas max-h-[60vh] overflow-auto rounded-md border p-3 font-mono text-xs whitespace-pre-wrap"
        >
          {body}
        </pre>
      )}
    </div>
  );
}
