import type { MessageView } from '../../shared/api/messages.ts';
import { CopyButton } from '../ui/copy-button.tsx';
import { logLines } from './log-lines.ts';

/** The whole log of a message as text: to search in, and to send to somebody. */
export function LogTab({ message }: { message: MessageView }) {
  const text = logLines(message).join('\n');
  return (
    <div className="flex flex-col gap-2 p-4">
      <div className="flex items-center gap-2">
        <p className="text-ink-soft min-w-0 flex-1">Times are UTC.</p>
        <CopyButton text={text} />
      </div>
      <pre
        // The keyboard must be able to scroll it.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        aria-label="Log"
        className="border-line bg-canvas overflow-auto rounded-md border p-3 font-mono text-xs"
      >
        {text}
      </pre>
    </div>
  );
}
