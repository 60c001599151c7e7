import type { FlowTileView } from '../../shared/api/overview.ts';
import type { Tone } from '../ui/tone.ts';

/** Why a flow needs a person: the worst first; empty where all is well. */
export function attentionOf(tile: Pick<FlowTileView, 'state' | 'channels' | 'counts' | 'quarantined' | 'backlog'>): Attention[] {
  const { state, channels, counts, quarantined } = tile;
  const inHealth = (health: string) => channels.filter((channel) => channel.health === health).length;
  const found: (Attention | false)[] = [
    state === 'Error' && { tone: 'bad', text: 'could not be started' },
    inHealth('failing') > 0 && { tone: 'bad', text: 'mailbox can’t be read' },
    inHealth('late') > 0 && { tone: 'bad', text: 'poll is late' },
    (counts.FAILED ?? 0) > 0 && { tone: 'bad', text: `${(counts.FAILED ?? 0).toLocaleString()} failed` },
    inHealth('paused') > 0 && { tone: 'warn', text: 'intake is paused' },
    quarantined > 0 && { tone: 'warn', text: `${quarantined.toLocaleString()} in quarantine` },
    (counts.RETRY ?? 0) > 0 && { tone: 'warn', text: `${(counts.RETRY ?? 0).toLocaleString()} to be tried again` },
  ];
  return found.filter((one) => one !== false);
}

export interface Attention {
  tone: Extract<Tone, 'bad' | 'warn'>;
  text: string;
}

/** Flows that need somebody first, the others by name, as they came. */
export function byAttention<T extends Parameters<typeof attentionOf>[0]>(tiles: T[]): T[] {
  const rank = (tile: T) => ({ bad: 0, warn: 1, none: 2 })[attentionOf(tile)[0]?.tone ?? 'none'];
  return tiles.toSorted((a, b) => rank(a) - rank(b));
}
