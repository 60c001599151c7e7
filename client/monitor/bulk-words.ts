import type { BulkView } from '../../shared/api/bulks.ts';
import type { Tone } from '../ui/tone.ts';

/** Bulk actions in words. */

export const bulkStateWords: Record<BulkView['state'], { text: string; tone: Tone }> = {
  running: { text: 'Running', tone: 'info' },
  done: { text: 'Done', tone: 'good' },
  stopped: { text: 'Stopped', tone: 'neutral' },
};

/** "Run again at the failed step", "Cancel", "Discard from quarantine" */
export function bulkText({ kind, wish }: Pick<BulkView, 'kind' | 'wish'>): string {
  if (kind === 'release') return 'Try again from quarantine';
  if (kind === 'discard') return 'Discard from quarantine';
  if (kind === 'cancel') return 'Cancel';
  const from = wish?.from === 'start' ? 'from the start' : wish?.from === 'step' ? 'from a step' : 'at the failed step';
  return `Run again ${from}${wish?.version === 'newest' ? ', on the newest version' : ''}`;
}
