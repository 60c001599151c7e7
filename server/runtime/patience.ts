/**
 * The longest silence of a mail server at work before its connection is given up. Short, so that a dead one is soon noticed;
 * longer where a mailbox was silent before, since a server may take its time to list a huge one.
 */
export interface Patience {
  /** For the next poll of a channel, in ms. */
  of(channelId: string): number;
  /** @param code why the poll failed; undefined where it was completed */
  learn(channelId: string, code: string | undefined): void;
}

const firstMs = 30_000;
const longestMs = 120_000;

export function makePatience(): Patience {
  const silences = new Map<string, number>();
  return {
    of: (channelId) => Math.min(longestMs, firstMs * (1 + (silences.get(channelId) ?? 0))),
    learn(channelId, code) {
      if (code === undefined) silences.delete(channelId);
      else if (code === 'MAIL_TIMEOUT') silences.set(channelId, (silences.get(channelId) ?? 0) + 1);
    },
  };
}
