/** What the list can show of a message beside its status and subject, which it always shows. */

export interface Column {
  label: string;
  align?: 'right';
  /** Where there is little room, of the usual columns alone: who has chosen columns sees them. */
  hidden?: string;
  className?: string;
}

export const messageColumns = {
  flow: { label: 'Flow', hidden: '@max-3xl:hidden', className: 'max-w-40 truncate' },
  version: { label: 'Version', align: 'right' },
  sender: { label: 'Sender', className: 'max-w-56 truncate' },
  mid: { label: 'Message-ID', className: 'max-w-56 truncate font-mono text-xs' },
  error: { label: 'Error', className: 'max-w-56 truncate font-mono text-xs' },
  size: { label: 'Size', align: 'right', hidden: '@max-3xl:hidden' },
  attempts: { label: 'Attempts', align: 'right', hidden: '@max-5xl:hidden' },
  duration: { label: 'Duration', align: 'right', hidden: '@max-5xl:hidden' },
  next: { label: 'Next attempt', align: 'right' },
  ended: { label: 'Ended', align: 'right' },
  received: { label: 'Received', align: 'right' },
} as const satisfies Record<string, Column>;

export type MessageColumn = keyof typeof messageColumns;

export const messageColumnNames = Object.keys(messageColumns) as MessageColumn[];

export const usualColumns: readonly MessageColumn[] = ['flow', 'size', 'attempts', 'duration', 'received'];

export function columnOf(name: MessageColumn): Column {
  return messageColumns[name];
}

/** Those that an address names, separated by commas, in their usual order; undefined where it names none. */
export function readColumns(text: unknown): MessageColumn[] | undefined {
  const wanted = new Set(typeof text === 'string' ? text.split(',') : []);
  const found = messageColumnNames.filter((name) => wanted.has(name));
  return found.length === 0 ? undefined : found;
}
