import { useMutation } from '@tanstack/react-query';
import { templates, type Template } from '../../shared/templates/templates.ts';
import { call } from '../api.ts';
import { CatalogIcon } from '../editor/catalog-icon.tsx';
import { FormError } from '../shell/form-error.tsx';
import { queryClient } from '../shell/query-client.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Spinner } from '../ui/spinner.tsx';
import { drawTemplate } from './template-mailbox.ts';

/** Drawings to begin with; choosing one creates a flow. */
export function TemplatesDialog({
  isOpen,
  onClose,
  onCreated,
}: {
  isOpen: boolean;
  onClose: () => void;
  onCreated: (flowId: string) => void;
}) {
  const create = useMutation({
    mutationFn: async (template: Template) => {
      const draft = await drawTemplate(template);
      return call('createFlow', { body: { name: template.title, description: template.summary, draft } });
    },
    meta: { isShown: true },
    onSuccess: async (flow) => {
      await queryClient.invalidateQueries({ queryKey: ['listFlows'] });
      onClose();
      onCreated(flow.id);
    },
  });
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      size="lg"
      title="Templates"
      description="Drawn on the practice mailbox, so that you can deploy at once. Change the sender when it does what you want."
      footer={<Button onClick={onClose}>Cancel</Button>}
    >
      <TemplateList busyId={create.isPending ? create.variables.id : undefined} onChoose={(template) => create.mutate(template)} />
      <FormError error={create.error} />
    </Dialog>
  );
}

/** @param busyId of the template that is being drawn; none can be chosen meanwhile */
export function TemplateList({
  list = templates,
  busyId,
  onChoose,
}: {
  list?: readonly Template[];
  busyId: string | undefined;
  onChoose: (template: Template) => void;
}) {
  return (
    <ul className="grid gap-2 text-left sm:grid-cols-2">
      {list.map((template) => (
        <li key={template.id} className="flex">
          <button
            type="button"
            disabled={busyId !== undefined}
            aria-busy={busyId === template.id || undefined}
            onClick={() => onChoose(template)}
            className="border-line bg-surface hover:border-accent flex flex-1 gap-3 rounded-lg border p-3 text-left transition-colors disabled:opacity-60"
          >
            <span className="text-accent mt-0.5 shrink-0">
              {busyId === template.id ? <Spinner size={16} /> : <CatalogIcon name={template.icon} />}
            </span>
            <span className="min-w-0">
              <span className="block font-medium">{template.title}</span>
              <span className="text-ink-soft block text-sm">{template.summary}</span>
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}
