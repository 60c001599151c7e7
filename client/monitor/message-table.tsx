import { useVirtualizer } from '@tanstack/react-virtual';
import { Link, useParams } from '@tanstack/react-router';
import { ArrowUp } from 'lucide-react';
import { memo, useCallback, useEffect, useRef, type ReactNode } from 'react';
import type { MessageSummary } from '../../shared/api/messages.ts';
import { Td, Th } from '../shell/table.tsx';
import { plainText } from '../../shared/plain-text.ts';
import { Button } from '../ui/button.tsx';
import { classNames } from '../ui/class-names.ts';
import { ForeignText } from '../ui/foreign-text.tsx';
import { MessageCell } from './message-cell.tsx';
import { columnOf, usualColumns, type MessageColumn } from './message-columns.ts';
import { MessageStatusBadge } from './message-status.tsx';
import type { MessagesView } from './messages-view.ts';
import type { Several } from './several.ts';

const rowHeightPx = 47;
/** So many rows before the end of what is loaded the next ones are asked for. */
const rowsAhead = 30;

interface Props {
  rows: MessageSummary[];
  /** How many new ones wait; `isMore`: at least. */
  waiting: { count: number; isMore: boolean };
  /** There are older ones, that are not loaded. */
  hasMore: boolean;
  view: MessagesView;
  columns: readonly MessageColumn[] | undefined;
  several: Several | undefined;
  onSelect: (several: Several | undefined) => void;
  onNearEnd: () => void;
  /** From now on no row is to move, until `onRelease`. */
  onHold: () => void;
  onRelease: () => void;
  onShowWaiting: () => void;
  footer: ReactNode;
}

/**
 * The rows on the screen and some around them; the others are room only, so that thousands stay quick.
 * While the pointer is over it or it is scrolled down, new messages wait behind a pill instead of moving the rows.
 */
