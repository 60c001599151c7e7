/* oxlint-disable jsx-a11y/prefer-tag-over-role -- a native list of options can not be searched and described */
import { Search } from 'lucide-react';
import { useId, useState, type KeyboardEvent } from 'react';
import { classNames } from '../ui/class-names.ts';
import { CatalogIcon } from './catalog-icon.tsx';
import { matching, type Choice } from './choices.ts';
import { KeyCaps } from './key-caps.tsx';

/** So many rows are drawn at most; typing narrows the rest. */
const mostRows = 100;

/** A search field with the list of what it finds; arrows and Enter choose. Its owner closes it before a choice is carried out. */
export function ChoiceList({
  label,
  placeholder,
  choices,
  emptyText,
  onClose,
}: {
  label: string;
  placeholder: string;
  choices: Choice[];
  /** Where there is nothing to choose from, also before anything is typed. */
  emptyText: string;
  /** @param chosen absent: closed without a choice */
  onClose: (chosen?: Choice) => void;
}) {
  const listId = useId();
  const [search, setSearch] = useState('');
  const [wantedIndex, setActive] = useState(0);
  const found = matching(choices, search);
  const shown = found.slice(0, mostRows);
  const active = Math.min(wantedIndex, shown.length - 1);

  const handleKey = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (event.key === 'Escape' || event.key === 'Tab') {
      // Not also what is behind the list.
      event.preventDefault();
      onClose();
    }
    if (event.key === 'Enter' && shown[active]) {
      event.preventDefault();
      onClose(shown[active]);
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined || shown.length === 0) return;
    event.preventDefault();
    setActive((active + step + shown.length) % shown.length);
  };

  return (
    <>
      <div className="border-line flex shrink-0 items-center gap-2 border-b px-3">
        <Search size={14} className="text-ink-faint shrink-0" aria-hidden />
        <input
          // The list was opened to search in it.
          // oxlint-disable-next-line jsx-a11y/no-autofocus
          autoFocus
          role="combobox"
          aria-label={placeholder}
          aria-expanded
          aria-controls={listId}
          aria-autocomplete="list"
          aria-activedescendant={shown[active] && `${listId}-${active}`}
          placeholder={placeholder}
          spellCheck={false}
          autoComplete="off"
          value={search}
          onChange={(event) => {
            setSearch(event.target.value);
            setActive(0);
          }}
          onKeyDown={handleKey}
          className="h-9 min-w-0 flex-1 bg-transparent text-sm outline-none"
        />
      </div>
      <div id={listId} role="listbox" aria-label={label} className="min-h-0 overflow-y-auto p-1">
        {groupsOf(shown).map(({ group, rows }) => (
          <div key={group ?? ''} role={group === undefined ? 'none' : 'group'} aria-label={group}>
            {group !== undefined && (
              <div aria-hidden className="text-ink-faint px-2 pt-2 pb-1 text-xs">
                {group}
              </div>
            )}
            {rows.map(({ choice, index }) => (
              <ChoiceRow
                key={choice.key}
                id={`${listId}-${index}`}
                choice={choice}
                isActive={index === active}
                onHover={() => setActive(index)}
                onChoose={() => onClose(choice)}
              />
            ))}
          </div>
        ))}
        {shown.length === 0 && (
          <div role="option" aria-selected={false} aria-disabled className="text-ink-soft px-2 py-3 text-sm">
            {search ? `Nothing matches “${search}”.` : emptyText}
          </div>
        )}
        {found.length > shown.length && (
          <div role="option" aria-selected={false} aria-disabled className="text-ink-soft px-2 py-2 text-xs">
            {found.length - shown.length} more: type to find them.
          </div>
        )}
      </div>
    </>
  );
}

function ChoiceRow({
  id,
  choice,
  isActive,
  onHover,
  onChoose,
}: {
  id: string;
  choice: Choice;
  isActive: boolean;
  onHover: () => void;
  onChoose: () => void;
}) {
  return (
    // The keyboard goes through the search field (aria-activedescendant), so the row itself takes only the pointer.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
    <div
      id={id}
      role="option"
      aria-label={choice.title}
      aria-selected={isActive}
      onPointerMove={onHover}
      onClick={onChoose}
      ref={(element) => {
        if (isActive) element?.scrollIntoView({ block: 'nearest' });
      }}
      className={classNames('flex cursor-default gap-2.5 rounded-sm px-2 py-1.5', isActive && 'active-row bg-sunken')}
    >
      <CatalogIcon name={choice.icon} className="text-ink-soft mt-px shrink-0" />
      <span className="min-w-0 flex-1">
        <span className="block text-sm font-medium">{choice.title}</span>
        {choice.text && <span className="text-ink-faint block text-xs">{choice.text}</span>}
      </span>
      <KeyCaps keys={choice.keys} />
    </div>
  );
}

/** Neighbours of one group together, each with its place in the whole list. */
function groupsOf(choices: Choice[]): { group: string | undefined; rows: { choice: Choice; index: number }[] }[] {
  const groups = Map.groupBy(
    choices.map((choice, index) => ({ choice, index })),
    ({ choice }) => choice.group,
  );
  return [...groups].map(([group, rows]) => ({ group, rows }));
}
