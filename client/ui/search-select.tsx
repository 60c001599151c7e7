import { Combobox as Base } from '@base-ui/react/combobox';
import { Check, ChevronsUpDown } from 'lucide-react';
import type { ReactNode } from 'react';
import { hasWords } from './has-words.ts';

export interface SearchSelectProps {
  value: string;
  onChange: (value: string) => void;
  /** In the order shown. */
  options: string[];
  /** What is shown and searched for an option. */
  textOf?: (option: string) => string;
  /** At the right of an option. */
  hintOf?: (option: string) => ReactNode;
  /** Shown when nothing is found. */
  emptyText: string;
  id?: string;
  'aria-label'?: string;
  'aria-invalid'?: boolean | undefined;
}

/** One of many choices, found by typing parts of its name. */
export function SearchSelect({ value, onChange, options, textOf = String, hintOf, emptyText, ...input }: SearchSelectProps) {
  return (
    <Base.Root
      items={options}
      value={value}
      itemToStringLabel={textOf}
      filter={(option: string, query) => hasWords(textOf(option), query)}
      autoHighlight
      onValueChange={(next) => {
        if (next !== null) onChange(next);
      }}
    >
      <Base.InputGroup className="relative">
        <Base.Input
          {...input}
          spellCheck={false}
          autoComplete="off"
          className="control h-8 pr-8!"
          onFocus={(event) => event.target.select()}
        />
        <Base.Trigger aria-label="Show all" className="text-ink-faint absolute inset-y-0 right-0 flex w-8 items-center justify-center">
          <ChevronsUpDown size={14} aria-hidden />
        </Base.Trigger>
      </Base.InputGroup>
      <Base.Portal>
        <Base.Positioner sideOffset={4} className="z-50">
          <Base.Popup className="border-line bg-raised flex max-h-[min(20rem,var(--available-height))] w-(--anchor-width) flex-col rounded-lg border text-sm shadow-lg outline-none">
            <Base.Empty>
              <p className="text-ink-soft px-3 py-2">{emptyText}</p>
            </Base.Empty>
            <Base.List className="overflow-y-auto p-1 outline-none data-empty:p-0">
              {(option: string) => (
                <Base.Item
                  key={option}
                  value={option}
                  className="data-[highlighted]:bg-sunken flex cursor-default items-center gap-2 rounded-sm py-1.5 pr-3 pl-2 outline-none select-none"
                >
                  <span className="text-accent w-4 shrink-0">
                    <Base.ItemIndicator>
                      <Check size={14} aria-hidden />
                    </Base.ItemIndicator>
                  </span>
                  <span className="min-w-0 flex-1 truncate">{textOf(option)}</span>
                  {hintOf && <span className="text-ink-faint tabular shrink-0 text-xs">{hintOf(option)}</span>}
                </Base.Item>
              )}
            </Base.List>
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
