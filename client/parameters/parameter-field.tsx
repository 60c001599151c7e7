import { Braces, PencilLine, Plus } from 'lucide-react';
import type { Control, Field } from '../../shared/catalog/define.ts';
import type { FlowParameter } from '../../shared/flow.ts';
import { mentionedIn } from '../../shared/parameters.ts';
import { setField } from '../editor/document.ts';
import { useEditor, useEditorStore } from '../editor/store.ts';
import { IconButton } from '../ui/icon-button.tsx';
import { Menu, type MenuItem } from '../ui/menu.tsx';
import { useParameterValues } from './filled.ts';

/** Fields of the form that have the value of a parameter. */

/** These hold text, where `{{name}}` may be typed among other words. */
const textControls = new Set<Control>([
  'text',
  'textarea',
  'mail-address',
  'mail-folder',
  'credential',
  'certificate',
  'known-hosts',
  'key-pair',
]);
const wholeControls = new Set<Control>(['number', 'radio', 'select', 'switch']);

export function canBeParameter({ info: { control } }: Field): boolean {
  return textControls.has(control) || wholeControls.has(control);
}

/** The parameter that is all there is in a field. */
export function parameterOf(typed: unknown): string | undefined {
  return typeof typed === 'string' ? /^\{\{([A-Za-z][\w.-]{0,63})\}\}$/.exec(typed.trim())?.[1] : undefined;
}

/** Shown in place of a control that takes no text. */
export function showsParameter(field: Field, typed: unknown): boolean {
  return wholeControls.has(field.info.control) && parameterOf(typed) !== undefined;
}

export function ParameterChip({ id, typed }: { id: string; typed: unknown }) {
  const name = parameterOf(typed) ?? '';
  const value = useParameterValues()[name];
  return (
    <output id={id} className="border-line-strong bg-sunken flex h-8 w-fit max-w-full items-center gap-2 rounded-md border px-2.5 text-sm">
      <code className="text-accent font-mono text-xs">{`{{${name}}}`}</code>
      <span className="text-ink-soft truncate">{value ?? 'has no value'}</span>
    </output>
  );
}

const mostParameters = 100;
const longestDefault = 5_000;

/** Gives a field the value of a parameter, makes its value one, or takes that back. */
export function ParameterMenu({
  nodeId,
  labelId,
  field: { key, info },
  typed,
  filled,
}: {
  nodeId: string;
  labelId: string;
  field: Field;
  typed: unknown;
  /** As it runs. */
  filled: unknown;
}) {
  const store = useEditorStore();
  const parameters = useEditor((state) => state.document.parameters) ?? [];
  const values = useParameterValues();
  const used = parameterOf(typed);
  const set = (label: string, value: unknown) => store.getState().change(label, (document) => setField(document, nodeId, key, value));
  const extract = () => {
    const name = freeName(key, parameters);
    const value = typeof filled === 'string' ? filled : typeof filled === 'number' || typeof filled === 'boolean' ? `${filled}` : undefined;
    const parameter = { name, description: info.label, ...(value === undefined || value === '' ? {} : { default: value }) };
    store
      .getState()
      .change(`Make ${info.label} a parameter`, (document) =>
        setField({ ...document, parameters: [...(document.parameters ?? []), parameter] }, nodeId, key, `{{${name}}}`),
      );
  };
  const items: MenuItem[] = [
    ...(used === undefined
      ? []
      : [
          {
            label: 'Type a value instead',
            icon: <PencilLine size={14} aria-hidden />,
            onSelect: () => set('Type a value', filled === typed ? undefined : filled),
          },
        ]),
    ...parameters
      .filter(({ name }) => name !== used && name !== '')
      .map(({ name }, index) => ({
        label: `{{${name}}}`,
        hint: values[name] ?? 'no value',
        icon: <Braces size={14} aria-hidden />,
        startsGroup: used !== undefined && index === 0,
        onSelect: () => set('Use a parameter', `{{${name}}}`),
      })),
    ...(used === undefined
      ? [
          {
            label: 'Make this value a parameter',
            icon: <Plus size={14} aria-hidden />,
            startsGroup: parameters.length > 0,
            // Its default would be too long, or would freeze the parameters in it.
            isDisabled:
              parameters.length >= mostParameters ||
              mentionedIn(typed).length > 0 ||
              (typeof filled === 'string' && filled.length > longestDefault),
            onSelect: extract,
          },
        ]
      : []),
  ];
  return (
    <Menu
      trigger={
        <IconButton
          size="sm"
          label="Use a parameter"
          aria-describedby={labelId}
          icon={<Braces size={13} aria-hidden />}
          className={
            used === undefined
              ? 'opacity-0 group-focus-within/field:opacity-100 group-hover/field:opacity-100 focus-visible:opacity-100 data-[popup-open]:opacity-100 pointer-coarse:opacity-100'
              : 'text-accent'
          }
        />
      }
      items={items}
    />
  );
}

function freeName(key: string, parameters: FlowParameter[]): string {
  const taken = new Set(parameters.map(({ name }) => name));
  const names = [key, ...Array.from({ length: mostParameters }, (_, index) => `${key}${index + 2}`)];
  return names.find((name) => !taken.has(name)) ?? key;
}
