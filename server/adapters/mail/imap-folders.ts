import type { ImapConnection } from './imap-client.ts';

/** Names of all folders that can be selected. */
export async function folderNames({ client, during }: ImapConnection): Promise<string[]> {
  const folders = await during('listing folders', () => client.list({ listOnly: true }));
  return folders.filter(({ flags }) => !flags.has('\\Noselect') && !flags.has('\\NonExistent')).map(({ path }) => path);
}

/** The folder as the server writes it. INBOX has no case (RFC 9051, section 5.1). */
export function findFolder(names: readonly string[], folder: string): string | undefined {
  if (folder.toUpperCase() === 'INBOX') return names.find((name) => name.toUpperCase() === 'INBOX') ?? 'INBOX';
  return names.find((name) => name === folder);
}

/** At most three names that look like `folder`, the most similar first. */
export function nearestNames(names: readonly string[], folder: string): string[] {
  const wanted = folder.toLowerCase();
  return names
    .map((name) => ({ name, distance: distance(name.toLowerCase(), wanted) }))
    .filter(({ name, distance: d }) => d <= Math.max(2, wanted.length / 3) || name.toLowerCase().includes(wanted))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ name }) => name);
}

/** Levenshtein: how many letters to insert, delete or change. */
function distance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const change = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(change, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
