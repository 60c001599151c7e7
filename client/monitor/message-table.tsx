import { useVirtualizer } from '@tanstack/react-virtual';
import { Link, useParams } from '@tanstack/react-router';
import { ArrowUp } from 'lucide-react';
import { useRef, useState, type ReactNode } from 'react';
import type { MessageSummary } from '../../shared/api/messages.ts';
import { Td, Th } from '../shell/table.tsx';
import { Button } from '../ui/button.tsx';
import { classNames } from '../ui/class-names.ts';
import { TimeText } from '../ui/time-text.tsx';
import { durationText, sizeText } from '../ui/time-words.ts';
import type { MessageFilters } from './message-filters.ts';
import { MessageStatusBadge } from './message-status.tsx';
import { splitNewRows } from './new-rows.ts';
import type { Several } from './several.ts';

const rowHeightPx = 47;

/**
 * The rows on the screen and some around them; the others are room only, so that thousands stay quick.
 * While the pointer is over it or it is scrolled down, new messages wait behind a pill instead of moving the rows.
 */
export function MessageTable({
  rows,
  filters,
  several,
  onSelect,
  footer,
}: {
  rows: MessageSummary[];
  filters: MessageFilters;
  several: Several | undefined;
  onSelect: (several: Several | undefined) => void;
  footer: ReactNode;
}) {
  const scroller = useRef<HTMLElement>(null);
  const isUnderPointer = useRef(false);
  /** The rows on the screen when they were first held still. */
  const [held, setHeld] = useState<MessageSummary[]>();
  const { shown, waiting } = splitNewRows(rows, held ?? []);
  const selected = new Set(several && 'ids' in several ? several.ids : shown.filter(() => several !== undefined).map(({ id }) => id));
  /** Where a range that is selected with Shift begins. */
  const lastTicked = useRef<string>(undefined);
  const select = (ids: Set<string>) => onSelect(ids.size === 0 ? undefined : { ids: [...ids] });
  const tick = (id: string, isTicked: boolean, isRange: boolean) => {
    const [from, to] = [shown.findIndex((row) => row.id === lastTicked.current), shown.findIndex((row) => row.id === id)];
    const ids = isRange && from >= 0 ? shown.slice(Math.min(from, to), Math.max(from, to) + 1).map((row) => row.id) : [id];
    lastTicked.current = id;
    select(new Set(isTicked ? [...selected, ...ids] : [...selected].filter((other) => !ids.includes(other))));
  };
  const holdAll = () => setHeld(rows);
  const hold = () => {
    if (!held) holdAll();
  };
  const release = () => setHeld(undefined);

  // Its functions are used in this component only, which is drawn anew on every scroll.
  // oxlint-disable-next-line react/incompatible-library
  const virtualizer = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeightPx,
    overscan: 25,
  });
  const drawn = virtualizer.getVirtualItems();
  const roomAbovePx = drawn[0]?.start ?? 0;
  const roomBelowPx = virtualizer.getTotalSize() - (drawn.at(-1)?.end ?? 0);

  return (
    <section
      ref={scroller}
      aria-label="Message processing log"
      // The keyboard must be able to scroll it.
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      className="border-line bg-surface @container relative min-h-0 flex-1 overflow-auto border-t outline-offset-[-2px]"
      onScroll={(event) => {
        if (event.currentTarget.scrollTop > 0) hold();
        else if (!isUnderPointer.current) release();
      }}
      onPointerEnter={() => {
        isUnderPointer.current = true;
        hold();
      }}
      onPointerLeave={(event) => {
        isUnderPointer.current = false;
        if (event.currentTarget.scrollTop === 0) release();
      }}
    >
      {waiting.length > 0 && (
        <div className="pointer-events-none sticky top-10 z-20 flex h-0 justify-center">
          <Button
            variant="primary"
            size="sm"
            className="pointer-events-auto rounded-full! shadow-md!"
            icon={<ArrowUp size={13} aria-hidden />}
            onClick={() => {
              holdAll();
              scroller.current?.scrollTo({ top: 0 });
            }}
          >
            {waiting.length}
            {waiting.length === rows.length && '+'} new
          </Button>
        </div>
      )}
      <table className="w-full border-collapse text-left" aria-rowcount={shown.length + 1}>
        <thead className="text-ink-faint bg-surface sticky top-0 z-10 text-xs shadow-[0_1px_0_var(--line)]">
          <tr aria-rowindex={1}>
            <Th className="w-px pr-0! pl-4! sm:pl-6!">
              <Tick
                label="Select all that are listed"
                isTicked={shown.length > 0 && shown.every(({ id }) => selected.has(id))}
                isPartly={selected.size > 0}
                onChange={(isTicked) => select(new Set(isTicked ? shown.map(({ id }) => id) : []))}
              />
            </Th>
            <Th>Status</Th>
            <Th className="w-full">Subject</Th>
            <Th className="@max-3xl:hidden">Flow</Th>
            <Th className="text-right! @max-3xl:hidden">Size</Th>
            <Th className="text-right! @max-5xl:hidden">Attempts</Th>
            <Th className="text-right! @max-5xl:hidden">Duration</Th>
            <Th className="pr-4! text-right! sm:pr-6!">Received</Th>
          </tr>
        </thead>
        <Room heightPx={roomAbovePx} />
        <tbody className="divide-line divide-y">
          {drawn.map(({ index }) => {
            const message = shown[index];
            return (
              message && (
                <MessageRow
                  key={message.id}
                  message={message}
                  filters={filters}
                  rowIndex={index + 2}
                  isTicked={selected.has(message.id)}
                  onTick={(isTicked, isRange) => tick(message.id, isTicked, isRange)}
                />
              )
            );
          })}
        </tbody>
        <Room heightPx={roomBelowPx} />
      </table>
      {footer}
    </section>
  );
}

