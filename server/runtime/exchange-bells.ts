/** Says, within one process, that an exchange of a channel has ended, so that an open connection can tell the server at once. */
export interface ExchangeBells {
  ring(channelId: string): void;
  /** One listener per channel: the connection that waits. @returns stops listening */
  listen(channelId: string, onRing: () => void): () => void;
}

export function makeExchangeBells(): ExchangeBells {
  const listeners = new Map<string, () => void>();
  return {
    ring: (channelId) => listeners.get(channelId)?.(),
    listen(channelId, onRing) {
      listeners.set(channelId, onRing);
      return () => {
        if (listeners.get(channelId) === onRing) listeners.delete(channelId);
      };
    },
  };
}
