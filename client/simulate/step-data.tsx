import { useState } from 'react';
import type { Snapshot } from '../../shared/api/simulations.ts';
import { classNames } from '../ui/class-names.ts';
import { Field } from '../ui/field.tsx';
import { Switch } from '../ui/switch.tsx';
import { differenceOf, folded, type LineChange, type PartChange } from './message-difference.ts';

/** A message at one step: what the step has changed of it, or all of it. `before` is null at the sender, which makes the message. */
export function StepData({ before, after }: { before: Snapshot | null; after: Snapshot | null }) {
  const [isAllShown, setIsAllShown] = useState(false);
  if (!after)
    return before ? <Message snapshot={before} title="What came in" /> : <p className="text-ink-soft">There is no message here.</p>;
  if (!before) return <Message snapshot={after} title="What went out" />;
  const difference = differenceOf(before, after);
  const isShown = ({ kind }: PartChange) => isAllShown || kind !== 'same';
  const [headers, properties, attachments] = [difference.headers, difference.properties, difference.attachments].map((parts) =>
    parts.filter(isShown),
  );
  const isSame =
    !difference.isBodyChanged &&
    !difference.isBodyChangedBeyond &&
    difference.contentType.kind === 'same' &&
    [difference.headers, difference.properties, difference.attachments].flat().every(({ kind }) => kind === 'same');
  return (
    <div className="flex flex-col gap-3">
      <Field label="Show what stayed the same, too" isInline>
        {(ids) => <Switch {...ids} isOn={isAllShown} onChange={setIsAllShown} />}
      </Field>
      {isSame && !isAllShown && <p className="text-ink-soft">The message left as it came.</p>}
      <Parts title="Headers" parts={headers ?? []} />
      <Parts title="Properties" parts={properties ?? []} />
      <Parts title="Attachments" parts={attachments ?? []} />
      {(difference.isBodyChanged || isAllShown) && <Body snapshot={after} lines={difference.body} isFolded={!isAllShown} />}
      {difference.isBodyChangedBeyond && <p className="text-ink-soft">The body was changed behind what is shown of it.</p>}
      <LeftOut snapshot={after} />
    </div>
  );
}

function Message({ snapshot, title }: { snapshot: Snapshot; title: string }) {
  const { headers, properties, attachments, body } = differenceOf({ ...snapshot }, snapshot);
  return (
    <div className="flex flex-col gap-3">
      <p className="text-ink-faint text-xs">{title}</p>
      <Parts title="Headers" parts={headers} />
      <Parts title="Properties" parts={properties} />
      <Parts title="Attachments" parts={attachments} />
      <Body snapshot={snapshot} lines={body} isFolded={false} />
      <LeftOut snapshot={snapshot} />
    </div>
  );
}

function LeftOut({ snapshot: { leftOut } }: { snapshot: Snapshot }) {
  return leftOut > 0 && <p className="text-ink-faint text-xs">{leftOut} more are not shown.</p>;
}

const signs = { added: '+', removed: '−', changed: '', same: '' } as const;
const words = { added: 'Added', removed: 'Removed', changed: 'Changed', same: '' } as const;
const looks = { added: 'bg-good-soft', removed: 'bg-bad-soft', same: '' } as const;

function Parts({ title, parts }: { title: string; parts: PartChange[] }) {
  if (parts.length === 0) return null;
  return (
    <section aria-label={title}>
      <h4 className="text-ink-faint mb-1 text-xs font-medium">{title}</h4>
      <dl className="divide-line border-line divide-y overflow-hidden rounded-md border text-xs">
        {parts.map(({ name, kind, before, after }) => (
          <div key={name} className="grid grid-cols-[minmax(6rem,30%)_1fr] gap-x-2 px-2 py-1">
            <dt className="text-ink-soft break-words">
              {name}
              {kind !== 'same' && <span className="sr-only"> {words[kind]}</span>}
            </dt>
            <dd className="min-w-0 font-mono break-words whitespace-pre-wrap">
              {before !== undefined && kind !== 'same' && (
                <del className={classNames(looks.removed, 'block rounded-sm px-1 no-underline')}>− {before}</del>
              )}
              {after !== undefined &&
                (kind === 'same' ? after : <ins className={classNames(looks.added, 'block rounded-sm px-1 no-underline')}>+ {after}</ins>)}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Body({ snapshot: { body }, lines, isFolded }: { snapshot: Snapshot; lines: LineChange[]; isFolded: boolean }) {
  const shown = isFolded ? folded(lines) : lines;
  return (
    <section aria-label="Body">
      <h4 className="text-ink-faint mb-1 text-xs font-medium">
        Body <span className="font-normal">{body.contentType}</span>
      </h4>
      {lines.length === 0 ? (
        <p className="text-ink-soft text-xs">
          {body.characters > 0 ? `Its ${body.characters.toLocaleString('en')} characters were not kept.` : 'The body is empty.'}
        </p>
      ) : (
        <pre className="border-line max-h-80 overflow-auto rounded-md border py-1 font-mono text-xs whitespace-pre-wrap">
          {shown.map((line, index) =>
            typeof line === 'number' ? (
              // Lines have no other identity than their place.
              // oxlint-disable-next-line react/no-array-index-key
              <span key={index} className="text-ink-faint bg-sunken block px-2">
                … {line === 1 ? 'one line' : `${line} lines`} as before
              </span>
            ) : (
              // oxlint-disable-next-line react/no-array-index-key
              <span key={index} className={classNames('block px-2 break-words', looks[line.kind])}>
                {line.kind !== 'same' && `${signs[line.kind]} `}
                {line.text || ' '}
              </span>
            ),
          )}
        </pre>
      )}
      {body.isCut && body.text !== '' && (
        <p className="text-ink-faint mt-1 text-xs">
          The first {body.text.length.toLocaleString('en')} of {body.characters.toLocaleString('en')} characters are shown. The step had
          them all.
        </p>
      )}
    </section>
  );
}
