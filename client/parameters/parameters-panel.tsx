import { Plus, Trash2, X } from 'lucide-react';
import { useState } from 'react';
import type { FlowDocument, FlowParameter } from '../../shared/flow.ts';
import { useEditor, useEditorStore } from '../editor/store.ts';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { IconButton } from '../ui/icon-button.tsx';
import { TextInput } from '../ui/text-input.tsx';

const validName = /^[A-Za-z][\w.-]{0,63}$/;
const mostParameters = 100;

/** Declares the parameters of a flow: what its fields name as `{{name}}`, and what has another value in each deployment. */
export default function ParametersPanel() {
  const store = useEditorStore();
  const parameters = useEditor((state) => state.document.parameters) ?? [];
  const problems = useEditor((state) => state.problems);
  const change = (label: string, edit: (list: FlowParameter[]) => FlowParameter[]) =>
    store.getState().change(label, (document): FlowDocument => ({ ...document, parameters: edit(document.parameters ?? []) }));
  const set = (index: number, part: Partial<FlowParameter>) =>
    change('Edit a parameter', (list) => list.map((parameter, place) => (place === index ? { ...parameter, ...part } : parameter)));
  return (
    <aside
      aria-label="Parameters"
      className="border-line bg-surface flex w-[432px] max-w-full shrink-0 flex-col border-l max-lg:absolute max-lg:inset-y-0 max-lg:right-0 max-lg:z-20 max-lg:shadow-lg"
    >
      <header className="flex items-center gap-3 py-2.5 pr-2 pl-4">
        <div className="min-w-0 flex-1">
          <h2 className="text-sm font-semibold">Parameters</h2>
          <p className="text-ink-faint text-xs">Write {'{{name}}'} into a field. Its value is given at Deploy.</p>
        </div>
        <IconButton label="Close" icon={<X size={16} aria-hidden />} size="sm" onClick={() => store.getState().openPanel(null)} />
      </header>
      <div className="flex min-h-0 flex-1 flex-col gap-4 overflow-y-auto px-4 py-2">
        {parameters.map(({ name, description, default: usual }, index) => {
          const isTwice = parameters.some((other, place) => place < index && other.name === name);
          const unused = problems.find(({ code, parameter }) => code === 'PARAMETER_UNUSED' && parameter === name);
          return (
            // A parameter has no other identity while its name is being typed.
            // oxlint-disable-next-line react/no-array-index-key
            <fieldset key={index} className="border-line flex flex-col gap-3 rounded-lg border p-3">
              <legend className="sr-only">Parameter {name}</legend>
              <div className="flex items-end gap-2">
                <div className="min-w-0 flex-1">
                  <NameField name={name} isTwice={isTwice} help={unused?.message} onChange={(typed) => set(index, { name: typed })} />
                </div>
                <IconButton
                  label={`Delete ${name}`}
                  icon={<Trash2 size={15} aria-hidden />}
                  onClick={() => change('Delete a parameter', (list) => list.filter((_, place) => place !== index))}
                />
              </div>
              <Field label="Description">
                {(ids) => (
                  <TextInput {...ids} value={description} maxLength={500} onChange={(typed) => set(index, { description: typed })} />
                )}
              </Field>
              <Field label="Default" help="Where a deployment gives no other value; empty for none.">
                {(ids) => (
                  <TextInput
                    {...ids}
                    value={usual ?? ''}
                    maxLength={5_000}
                    onChange={(typed) => set(index, { default: typed === '' ? undefined : typed })}
                  />
                )}
              </Field>
            </fieldset>
          );
        })}
        {parameters.length === 0 && (
          <p className="text-ink-soft text-sm">For what differs between deployments: a folder, an address, a credential.</p>
        )}
        <div>
          <Button
            icon={<Plus size={15} aria-hidden />}
            disabled={parameters.length >= mostParameters}
            onClick={() => change('Add a parameter', (list) => [...list, { name: freeName(list), description: '' }])}
          >
            Add a parameter
          </Button>
        </div>
      </div>
    </aside>
  );
}

/** What is no name yet stays here: the drawing could not be saved with it. */
function NameField({
  name,
  isTwice,
  help,
  onChange,
}: {
  name: string;
  isTwice: boolean;
  help: string | undefined;
  onChange: (name: string) => void;
}) {
  const [typed, setTyped] = useState<string | null>(null);
  const error = typed !== null && !validName.test(typed) ? 'Letters, digits, _ . and -, a letter first.' : undefined;
  return (
    <Field label="Name" error={error ?? (isTwice ? 'Another parameter has this name.' : undefined)} help={help}>
      {(ids) => (
        <TextInput
          {...ids}
          value={typed ?? name}
          maxLength={64}
          onChange={(text) => {
            const isValid = validName.test(text);
            setTyped(isValid ? null : text);
            if (isValid) onChange(text);
          }}
        />
      )}
    </Field>
  );
}

function freeName(list: FlowParameter[]): string {
  let count = list.length + 1;
  while (list.some(({ name }) => name === `parameter${count}`)) count += 1;
  return `parameter${count}`;
}
