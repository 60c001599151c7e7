import type { MailPreview } from '../../shared/probe.ts';
import { sizeText } from '../ui/time-words.ts';

/** The next mails as they stand in the mailbox, oldest first. */
export function MailList({ mails }: { mails: MailPreview[] }) {
  if (mails.length === 0) return null;
  return (
    <ol aria-label="Next mails" className="border-line bg-surface divide-line divide-y rounded-md border">
      {mails.map((mail, place) => (
        // A list made once, never sorted or changed.
        // oxlint-disable-next-line react/no-array-index-key
        <li key={place} className="px-2.5 py-1.5 text-xs">
          <p className="flex items-baseline gap-3">
            <span className="min-w-0 flex-1 truncate font-medium" title={mail.subject}>
              {mail.subject || <span className="text-ink-faint font-normal">No subject</span>}
            </span>
            <span className="text-ink-faint tabular shrink-0">{sizeText(mail.sizeBytes)}</span>
          </p>
          <p className="text-ink-soft flex gap-3">
            <span className="min-w-0 flex-1 truncate" title={mail.from}>
              {mail.from || 'No sender'}
            </span>
            {mail.date !== null && (
              <time dateTime={mail.date} className="tabular shrink-0">
                {new Date(mail.date).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })}
              </time>
            )}
          </p>
          {mail.snippet !== '' && <p className="text-ink-faint truncate">{mail.snippet}</p>}
        </li>
      ))}
    </ol>
  );
}
