import { Archive, Folder, Inbox, Send, ShieldAlert, SquarePen, Star, Trash2, type LucideIcon } from 'lucide-react';
import type { MailFolder } from '../../shared/probe.ts';

const uses: Record<NonNullable<MailFolder['use']>, { Icon: LucideIcon; word: string }> = {
  inbox: { Icon: Inbox, word: 'Inbox' },
  archive: { Icon: Archive, word: 'Archive' },
  drafts: { Icon: SquarePen, word: 'Drafts' },
  flagged: { Icon: Star, word: 'Flagged' },
  junk: { Icon: ShieldAlert, word: 'Junk' },
  sent: { Icon: Send, word: 'Sent' },
  trash: { Icon: Trash2, word: 'Trash' },
  all: { Icon: Archive, word: 'All mail' },
  important: { Icon: Star, word: 'Important' },
};

/** How a folder is spoken: its whole path, what it is for, and whether it holds mails. */
export function folderWords({ path, use, isSelectable }: MailFolder): string {
  const word = use && uses[use].word.toLowerCase() !== path.toLowerCase() ? `, ${uses[use].word}` : '';
  return `${path}${word}${isSelectable ? '' : ', holds folders only'}`;
}

/** One folder, set in by its place in the tree. */
export function FolderLine({ folder: { path, name, parents, use, isSelectable } }: { folder: MailFolder }) {
  const { Icon, word } = use ? uses[use] : { Icon: Folder, word: '' };
  const mark = isSelectable ? word : 'holds folders only';
  return (
    <span className="flex min-w-0 flex-1 items-center gap-2" style={{ paddingLeft: `${Math.min(parents.length, 6) * 0.875}rem` }}>
      <Icon size={14} className="text-ink-faint shrink-0" aria-hidden />
      <span className="min-w-0 truncate" title={path}>
        {name}
      </span>
      {mark !== '' && mark.toLowerCase() !== name.toLowerCase() && <span className="text-ink-faint ml-auto shrink-0 text-xs">{mark}</span>}
    </span>
  );
}
