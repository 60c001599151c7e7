import { Link } from '@tanstack/react-router';
import { Rocket } from 'lucide-react';
import { useEffect, useState, type ReactElement } from 'react';
import type { FlowView } from '../../shared/api/flows.ts';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { Popover } from '../ui/popover.tsx';
import { TextInput } from '../ui/text-input.tsx';
import { useEditor, useEditorStore } from './store.ts';
import type { Deploying } from './use-deploy.ts';

/** What is asked at each deployment: a note, and the values of the parameters the drawing has. Enter deploys. */
export function DeployPopover({
  flow,
  deploying,
  trigger,
}: {
  flow: FlowView;
  deploying: Deploying;
  trigger: ReactElement<Record<string, unknown>>;
}) {
  const store = useEditorStore();
  const isOpen = useEditor((state) => state.overlay === 'deploy');
  const setOpen = (isWanted: boolean) => store.getState().set({ overlay: isWanted ? 'deploy' : null });
  // Where the drawing can't be deployed any more, this is gone: it must not come back open.
  useEffect(
    () => () => {
      if (store.getState().overlay === 'deploy') store.getState().set({ overlay: null });
    },
    [store],
  );
  return (
    <Popover trigger={trigger} title={`Deploy ${flow.name}`} isOpen={isOpen} onOpenChange={setOpen}>
      <DeployForm flow={flow} deploying={deploying} onSent={() => setOpen(false)} />
    </Popover>
  );
}

function DeployForm({ flow, deploying, onSent }: { flow: FlowView; deploying: Deploying; onSent: () => void }) {
  const parameters = useEditor((state) => state.document.parameters);
  const [note, setNote] = useState('');
  const [values, setValues] = useState<Record<string, string>>({ ...flow.parameterValues });
  return (
    <form
      className="flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        deploying.deploy({ note: note.trim(), values });
        onSent();
      }}
    >
      <Field label="Note" help="What is new, for those who look through the versions. It may stay empty.">
        {(ids) => <TextInput {...ids} value={note} maxLength={1_000} onChange={setNote} />}
      </Field>
      {parameters?.map(({ name, description, default: usual }) => (
        <Field key={name} label={name} help={description || undefined}>
          {(ids) => (
            <TextInput
              {...ids}
              value={values[name] ?? ''}
              placeholder={usual}
              maxLength={5_000}
              onChange={(value) => setValues(withValue(values, name, value))}
            />
          )}
        </Field>
      ))}
      <div className="flex items-center gap-3">
        {flow.deployment && (
          <Link
            to="/flows/$flowId"
            params={{ flowId: flow.id }}
            search={{ compare: 'deployed..draft' }}
            className="text-accent text-xs hover:underline"
            onClick={onSent}
          >
            Look at the changes first
          </Link>
        )}
        <Button type="submit" variant="primary" className="ml-auto" icon={<Rocket size={14} aria-hidden />}>
          Deploy now
        </Button>
      </div>
    </form>
  );
}

/** An emptied field has the default of its parameter again. */
function withValue(values: Record<string, string>, name: string, value: string): Record<string, string> {
  const { [name]: _before, ...others } = values;
  return value === '' ? others : { ...others, [name]: value };
}