/** The place of rows that are not drawn. */
function Room({ heightPx }: { heightPx: number }) {
  if (heightPx <= 0) return null;
  return (
    <tbody aria-hidden>
      <tr style={{ height: heightPx }} />
    </tbody>
  );
}

/** `isPartly`: some of what it stands for is ticked, unless all is. */
function Tick({
  label,
  isTicked,
  isPartly = false,
  onChange,
}: {
  label: string;
  isTicked: boolean;
  isPartly?: boolean;
  onChange: (isTicked: boolean, isRange: boolean) => void;
}) {
  return (
    <input
      ref={(box) => {
        if (box) box.indeterminate = isPartly && !isTicked;
      }}
      type="checkbox"
      aria-label={label}
      checked={isTicked}
      // The key or the mouse, with Shift held or not.
      onChange={({ target, nativeEvent }) => onChange(target.checked, nativeEvent instanceof MouseEvent && nativeEvent.shiftKey)}
      className="accent-accent block size-4 cursor-pointer"
    />
  );
}

function MessageRow({
  message,
  filters,
  rowIndex,
  isTicked,
  onTick,
}: {
  message: MessageSummary;
  filters: MessageFilters;
  rowIndex: number;
  isTicked: boolean;
  onTick: (isTicked: boolean, isRange: boolean) => void;
}) {
  const openId = useParams({ strict: false, select: ({ messageId }) => messageId });
  const isOpen = openId === message.id;
  return (
    <tr
      aria-rowindex={rowIndex}
      aria-current={isOpen || undefined}
      style={{ height: rowHeightPx }}
      className={classNames('relative', isOpen || isTicked ? 'bg-accent-soft' : 'hover:bg-sunken/60')}
    >
      {/* Above the link that covers the row, and larger than the box, so that it is hit on touch. */}
      <Td className="relative z-1 w-px pr-0! pl-4! sm:pl-6!">
        <Tick label={`Select ${message.subject || '(no subject)'}`} isTicked={isTicked} onChange={onTick} />
      </Td>
      <Td>
        <MessageStatusBadge status={message.status} isHeld={message.isHeld} />
      </Td>
      <Td className="max-w-0">
        <Link
          to="/monitor/messages/$messageId"
          params={{ messageId: message.id }}
          search={filters}
          className="block truncate font-medium outline-offset-[-2px] after:absolute after:inset-0"
        >
          {message.subject || '(no subject)'}
        </Link>
        <span className={classNames('block truncate text-xs', message.error ? 'text-bad' : 'text-ink-faint')}>
          {message.error?.message ?? message.from}
        </span>
      </Td>
      <Td className="text-ink-soft max-w-40 truncate @max-3xl:hidden">{message.flowName}</Td>
      <Td className="text-ink-soft tabular text-right whitespace-nowrap @max-3xl:hidden">{sizeText(message.sizeBytes)}</Td>
      <Td className="text-ink-soft tabular text-right @max-5xl:hidden">{message.attempts}</Td>
      <Td className="text-ink-soft tabular text-right whitespace-nowrap @max-5xl:hidden">
        {message.endedAt ? durationText(Date.parse(message.endedAt) - Date.parse(message.receivedAt)) : '–'}
      </Td>
      <Td className="text-ink-soft w-px pr-4! text-right sm:pr-6!">
        <TimeText at={message.receivedAt} />
      </Td>
    </tr>
  );
}
