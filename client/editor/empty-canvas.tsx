import { useMutation } from '@tanstack/react-query';
import { FlaskConical, Inbox } from 'lucide-react';
import { templates, type Template } from '../../shared/templates/templates.ts';
import { call, useRoute } from '../api.ts';
import { practiceFlow } from '../flows/practice-flow.ts';
import { drawTemplate } from '../flows/template-mailbox.ts';
import { TemplateList } from '../flows/templates-dialog.tsx';
import { FormError } from '../shell/form-error.tsx';
import { Button } from '../ui/button.tsx';
import { useEditor, useEditorStore } from './store.ts';
import { usePlace } from './use-place.ts';

const shownTemplates = 4;

/** The ways to begin a drawing: a mail sender, the practice mailbox, a template. Each is one step of undo. */
export function EmptyCanvas({ isReadOnly }: { isReadOnly: boolean }) {
  const isEmpty = useEditor((state) => state.document.nodes.length === 0 && state.paletteDrag === null);
  return isEmpty ? <Beginnings isReadOnly={isReadOnly} /> : null;
}

function Beginnings({ isReadOnly }: { isReadOnly: boolean }) {
  const store = useEditorStore();
  const place = usePlace();
  const practice = useRoute('getPractice', {}, { isEnabled: !isReadOnly });
  const begin = useMutation({
    mutationFn: async (template: Template | 'practice') =>
      template === 'practice' ? practiceFlow(await call('preparePractice')) : drawTemplate(template),
    meta: { isShown: true },
    // Somebody may have begun to draw while the server was asked.
    onSuccess: ({ nodes, edges }) => {
      store.getState().change('Begin', (document) => (document.nodes.length === 0 ? { ...document, nodes, edges } : document));
    },
  });
  const busyId = begin.isPending ? (begin.variables === 'practice' ? 'practice' : begin.variables.id) : undefined;
  return (
    <div className="pointer-events-none absolute inset-0 flex flex-col items-center justify-center gap-4 overflow-y-auto p-6 text-center">
      <p className="text-ink-soft text-base">A flow starts with the mailbox it reads.</p>
      {!isReadOnly && (
        <>
          <div className="pointer-events-auto flex flex-wrap justify-center gap-2">
            <Button variant="primary" icon={<Inbox size={15} aria-hidden />} onClick={() => place('mail-sender', { kind: 'next' })}>
              Add mail sender
            </Button>
            {practice.data?.isAvailable && (
              <Button icon={<FlaskConical size={15} aria-hidden />} disabled={begin.isPending} onClick={() => begin.mutate('practice')}>
                Use the practice mailbox
              </Button>
            )}
          </div>
          <section aria-label="Templates" className="pointer-events-auto max-w-2xl">
            <p className="text-ink-faint mb-2 text-xs">Or begin with a template</p>
            <TemplateList list={templates.slice(0, shownTemplates)} busyId={busyId} onChoose={(template) => begin.mutate(template)} />
          </section>
          <FormError error={begin.error} />
        </>
      )}
    </div>
  );
}
