/** Longest set in one command; servers must take lines of 8,192 octets (RFC 7162, section 4). */
const maxSetLength = 6_000;
/** So that no answer grows with the mailbox. */
const maxSetUids = 20_000;

/**
 * Writes UIDs as IMAP sequence sets (RFC 9051, section 9: `1:3,7`), as many as it takes to keep each command and its answer short.
 *
 * @param uids ascending
 * @returns each set with the UIDs it names
 */
export function uidSets(uids: readonly number[]): { set: string; uids: number[] }[] {
  const sets: { set: string; uids: number[] }[] = [];
  for (const range of ranges(uids)) {
    const text = range.length === 1 ? String(range[0]) : `${range[0]}:${range.at(-1)}`;
    const last = sets.at(-1);
    if (last && last.set.length + text.length < maxSetLength && last.uids.length + range.length <= maxSetUids) {
      last.set += `,${text}`;
      last.uids.push(...range);
    } else {
      sets.push({ set: text, uids: range });
    }
  }
  return sets;
}

const maxRangeLength = 10_000;

function ranges(uids: readonly number[]): number[][] {
  const found: number[][] = [];
  for (const uid of uids) {
    const last = found.at(-1);
    if (last && last.at(-1) === uid - 1 && last.length < maxRangeLength) last.push(uid);
    else found.push([uid]);
  }
  return found;
}
