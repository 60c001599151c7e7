import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { MessageView } from '../../shared/api/messages.ts';
import { asApiError, type ApiError } from '../api.ts';
import { Loaded } from '../shell/loaded.tsx';
import { Button } from '../ui/button.tsx';
import { sizeText } from '../ui/time-words.ts';
import { maxRawBytes, rawStepBytes, readRawMail } from './raw-mail.ts';

/** The mail as it came, as text. */
export function RawTab({ message: { id, sizeBytes } }: { message: Pick<MessageView, 'id' | 'sizeBytes'> }) {
  const [limitBytes, setLimitBytes] = useState(rawStepBytes);
  const raw = useQuery<Awaited<ReturnType<typeof readRawMail>>, ApiError>({
    queryKey: ['rawMail', id, limitBytes],
    // What is shown stays until there is more.
    placeholderData: keepPreviousData,
    // Its bytes never change.
    staleTime: Infinity,
    queryFn: async ({ signal }) =>
      readRawMail(id, limitBytes, signal).catch((error: unknown) => {
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
              <CutLine
                shownBytes={raw.isPlaceholderData ? limitBytes - rawStepBytes : limitBytes}
                sizeBytes={sizeBytes}
                isBusy={raw.isPlaceholderData}
                onMore={() => setLimitBytes(limitBytes + rawStepBytes)}
              />
            )}
          </div>
        )}
      </Loaded>
    </div>
  );
}

interface CutLineProps {
  shownBytes: number;
  sizeBytes: number;
  isBusy: boolean;
  onMore: () => void;
}

function CutLine({ shownBytes, sizeBytes, isBusy, onMore }: CutLineProps) {
  const isAll = shownBytes >= maxRawBytes;
  return (
    <div className="flex flex-wrap items-center gap-2">
      <p className="text-ink-soft">
        The first {sizeText(shownBytes)} of {sizeText(sizeBytes)} are shown. {isAll && 'More is not shown here. '}
        Download the raw mail to see all of it.
      </p>
      {!isAll && (
        <Button size="sm" isBusy={isBusy} onClick={onMore}>
          Show {sizeText(rawStepBytes)} more
        </Button>
      )}
    </div>
  );
}
