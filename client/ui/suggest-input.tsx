import { Autocomplete as Base } from '@base-ui/react/autocomplete';
import { ChevronsUpDown } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { classNames } from './class-names.ts';

export interface Suggestion {
  /** What choosing it puts into the field. */
  value: string;
  /** How it is shown in the list; without it the value. */
  content?: ReactNode;
  /** How it is spoken, where `content` does not say it all. */
  label?: string;
  isDisabled?: boolean;
  /** Instead of putting the value into the field. */
  onChoose?: () => void;
}

export interface SuggestInputProps {
  id: string;
  /** Also when the label itself is hidden from screen readers, as all but the list is while it is open. */
  'aria-labelledby': string;
  'aria-describedby'?: string | undefined;
  'aria-invalid'?: boolean | undefined;
  'aria-required'?: boolean | undefined;
  value: string;
  onChange: (value: string) => void;
  placeholder?: string | undefined;
  /** All that can be chosen. While it is typed, only what contains the text is shown. */
  suggestions: Suggestion[];
  /** Always shown at the end, whatever was typed. */
  last?: Suggestion | undefined;
  /** What stands above the list: that it is loading, or why it can't be shown. Spoken when it changes. */
  status?: ReactNode;
  /** Said when nothing of the list contains what was typed. */
  emptyText: string;
  /** Names the button that opens the list. */
  openLabel: string;
  onOpenChange?: (isOpen: boolean) => void;
  /** False while there is nothing to suggest: then the list opens only when it is asked for. */
  opensOnTyping?: boolean;
}

/** More would make the list slow, and nobody reads them. */
const maxListed = 300;

/** A text field with a list of what is usually typed there: free text, arrow keys, Enter, Escape; read out as a combobox. */
export function SuggestInput({
  value,
  onChange,
  suggestions,
  last,
  status,
  emptyText,
  openLabel,
  onOpenChange,
  opensOnTyping = true,
  placeholder,
  ...ids
}: SuggestInputProps) {
  // What stands in the field when the list is opened is a choice already made: it must not hide the others.
  const [isTyping, setIsTyping] = useState(false);
  const [isOpen, setIsOpen] = useState(false);
  const wanted = value.trim().toLowerCase();
  const shown =
    isTyping && wanted !== '' ? suggestions.filter((suggestion) => suggestion.value.toLowerCase().includes(wanted)) : suggestions;
  const listed = shown.slice(0, maxListed);
  const items = last ? [...listed, last] : listed;
  return (
    <Base.Root<Suggestion>
      items={items}
      mode="none"
      value={value}
      itemToStringValue={(item) => item.value}
      openOnInputClick
      open={isOpen}
      onOpenChange={(next, { reason }) => {
        if (next && reason === 'input-change' && !opensOnTyping) return;
        if (!next) setIsTyping(false);
        setIsOpen(next);
        onOpenChange?.(next);
      }}
      onValueChange={(next, { reason }) => {
        if (reason === 'input-change') setIsTyping(true);
        // What an item with an action of its own would put into the field is no value.
        const chosen = reason === 'item-press' ? items.find((item) => item.value === next) : undefined;
        if (!chosen?.onChoose) onChange(next);
      }}
    >
      <div className="relative">
        <Base.Input {...ids} placeholder={placeholder} autoComplete="off" spellCheck={false} className="control h-8 pr-9" />
        <Base.Trigger
          aria-label={openLabel}
          className="text-ink-faint hover:text-ink absolute inset-y-0 right-0 flex w-8 items-center justify-center rounded-md"
        >
          <ChevronsUpDown size={14} aria-hidden />
        </Base.Trigger>
      </div>
      <Base.Portal>
        <Base.Positioner sideOffset={4} className="z-50 outline-none">
          <Base.Popup className="border-line bg-raised flex max-h-[min(22rem,var(--available-height))] w-(--anchor-width) min-w-64 flex-col overflow-hidden rounded-lg border text-sm shadow-lg outline-none">
            <Base.Status className="empty:hidden">{status}</Base.Status>
            <Base.List className="min-h-0 flex-1 overflow-y-auto p-1 outline-none empty:hidden">
              {(item: Suggestion) => (
                <Base.Item
                  key={`${item.value}${item.onChoose ? ' action' : ''}`}
                  value={item}
                  disabled={item.isDisabled}
                  aria-label={item.label}
                  onClick={item.onChoose}
                  className={classNames(
                    'data-[highlighted]:bg-sunken flex cursor-default items-center gap-2 rounded-sm px-2 py-1.5 outline-none select-none',
                    item.isDisabled && 'text-ink-faint',
                    item.value === value && !item.onChoose && 'font-medium',
                  )}
                >
                  {item.content ?? item.value}
                </Base.Item>
              )}
            </Base.List>
            {shown.length > maxListed && (
              <p className="text-ink-soft border-line border-t px-3 py-2 text-xs">
                {maxListed} of {shown.length} are listed. Type a part of the name to find the others.
              </p>
            )}
            {items.length === 0 && !status && <p className="text-ink-soft p-3 text-xs">{emptyText}</p>}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
