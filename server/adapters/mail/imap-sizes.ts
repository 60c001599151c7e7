import type { ImapConnection } from './imap-client.ts';
import { uidSets } from './imap-sets.ts';

/** Sizes in bytes (RFC822.SIZE) of those mails of the selected folder that exist. */
export async function readSizes({ client, during }: ImapConnection, uids: readonly number[]): Promise<Map<number, number>> {
  const wanted = new Set(uids);
  const sizes = new Map<number, number>();
  for (const { set } of uidSets(uids)) {
    await during('reading sizes', async () => {
      for await (const { uid, size } of client.fetch(set, { uid: true, size: true }, { uid: true })) {
        if (size !== undefined && wanted.has(uid)) sizes.set(uid, size);
      }
    });
  }
  return sizes;
}
