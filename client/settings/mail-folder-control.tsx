import { useMutation } from '@tanstack/react-query';
import { FolderPlus } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { MailFolder } from '../../shared/probe.ts';
import { callUntil } from '../api.ts';
import { FolderLine, folderWords } from '../probe/folder-line.tsx';
import { useMailFolders, type MailFolders } from '../probe/mail-folders.ts';
import { whyNotVisit } from '../probe/probe-stream.ts';
import { Button } from '../ui/button.tsx';
import { Spinner } from '../ui/spinner.tsx';
import { SuggestInput, type Suggestion } from '../ui/suggest-input.tsx';
import { toast } from '../ui/toast.tsx';
import type { ControlProps } from './field-control.tsx';
import { placeholderOf, textOf, typedText } from './values.ts';

/** Until a mail server has created a folder, in ms. */
const createDeadlineMs = 5 * 60_000;

/** A folder of the mailbox: typed, or picked from those that the server has, which are asked for when the list is opened. */
export function MailFolderControl({ field, typed, view, ids, labelId, node, description, onChange }: ControlProps) {
  const [isOpen, setIsOpen] = useState(false);
  const name = textOf(typed).trim();
  const obstacle = whyNotVisit(description, node.config, true);
  const folders = useMailFolders(node, description, isOpen && !obstacle);
  const listed = folders.query.data?.folders;
  const create = useMutation({
    mutationFn: async () =>
      callUntil('createMailFolder', { body: { type: node.type, config: node.config, name } }, undefined, createDeadlineMs),
    onSuccess: (answer) => {
      folders.keep(answer);
      onChange(answer.path);
      toast({ text: `The folder '${answer.path}' is there now.`, tone: 'good' });
    },
  });
  const isNew = name !== '' && listed !== undefined && !listed.some(({ path }) => path === name);
  const creation: Suggestion = {
    value: name,
    content: (
      <>
        <FolderPlus size={14} className="text-accent shrink-0" aria-hidden />
        <span className="min-w-0 truncate">Create folder '{name}'</span>
      </>
    ),
    onChoose: () => create.mutate(),
  };
  return (
    <SuggestInput
      {...ids}
      aria-labelledby={labelId}
      value={textOf(typed)}
      placeholder={placeholderOf(field, view)}
      onChange={(text) => onChange(typedText(field, text))}
      suggestions={(listed ?? []).map(suggestionOf)}
      last={field.info.canCreateFolder && isNew && !create.isPending ? creation : undefined}
      status={statusOf(folders, obstacle, create.isPending ? name : undefined)}
      emptyText="No folder of the mailbox has this in its name."
      openLabel={`Folders of the mailbox for ${field.info.label}`}
      onOpenChange={setIsOpen}
      opensOnTyping={!obstacle}
    />
  );
}

/** What stands in place of the list, or above it. */
function statusOf({ query, cancel }: MailFolders, obstacle: { message: string } | undefined, creating: string | undefined): ReactNode {
  if (creating !== undefined) return <Waiting text={`Creating '${creating}'…`} />;
  if (obstacle)
    return <p className="text-ink-soft p-3 text-xs">{obstacle.message} Then the folders can be listed; a name can be typed at any time.</p>;
  if (query.isFetching) return <Waiting text="Asking the server for its folders…" onCancel={cancel} />;
  if (query.data) return null;
  const { error } = query;
  return (
    <div className="flex flex-col items-start gap-2 p-3 text-xs">
      <p>
        {error ? (
          <>
            <span className="text-bad">{error.message}</span> <span className="text-ink-soft">{error.remedy}</span>
          </>
        ) : (
          <span className="text-ink-soft">The folders were not listed.</span>
        )}
      </p>
      <Button size="sm" onClick={() => void query.refetch()}>
        {error ? 'Try again' : 'List folders'}
      </Button>
    </div>
  );
}

function Waiting({ text, onCancel }: { text: string; onCancel?: () => void }) {
  return (
    <div className="text-ink-soft flex items-center gap-2 px-3 py-2 text-xs">
      <Spinner size={13} />
      <span className="flex-1">{text}</span>
      {onCancel && (
        <Button size="sm" variant="ghost" onClick={onCancel}>
          Cancel
        </Button>
      )}
    </div>
  );
}

function suggestionOf(folder: MailFolder): Suggestion {
  return { value: folder.path, label: folderWords(folder), isDisabled: !folder.isSelectable, content: <FolderLine folder={folder} /> };
}
