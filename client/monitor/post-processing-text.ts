import type { MessageView } from '../../shared/api/messages.ts';

const words: Record<string, { done: string; owed: string }> = {
  'mark-read': { done: 'Marked as read', owed: 'mark as read' },
  delete: { done: 'Deleted', owed: 'delete' },
  'delete-after-days': { done: 'Deleted', owed: 'delete once its days have passed' },
  'move-failed': { done: 'Moved to the failure folder', owed: 'move to the failure folder' },
  archive: { done: 'Archived', owed: 'archive' },
  'archive-mark-read': { done: 'Archived and marked as read', owed: 'archive and mark as read' },
};

/** What became of the mail on the mail server: "Marked as read on the server". It is settled when the message has ended. */
export function postProcessingText({ action, state }: Pick<MessageView['postProcessing'], 'action' | 'state'>, hasEnded: boolean): string {
  const { done, owed } = words[action] ?? { done: action, owed: action };
  if (state === 'none') return hasEnded ? 'Nothing to do on the server' : 'Not before the message has ended';
  if (state === 'done') return `${done} on the server`;
  return state === 'owed' ? `Still to do on the server: ${owed}` : `Failed on the server: ${owed}`;
}
