import { ChevronDown } from 'lucide-react';
import { useId, useState } from 'react';
import { z } from 'zod';
import { isSearchEmpty, mailSearchSchema, searchText } from '../../shared/mail-search.ts';
import { classNames } from '../ui/class-names.ts';
import { NumberInput } from '../ui/number-input.tsx';
import { TextInput } from '../ui/text-input.tsx';
import type { ControlProps } from './field-control.tsx';
import { LabelledRow } from './labelled-row.tsx';

/** What may be in the fields while they are typed into. */
const typedText = z.string().optional().catch(undefined);
const typedSize = z.number().optional().catch(undefined);
const typedSchema = z
  .object({
    from: typedText,
    to: typedText,
    subject: typedText,
    since: typedText,
    largerKb: typedSize,
    smallerKb: typedSize,
    header: z
      .object({ name: z.string().catch(''), value: z.string().catch('') })
      .optional()
      .catch(undefined),
  })
  .catch({});
type TypedSearch = z.output<typeof typedSchema>;

/** What a mail must have to be taken: one sentence, and the rows it is made of when it is opened. An empty row asks for nothing. */
export function MailSearchControl({ typed, ids, labelId, onChange }: ControlProps) {
  const search = typedSchema.parse(typed ?? {});
  const [isOpen, setIsOpen] = useState(false);
  const rowsId = useId();
  const isInvalid = ids['aria-invalid'] === true;
  const isShown = isOpen || isInvalid;
  const change = (part: Partial<TypedSearch>) => onChange(withoutEmpty({ ...search, ...part }));
  return (
    <fieldset
      aria-labelledby={labelId}
      aria-describedby={ids['aria-describedby']}
      className={classNames('min-w-0 rounded-md border shadow-sm', isInvalid ? 'border-bad' : 'border-line-strong')}
    >
      <button
        type="button"
        id={ids.id}
        aria-expanded={isShown}
        aria-controls={rowsId}
        onClick={() => setIsOpen(!isShown)}
        className="bg-surface hover:bg-sunken flex min-h-[30px] w-full items-center gap-2 rounded-md px-2.5 py-1 text-left text-sm"
      >
        <span className="min-w-0 flex-1 break-words">{sentenceOf(search)}</span>
        <span className="text-ink-faint flex shrink-0 items-center gap-1 text-xs">
          {isShown ? 'Close' : 'Edit'}
          <ChevronDown size={14} className={classNames('transition-transform', isShown && 'rotate-180')} aria-hidden />
        </span>
      </button>
      {isShown && (
        <div id={rowsId} className="border-line flex flex-col gap-1.5 border-t p-2.5">
          {(['from', 'to', 'subject'] as const).map((key) => (
            <LabelledRow key={key} label={{ from: 'From has', to: 'To has', subject: 'Subject has' }[key]}>
              {(id) => <TextInput id={id} value={search[key] ?? ''} spellCheck={false} onChange={(text) => change({ [key]: text })} />}
            </LabelledRow>
          ))}
          <LabelledRow label="Arrived since">
            {(id) => <TextInput id={id} type="date" value={search.since ?? ''} onChange={(since) => change({ since })} className="w-40!" />}
          </LabelledRow>
          <LabelledRow label="Larger than" unit="KB">
            {(id) => <NumberInput id={id} min={0} value={search.largerKb} onChange={(largerKb) => change({ largerKb })} />}
          </LabelledRow>
          <LabelledRow label="Smaller than" unit="KB">
            {(id) => <NumberInput id={id} min={1} value={search.smallerKb} onChange={(smallerKb) => change({ smallerKb })} />}
          </LabelledRow>
          <LabelledRow label="Header">
            {(id) => (
              <div className="flex items-center gap-1.5">
                <TextInput
                  id={id}
                  placeholder="X-Priority"
                  value={search.header?.name ?? ''}
                  spellCheck={false}
                  onChange={(name) => change({ header: { name, value: search.header?.value ?? '' } })}
                />
                <span className="text-ink-soft shrink-0">has</span>
                <TextInput
                  aria-label="Header has"
                  placeholder="anything"
                  value={search.header?.value ?? ''}
                  spellCheck={false}
                  onChange={(value) => change({ header: { name: search.header?.name ?? '', value } })}
                />
              </div>
            )}
          </LabelledRow>
          {Object.keys(search).length > 0 && (
            <button
              type="button"
              onClick={() => onChange(undefined)}
              className="text-accent h-6 self-end rounded-sm px-1 text-xs font-medium hover:underline"
            >
              Clear all
            </button>
          )}
        </div>
      )}
    </fieldset>
  );
}

/** "Any mail", or what is asked for; while something is wrong with it, that it is being typed. */
function sentenceOf(search: TypedSearch): string {
  const parsed = mailSearchSchema.safeParse(search);
  if (!parsed.success) return 'Not complete yet';
  if (isSearchEmpty(parsed.data)) return 'Any mail';
  return `Mails ${searchText(parsed.data)}`;
}

function withoutEmpty(search: TypedSearch): TypedSearch | undefined {
  const isKept = (value: unknown) => value !== undefined && value !== '' && !isEmptyHeader(value);
  const kept = Object.fromEntries(Object.entries(search).filter(([, value]) => isKept(value)));
  return Object.keys(kept).length > 0 ? kept : undefined;
}

function isEmptyHeader(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.values(value).every((part) => part === '');
}
