import { z } from 'zod';
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

/** What a mail must have to be taken; an empty row asks for nothing. */
export function MailSearchControl({ typed, ids, labelId, onChange }: ControlProps) {
  const search = typedSchema.parse(typed ?? {});
  const change = (part: Partial<TypedSearch>) => onChange(withoutEmpty({ ...search, ...part }));
  return (
    <fieldset aria-labelledby={labelId} aria-describedby={ids['aria-describedby']} className="flex min-w-0 flex-col gap-1.5">
      {(['from', 'to', 'subject'] as const).map((key) => (
        <LabelledRow key={key} label={{ from: 'From has', to: 'To has', subject: 'Subject has' }[key]}>
          {(id) => <TextInput id={id} value={search[key] ?? ''} spellCheck={false} onChange={(text) => change({ [key]: text })} />}
        </LabelledRow>
      ))}
      <LabelledRow label="Arrived since">
        {(id) => <TextInput id={id} type="date" value={search.since ?? ''} onChange={(since) => change({ since })} />}
      </LabelledRow>
      <LabelledRow label="Larger than" unit="KB">
        {(id) => <NumberInput id={id} min={0} value={search.largerKb} onChange={(largerKb) => change({ largerKb })} />}
      </LabelledRow>
      <LabelledRow label="Smaller than" unit="KB">
        {(id) => <NumberInput id={id} min={1} value={search.smallerKb} onChange={(smallerKb) => change({ smallerKb })} />}
      </LabelledRow>
      <LabelledRow label="Header">
        {(id) => (
          <div className="flex gap-1.5">
            <TextInput
              id={id}
              placeholder="X-Priority"
              value={search.header?.name ?? ''}
              spellCheck={false}
              onChange={(name) => change({ header: { name, value: search.header?.value ?? '' } })}
            />
            <TextInput
              aria-label="Header has"
              placeholder="has"
              value={search.header?.value ?? ''}
              spellCheck={false}
              onChange={(value) => change({ header: { name: search.header?.name ?? '', value } })}
            />
          </div>
        )}
      </LabelledRow>
    </fieldset>
  );
}

function withoutEmpty(search: TypedSearch): TypedSearch {
  const isKept = (value: unknown) => value !== undefined && value !== '' && !isEmptyHeader(value);
  return Object.fromEntries(Object.entries(search).filter(([, value]) => isKept(value)));
}

function isEmptyHeader(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.values(value).every((part) => part === '');
}
