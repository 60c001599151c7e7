import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { FlowFileProblem } from '../../shared/api/flow-files.ts';
import { call } from '../api.ts';
import { countText } from '../editor/roles.ts';
import { FormError } from '../shell/form-error.tsx';
import { queryClient } from '../shell/query-client.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { FileDrop } from '../ui/file-drop.tsx';
import { ProblemIcon } from '../ui/problem-icon.tsx';

/** As much as the server reads. */
const maxBytes = 2_000_000;

interface Chosen {
  fileName: string;
  text: string;
  name: string | null;
  problems: FlowFileProblem[];
}

/** Creates a flow from a file; everything that is wrong with the file is listed, and nothing is created before it is right. */
export function ImportDialog({
  isOpen,
  onClose,
  onImported,
}: {
  isOpen: boolean;
  onClose: () => void;
  onImported: (flowId: string) => void;
}) {
  const [chosen, setChosen] = useState<Chosen>();
  const read = useMutation({
    mutationFn: async (file: File): Promise<Chosen> => {
      if (file.size > maxBytes) throw new Error('The file has more than 2 MB, which no flow has.');
      const text = await file.text();
      const { name, problems } = await call('importFlow', { body: { text, isDryRun: true } });
      return { fileName: file.name, text, name, problems };
    },
    onSuccess: setChosen,
  });
  const create = useMutation({
    mutationFn: async ({ text }: Chosen) => call('importFlow', { body: { text } }),
    onSuccess: async ({ flowId }) => {
      await queryClient.invalidateQueries({ queryKey: ['listFlows'] });
      if (flowId === null) return;
      close();
      onImported(flowId);
    },
  });
  const close = () => {
    setChosen(undefined);
    read.reset();
    create.reset();
    onClose();
  };
  const canImport = chosen !== undefined && chosen.name !== null;

  return (
    <Dialog
      isOpen={isOpen}
      onClose={close}
      title="Import a flow"
      size="md"
      footer={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button variant="primary" disabled={!canImport} isBusy={create.isPending} onClick={() => chosen && create.mutate(chosen)}>
            Import
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <FileDrop
          label="Flow file"
          accept=".yaml,.yml,.json"
          isBusy={read.isPending}
          fileName={chosen?.fileName}
          onChoose={(file) => read.mutate(file)}
        >
          <p className="text-ink-faint text-xs">A .flow.yaml or .flow.json, or drop it here.</p>
        </FileDrop>
        {chosen?.name && <p className="text-ink-soft">Creates the flow “{chosen.name}”. Nothing is deployed.</p>}
        {chosen && chosen.problems.length > 0 && <ProblemList problems={chosen.problems} />}
        <FormError error={read.error ?? create.error} />
      </div>
    </Dialog>
  );
}

function ProblemList({ problems }: { problems: FlowFileProblem[] }) {
  const errors = problems.filter(({ level }) => level === 'error').length;
  return (
    <section aria-label="Problems of the file">
      <h3 className="mb-2 text-sm font-medium">
        {errors > 0 ? `${countText(errors, 'error')}: nothing is imported` : countText(problems.length, 'warning')}
      </h3>
      <ul className="flex max-h-64 flex-col gap-2 overflow-y-auto">
        {problems.map(({ line, column, level, message, remedy }) => (
          <li key={`${line}:${column}:${message}`} className="flex gap-2 text-sm">
            <ProblemIcon level={level} size={15} />
            <span className="min-w-0">
              <span className="text-ink-faint tabular mr-2 text-xs">
                Line {line}, column {column}:
              </span>{' '}
              {message} <span className="text-ink-soft">{remedy}</span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
