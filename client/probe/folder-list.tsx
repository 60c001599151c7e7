import type { MailFolder } from '../../shared/probe.ts';
import { FolderLine, folderWords } from './folder-line.tsx';

/** More are counted, not shown. */
const maxShown = 200;

/** The folders of a mailbox as a tree. */
export function FolderList({ folders }: { folders: MailFolder[] }) {
  if (folders.length === 0) return null;
  return (
    <details className="mt-1" open={folders.length <= 12}>
      <summary className="text-ink-faint hover:text-ink w-fit cursor-pointer rounded-sm">
        {folders.length === 1 ? '1 folder' : `${folders.length} folders`}
      </summary>
      <ul aria-label="Folders" className="border-line bg-surface mt-1 max-h-72 overflow-y-auto rounded-md border py-1">
        {folders.slice(0, maxShown).map((folder) => (
          <li key={folder.path} aria-label={folderWords(folder)} className="flex px-2.5 py-1">
            <FolderLine folder={folder} />
          </li>
        ))}
        {folders.length > maxShown && <li className="text-ink-soft px-2.5 py-1">and {folders.length - maxShown} more</li>}
      </ul>
    </details>
  );
}
