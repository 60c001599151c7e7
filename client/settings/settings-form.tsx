import { useEffect, useRef, useState } from 'react';
import { configView, type AnyDescription, type Field as FormField } from '../../shared/catalog/define.ts';
import type { FlowNode } from '../../shared/flow.ts';
import type { Problem } from '../../shared/problem.ts';
import { wholeFlowId } from '../editor/document.ts';
import { useEditor, useEditorStore } from '../editor/store.ts';
import { classNames } from '../ui/class-names.ts';
import { Field } from '../ui/field.tsx';
import { useFilled } from '../parameters/filled.ts';
import { canBeParameter, ParameterChip, ParameterMenu, showsParameter } from '../parameters/parameter-field.tsx';
import { ProblemIcon } from '../ui/problem-icon.tsx';
import { FieldControl } from './field-control.tsx';
import { problemText } from './values.ts';

/** One tab of a form, drawn from the description. Fields that don't apply are not in `fields`; what was typed into them is kept. */
export function SettingsForm({ node, description, fields }: { node: FlowNode; description: AnyDescription; fields: FormField[] }) {
  const store = useEditorStore();
  const problems = useEditor((state) => state.problems);
  const wanted = useEditor((state) => state.wantedField);
  const form = useRef<HTMLDivElement>(null);
  const [visited, setVisited] = useState<ReadonlySet<string>>(new Set());
  const filled = useFilled(node, description);
  const view = configView(description, filled.config);

  useEffect(() => {
    if (!wanted || wanted.isFocused || !focusField(form.current, wanted.key)) return;
    store.getState().set({ wantedField: { ...wanted, isFocused: true } });
  }, [store, wanted]);

  return (
    <div ref={form} className="flex flex-col gap-4 p-4">
      {fields.map((field, index) => {
        const { key, info } = field;
        const heading = info.section !== fields[index - 1]?.info.section ? info.section : undefined;
        // That a fresh field is still empty is marked by "required", not by an error.
        const isQuiet = node.config[key] === undefined && !visited.has(key) && wanted?.key !== key;
        const isParameter = showsParameter(field, node.config[key]);
        const own = problems.filter(
          (problem) =>
            (problem.nodeId ?? wholeFlowId) === node.id && problem.field === key && !(isQuiet && problem.code === 'FIELD_REQUIRED'),
        );
        const textAt = (level: Problem['level']) => {
          const found = own.find((problem) => problem.level === level);
          return found && problemText(found);
        };
        return (
          <div
            key={key}
            data-field={key}
            className="group/field"
            onBlur={() => setVisited((before) => (before.has(key) ? before : new Set([...before, key])))}
          >
            {heading && (
              <h3 className={classNames('mb-3 text-sm font-semibold', index > 0 && 'border-line -mx-4 border-t px-4 pt-4')}>{heading}</h3>
            )}
            <Field
              label={info.label}
              isRequired={info.required === true}
              error={textAt('error')}
              warning={textAt('warning')}
              unit={isParameter ? undefined : info.unit}
              isInline={info.control === 'switch'}
              labelId={`label-${key}`}
              action={
                canBeParameter(field) && (
                  <ParameterMenu nodeId={node.id} labelId={`label-${key}`} field={field} typed={node.config[key]} filled={view[key]} />
                )
              }
              help={
                <Help
                  text={info.help}
                  value={isParameter ? undefined : valueNow(node.config[key], filled.config[key])}
                  note={info.note?.(view)}
                  advice={textAt('info')}
                />
              }
            >
              {(ids, labelId) =>
                isParameter ? (
                  <ParameterChip id={ids.id} typed={node.config[key]} />
                ) : (
                  <FieldControl
                    node={filled}
                    description={description}
                    field={field}
                    typed={node.config[key]}
                    view={view}
                    ids={ids}
                    labelId={labelId}
                    onChange={(value) => store.getState().typeField(node.id, key, value)}
                  />
                )
              }
            </Field>
          </div>
        );
      })}
    </div>
  );
}

/** What a text with parameters is as it runs. */
function valueNow(typed: unknown, filled: unknown): string | undefined {
  return typeof typed === 'string' && typed !== filled ? String(filled) : undefined;
}

function Help({
  text,
  value,
  note,
  advice,
}: {
  text: string | undefined;
  value: string | undefined;
  note: string | undefined;
  advice: string | undefined;
}) {
  return (
    <>
      {value !== undefined && <span className="text-ink-soft block break-words">With its parameters: {value.slice(0, 300)}</span>}
      {note !== undefined && <span className="text-ink-soft block">{note}</span>}
      {text}
      {advice !== undefined && (
        <span className="text-ink-soft mt-1 flex gap-1.5">
          <ProblemIcon level="info" />
          {advice}
        </span>
      )}
    </>
  );
}

/** @returns false when the field is not in this form */
function focusField(form: HTMLElement | null, key: string): boolean {
  const field = form?.querySelector(`[data-field="${CSS.escape(key)}"]`);
  if (!field) return false;
  field.scrollIntoView({ block: 'nearest' });
  const controls = 'input:checked, input:not([type="radio"]), textarea, button:not([data-field-action] *)';
  field.querySelector<HTMLElement>(controls)?.focus({ preventScroll: true });
  return true;
}