export function MessageTable(props: Props) {
  const { rows, waiting, hasMore, view, columns, several, onSelect, onNearEnd, onHold, onRelease, onShowWaiting, footer } = props;
  const scroller = useRef<HTMLElement>(null);
  const isUnderPointer = useRef(false);
  const openId = useParams({ strict: false, select: ({ messageId }) => messageId });
  const selection = useSelection(rows, several, onSelect);

  // Its functions are used in this component only, which is drawn anew on every scroll.
  // oxlint-disable-next-line react/incompatible-library
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeightPx,
    overscan: 25,
  });
  const drawn = virtualizer.getVirtualItems();
  const roomAbovePx = drawn[0]?.start ?? 0;
  const roomBelowPx = virtualizer.getTotalSize() - (drawn.at(-1)?.end ?? 0);
  const isNearEnd = hasMore && (drawn.at(-1)?.index ?? 0) >= rows.length - rowsAhead;
  useEffect(() => {
    if (isNearEnd) onNearEnd();
    // With every page that has come: the end may still be near.
  }, [isNearEnd, onNearEnd, rows.length]);

  return (
    <section
      ref={scroller}
      aria-label="Message processing log"
      // The keyboard must be able to scroll it.
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      className="border-line bg-surface @container relative min-h-0 flex-1 overflow-auto border-t outline-offset-[-2px]"
      onScroll={(event) => {
        if (event.currentTarget.scrollTop > 0) onHold();
        else if (!isUnderPointer.current) onRelease();
      }}
      onPointerEnter={() => {
        isUnderPointer.current = true;
        onHold();
      }}
      onPointerLeave={(event) => {
        isUnderPointer.current = false;
        if (event.currentTarget.scrollTop === 0) onRelease();
      }}
    >
      {waiting.count > 0 && (
        <div className="pointer-events-none sticky top-10 left-0 z-20 flex h-0 justify-center">
          <Button
            variant="primary"
            size="sm"
            className="pointer-events-auto rounded-full! shadow-md!"
            icon={<ArrowUp size={13} aria-hidden />}
            onClick={() => {
              onShowWaiting();
              scroller.current?.scrollTo({ top: 0 });
            }}
          >
            {waiting.count.toLocaleString('en')}
            {waiting.isMore && '+'} new
          </Button>
        </div>
      )}
      <table className="w-full border-collapse text-left" aria-rowcount={hasMore ? -1 : rows.length + 1}>
        <thead className="text-ink-faint bg-surface sticky top-0 z-10 text-xs shadow-[0_1px_0_var(--line)]">
          <tr aria-rowindex={1}>
            <Th className="w-px pr-0! pl-4! sm:pl-6!">
              <Tick
                label="Select all that are listed"
                isTicked={rows.length > 0 && rows.every(({ id }) => selection.ids.has(id))}
                isPartly={selection.ids.size > 0}
                onChange={selection.tickAll}
              />
            </Th>
            <Th>Status</Th>
            <Th className="w-full">
              <span className={classNames('block', columns && 'min-w-48')}>Subject</span>
            </Th>
            {(columns ?? usualColumns).map((name) => (
              <Th key={name} className={classNames(cellClass(name, columns !== undefined), 'font-sans!')}>
                {columnOf(name).label}
              </Th>
            ))}
          </tr>
        </thead>
        <Room heightPx={roomAbovePx} />
        <tbody className="divide-line divide-y">
          {drawn.map(({ index }) => {
            const message = rows[index];
            return (
              message && (
                <MessageRow
                  key={message.id}
                  message={message}
                  view={view}
                  columns={columns}
                  rowIndex={index + 2}
                  isOpen={openId === message.id}
                  isTicked={selection.ids.has(message.id)}
                  onTick={selection.tick}
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

/** What is ticked: single rows, ranges with Shift, or all. */
function useSelection(rows: MessageSummary[], several: Several | undefined, onSelect: (several: Several | undefined) => void) {
  const ids = new Set(several && ('ids' in several ? several.ids : rows.map(({ id }) => id)));
  const select = (wanted: Set<string>) => onSelect(wanted.size === 0 ? undefined : { ids: [...wanted] });
  /** Where a range that is selected with Shift begins. */
  const lastTicked = useRef<string>(undefined);
  const tickNow = (id: string, isTicked: boolean, isRange: boolean) => {
    const [from, to] = [rows.findIndex((row) => row.id === lastTicked.current), rows.findIndex((row) => row.id === id)];
    const range = isRange && from >= 0 ? rows.slice(Math.min(from, to), Math.max(from, to) + 1).map((row) => row.id) : [id];
    lastTicked.current = id;
    select(new Set(isTicked ? [...ids, ...range] : [...ids].filter((other) => !range.includes(other))));
  };
  // Rows are drawn anew when they change only, so what they call stays the same.
  const newest = useRef(tickNow);
  useEffect(() => {
    newest.current = tickNow;
  });
  const tick = useCallback((id: string, isTicked: boolean, isRange: boolean) => newest.current(id, isTicked, isRange), []);
  return { ids, tick, tickAll: (isTicked: boolean) => select(new Set(isTicked ? rows.map(({ id }) => id) : [])) };
}

function cellClass(name: MessageColumn, isChosen: boolean): string {
  const { align, hidden, className } = columnOf(name);
  return classNames(align === 'right' && 'text-right!', !isChosen && hidden, className, 'last:pr-4! sm:last:pr-6!');
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

const MessageRow = memo(function MessageRow({
  message,
  view,
  columns,
  rowIndex,
  isOpen,
  isTicked,
  onTick,
}: {
  message: MessageSummary;
  view: MessagesView;
  columns: readonly MessageColumn[] | undefined;
  rowIndex: number;
  isOpen: boolean;
  isTicked: boolean;
  onTick: (id: string, isTicked: boolean, isRange: boolean) => void;
}) {
  return (
    <tr
      aria-rowindex={rowIndex}
      aria-current={isOpen || undefined}
      style={{ height: rowHeightPx }}
      className={classNames('relative', isOpen || isTicked ? 'bg-accent-soft' : 'hover:bg-sunken/60')}
    >
      {/* Above the link that covers the row, and larger than the box, so that it is hit on touch. */}
      <Td className="relative z-1 w-px pr-0! pl-4! sm:pl-6!">
        <Tick
          label={`Select ${plainText(message.subject) || '(no subject)'}`}
          isTicked={isTicked}
          onChange={(isNowTicked, isRange) => onTick(message.id, isNowTicked, isRange)}
        />
      </Td>
      <Td>
        <MessageStatusBadge status={message.status} isHeld={message.isHeld} />
      </Td>
      <Td className="max-w-0">
        <Link
          to="/monitor/messages/$messageId"
          params={{ messageId: message.id }}
          search={view}
          className="block truncate font-medium outline-offset-[-2px] after:absolute after:inset-0"
        >
          {message.subject ? <ForeignText text={message.subject} /> : '(no subject)'}
        </Link>
        <span className={classNames('block truncate text-xs', message.error ? 'text-bad' : 'text-ink-faint')}>
          {message.error?.message ?? <ForeignText text={message.from} />}
        </span>
      </Td>
      {(columns ?? usualColumns).map((name) => (
        <Td key={name} className={classNames('text-ink-soft tabular whitespace-nowrap', cellClass(name, columns !== undefined))}>
          <MessageCell column={name} message={message} />
        </Td>
      ))}
    </tr>
  );
});
