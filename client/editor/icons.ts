import {
  Archive,
  Bell,
  Box,
  Calendar,
  CircleStop,
  Clock,
  CodeXml,
  Combine,
  Copy,
  Database,
  FileText,
  Filter,
  FolderDown,
  FolderUp,
  GitBranch,
  Globe,
  HardDrive,
  Inbox,
  KeyRound,
  List,
  Mail,
  MessageSquare,
  Paperclip,
  PencilLine,
  Repeat,
  Route,
  Scissors,
  Send,
  Server,
  Shuffle,
  Split,
  Table,
  Tag,
  Timer,
  Trash2,
  Webhook,
  Workflow,
  Zap,
  type LucideIcon,
} from 'lucide-react';

/**
 * The lucide icons a description may name. A list and not all of lucide, which would add 1,500 icons to the page;
 * a test fails when a description names one that is not here.
 */
const icons: Record<string, LucideIcon> = {
  archive: Archive,
  bell: Bell,
  calendar: Calendar,
  'circle-stop': CircleStop,
  clock: Clock,
  'code-xml': CodeXml,
  combine: Combine,
  copy: Copy,
  database: Database,
  'file-text': FileText,
  filter: Filter,
  'folder-down': FolderDown,
  'folder-up': FolderUp,
  'git-branch': GitBranch,
  globe: Globe,
  'hard-drive': HardDrive,
  inbox: Inbox,
  'key-round': KeyRound,
  list: List,
  mail: Mail,
  'message-square': MessageSquare,
  paperclip: Paperclip,
  'pencil-line': PencilLine,
  repeat: Repeat,
  route: Route,
  scissors: Scissors,
  send: Send,
  server: Server,
  shuffle: Shuffle,
  split: Split,
  table: Table,
  tag: Tag,
  timer: Timer,
  'trash-2': Trash2,
  webhook: Webhook,
  workflow: Workflow,
  zap: Zap,
};

/** A box stands for what this version does not know. */
export function iconOf(name: string | undefined): LucideIcon {
  return (name === undefined ? undefined : icons[name]) ?? Box;
}

export function hasIcon(name: string): boolean {
  return name in icons;
}
