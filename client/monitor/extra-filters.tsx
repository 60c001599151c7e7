import { Plus, X } from 'lucide-react';
import { useState } from 'react';
import { readLogHeader } from '../../shared/log-header.ts';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { Menu } from '../ui/menu.tsx';
import { Popover } from '../ui/popover.tsx';
import { TextInput } from '../ui/text-input.tsx';
import { isErrorCode, type MessageFilters } from './message-filters.ts';

/** Filters that are added when they are wanted, each a chip that can be changed and taken away. */

interface TextFilter {
  label: string;
  help: string;
  placeholder: string;
  maxLength: number;
  /** What the typed text narrows the list to, or what is wrong with it. */
  read: (text: string) => Partial<MessageFilters> | string;
}

const textFilters = {
  sender: {
    label: 'Sender',
    help: 'A part of the name or the address, in any case.',
    placeholder: 'ada@example.com',
    maxLength: 200,
    read: (sender) => ({ sender }),
  },
  subject: {
    label: 'Subject',
    help: 'A part of it, in any case.',
    placeholder: 'Invoice',
    maxLength: 200,
    read: (subject) => ({ subject }),
  },
  mid: {
    label: 'Message-ID',
    help: 'The whole of it, with or without its angle brackets.',
    placeholder: '<abc@example.com>',
    maxLength: 1_000,
    read: (mid) => ({ mid }),
  },
  header: {
    label: 'Header',
    help: 'Name and whole value of a header that the flow keeps for the log. Upper and lower case are the same.',
    placeholder: 'Order-No=4711',
    maxLength: 400,
    read: (header) => (readLogHeader(header) ? { header } : 'Write it as name=value.'),
  },
  error: {
    label: 'Error',
    help: 'Its code, as the message shows it.',
    placeholder: 'HTTP_ANSWER',
    maxLength: 60,
    read: (text) => (isErrorCode(text.toUpperCase()) ? { error: text.toUpperCase() } : 'A code has letters, digits and underscores.'),
  },
  version: {
    label: 'Version',
    help: 'Of the flow, that the message ran with last.',
    placeholder: '3',
    maxLength: 7,
    read: (text) => (/^[1-9]\d*$/.test(text) ? { version: Number(text) } : 'A version is a number from 1 on.'),
  },
} as const satisfies Record<string, TextFilter>;

type TextFilterName = keyof typeof textFilters;
const textFilterNames = Object.keys(textFilters) as TextFilterName[];

export function ExtraFilters({ filters, onChange }: { filters: MessageFilters; onChange: (change: Partial<MessageFilters>) => void }) {
  /** The one whose text is being typed. */
  const [opened, setOpened] = useState<TextFilterName>();
  const shown = textFilterNames.filter((name) => filters[name] !== undefined || name === opened);
  const absent = textFilterNames.filter((name) => !shown.includes(name));
  return (
    <>
      {shown.map((name) => (
        <TextChip
          key={name}
          filter={textFilters[name]}
          value={String(filters[name] ?? '')}
          isOpen={name === opened}
          onOpenChange={(isOpen) => setOpened(isOpen ? name : undefined)}
          onChange={(change) => {
            setOpened(undefined);
            onChange(change);
          }}
          onRemove={() => onChange({ [name]: undefined })}
        />
      ))}
      {filters.unread && <Chip text="Marked unread again" onRemove={() => onChange({ unread: undefined })} />}
      {(absent.length > 0 || !filters.unread) && (
        <Menu
          align="start"
          trigger={
            <Button variant="ghost" icon={<Plus size={14} aria-hidden />}>
              Filter
            </Button>
          }
          items={[
            ...absent.map((name) => ({ label: textFilters[name].label, onSelect: () => setOpened(name) })),
            ...(filters.unread ? [] : [{ label: 'Marked unread again', onSelect: () => onChange({ unread: true }) }]),
          ]}
        />
      )}
    </>
  );
}

function TextChip({
  filter,
  value,
  isOpen,
  onOpenChange,
  onChange,
  onRemove,
}: {
  filter: TextFilter;
  value: string;
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  onChange: (change: Partial<MessageFilters>) => void;
  onRemove: () => void;
}) {
  return (
    <span className="border-accent bg-accent-soft flex h-8 max-w-72 min-w-0 items-center rounded-md border text-sm">
      <Popover
        title={filter.label}
        isOpen={isOpen}
        onOpenChange={onOpenChange}
        trigger={
          <button type="button" className="h-full min-w-0 truncate rounded-l-md pr-1 pl-2.5">
            <span className="text-ink-soft">{filter.label}:</span> {value || '…'}
          </button>
        }
      >
        <TextForm filter={filter} value={value} onChange={onChange} />
      </Popover>
      <Remove label={`Remove ${filter.label}`} onRemove={value === '' ? () => onOpenChange(false) : onRemove} />
    </span>
  );
}

function TextForm({ filter, value, onChange }: { filter: TextFilter; value: string; onChange: (change: Partial<MessageFilters>) => void }) {
  const [typed, setTyped] = useState(value);
  const [problem, setProblem] = useState<string>();
  return (
    <form
      className="flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        const read = typed.trim() === '' ? 'Type what to look for.' : filter.read(typed.trim());
        if (typeof read === 'string') setProblem(read);
        else onChange(read);
      }}
    >
      <Field label={`${filter.label} to look for`} help={filter.help} error={problem}>
        {(ids) => (
          <TextInput
            {...ids}
            value={typed}
            onChange={setTyped}
            placeholder={filter.placeholder}
            maxLength={filter.maxLength}
            spellCheck={false}
          />
        )}
      </Field>
      <Button type="submit" variant="primary" className="self-start">
        Apply
      </Button>
    </form>
  );
}

function Chip({ text, onRemove }: { text: string; onRemove: () => void }) {
  return (
    <span className="border-accent bg-accent-soft flex h-8 items-center rounded-md border pl-2.5 text-sm">
      {text}
      <Remove label={`Remove ${text}`} onRemove={onRemove} />
    </span>
  );
}

function Remove({ label, onRemove }: { label: string; onRemove: () => void }) {
  return (
    <button
      type="button"
      aria-label={label}
      onClick={onRemove}
      className="text-ink-soft hover:text-ink flex h-full w-7 shrink-0 items-center justify-center rounded-r-md"
    >
      <X size={13} aria-hidden />
    </button>
  );
}
