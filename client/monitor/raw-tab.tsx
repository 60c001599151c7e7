import { useQuery } from '@tanstack/react-query';
import type { MessageView } from '../../shared/api/messages.ts';
import { asApiError, type ApiError } from '../api.ts';
import { Loaded } from '../shell/loaded.tsx';
import { maxRawBytes, readRawMail } from './raw-mail.ts';

/** The mail as it came, as text. */
export function RawTab({ message: { id, sizeBytes } }: { message: Pick<MessageView, 'id' | 'sizeBytes'> }) {
  const raw = useQuery<Awaited<ReturnType<typeof readRawMail>>, ApiError>({
    queryKey: ['rawMail', id],
    // Its bytes never change.
    staleTime: Infinity,
    queryFn: async ({ signal }) =>
      readRawMail(id, signal).catch((error: unknown) => {
        throw asApiError(error);
      }),
  });
  return (
    <div className="p-4">
      <Loaded query={raw}>
        {({ text, isCut }) => (
          <div className="flex flex-col gap-2">
            <pre
              // The keyboard must be able to scroll it.
              // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
              tabIndex={0}
              aria-label="Raw mail"
              className="border-line bg-canvas overflow-auto rounded-md border p-3 font-mono text-xs"
            >
              {text}
            </pre>
            {isCut && (
              <p className="text-ink-soft">
                The first {maxRawBytes / 1024} KiB of {Math.round(sizeBytes / 1024)} KiB are shown. Download the raw mail to see all of it.
              </p>
            )}
          </div>
        )}
      </Loaded>
    </div>
  );
}
