import type { MaterialView } from '../../shared/api/material.ts';
import type { MaterialKind } from '../../shared/material.ts';

/** What of the security material is listed, and in which order. */

export function needsAttention({ state }: MaterialView): boolean {
  return state !== 'Deployed';
}

/** What hurts a flow that runs first, then what will hurt one, then what else a person has to do something about; by name among equals. */
export function attentionFirst(items: MaterialView[]): MaterialView[] {
  const rank = (item: MaterialView) => {
    if (!needsAttention(item)) return 3;
    if (!item.usedBy.some(({ isDeployed }) => isDeployed)) return 2;
    return item.state === 'Expiring' ? 1 : 0;
  };
  return items.toSorted((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name) || a.kind.localeCompare(b.kind));
}

/** @param text part of a name, a description, a flow or a host, in any case */
export function shownMaterial(items: MaterialView[], { text, kind }: { text: string; kind: MaterialKind | '' }): MaterialView[] {
  const wanted = text.trim().toLowerCase();
  return items.filter((item) => {
    if (kind !== '' && item.kind !== kind) return false;
    const words = [item.name, item.description, ...(item.allowedHosts ?? []), ...item.usedBy.map(({ flowName }) => flowName)];
    return words.some((word) => word.toLowerCase().includes(wanted));
  });
}
