import { useMutation } from '@tanstack/react-query';
import { Upload } from 'lucide-react';
import { useRef, useState, type ReactNode } from 'react';
import type { ImportedFile } from '../../shared/api/flow-files.ts';
import { asApiError, call } from '../api.ts';
import { queryClient } from '../shell/query-client.ts';
import { Button } from '../ui/button.tsx';
import { classNames } from '../ui/class-names.ts';
import { Dialog } from '../ui/dialog.tsx';
import { toast } from '../ui/toast.tsx';

/** Of all files together, in bytes: what one request may hold. */
const largestBytes = 2_000_000;
const mostFiles = 200;

/** Reads flows from files: a button that chooses them, and a place to drop them on. Nothing is imported while one of them is broken. */
export function useImportFlows(onImported: (flowId: string) => void): {
  button: ReactNode;
  dialog: ReactNode;
  take: (files: readonly File[]) => void;
} {
  const input = useRef<HTMLInputElement>(null);
  const [refused, setRefused] = useState<ImportedFile[]>([]);
  const importing = useMutation({
    mutationFn: async (files: readonly File[]) => {
      const read = files.map(async (file) => ({ fileName: file.name, text: await file.text() }));
      return call('importFlows', { body: { files: await Promise.all(read) } });
    },
    onSuccess: async ({ isDone, files }) => {
      if (!isDone) {
        setRefused(files);
        return;
      }
      await queryClient.invalidateQueries({ queryKey: ['listFlows'] });
      const [first] = files;
      if (files.length === 1 && first?.flowId) onImported(first.flowId);
      else toast({ text: `${files.length} flows imported.`, tone: 'good' });
    },
    onError: (error) => {
      const { message, remedy } = asApiError(error);
      toast({ text: message, remedy, tone: 'bad' });
    },
  });
  const take = (files: readonly File[]) => {
    if (files.length === 0 || importing.isPending) return;
    const bytes = files.reduce((sum, file) => sum + file.size, 0);
    if (bytes > largestBytes || files.length > mostFiles) {
      toast({ text: 'That is too much to import at once.', remedy: 'Choose at most 200 files with 2 MB together.', tone: 'warn' });
      return;
    }
    importing.mutate(files);
  };
  return {
    take,
    button: (
      <>
        <input
          ref={input}
          type="file"
          multiple
          accept=".yaml,.yml,.json"
          aria-label="Files to import"
          tabIndex={-1}
          className="sr-only"
          onChange={(event) => {
            take([...(event.currentTarget.files ?? [])]);
            // So that the same file can be chosen again after it was corrected.
            event.currentTarget.value = '';
          }}
        />
        <Button icon={<Upload size={15} aria-hidden />} onClick={() => input.current?.click()}>
          Import
        </Button>
      </>
    ),
    dialog: <RefusedDialog files={refused} onClose={() => setRefused([])} />,
  };
}

function RefusedDialog({ files, onClose }: { files: ImportedFile[]; onClose: () => void }) {
  const wrong = files.filter(({ problems }) => problems.length > 0);
  const count = wrong.reduce((sum, { problems }) => sum + problems.length, 0);
  return (
    <Dialog
      isOpen={files.length > 0}
      onClose={onClose}
      size="lg"
      title="Nothing was imported"
      description={`${count === 1 ? 'One thing is' : `${count} things are`} wrong. Correct the text, then import it again.`}
      footer={
        <Button variant="primary" onClick={onClose}>
          Close
        </Button>
      }
    >
      {wrong.map(({ fileName, problems }) => (
        <section key={fileName} aria-label={fileName} className="mb-4">
          <h3 className="mb-1 font-medium break-all">{fileName}</h3>
          <ul className="divide-line divide-y">
            {problems.map(({ line, column, path, code, message, remedy }) => (
              <li key={`${line}:${column} ${path} ${code}`} className="flex gap-4 py-2">
                <span className="text-ink-faint tabular w-20 shrink-0 text-xs leading-5">{line === undefined ? '' : `Line ${line}`}</span>
                <span className="min-w-0 break-words">
                  {message} <span className="text-ink-soft">{remedy}</span>
                </span>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </Dialog>
  );
}

/** Takes files that are dropped on what it holds, and shows that it does. */
export function DropZone({ onFiles, children }: { onFiles: (files: readonly File[]) => void; children: ReactNode }) {
  const [isOver, setIsOver] = useState(false);
  const hasFiles = (event: React.DragEvent) => event.dataTransfer.types.includes('Files');
  return (
    // Choosing files with the button is the way without a mouse.
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
    <div
      className={classNames('rounded-lg', isOver && 'outline-accent outline-2 outline-offset-4 outline-dashed')}
      onDragOver={(event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        setIsOver(true);
      }}
      onDragLeave={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setIsOver(false);
      }}
      onDrop={(event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        setIsOver(false);
        onFiles([...event.dataTransfer.files]);
      }}
    >
      {children}
    </div>
  );
}
