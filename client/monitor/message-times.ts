/** Times that the list of messages can be narrowed to, counted back from now. */

const hourMs = 60 * 60 * 1000;

export const messageTimes = { '1h': 'Last hour', '24h': 'Last 24 hours', '7d': 'Last 7 days', '30d': 'Last 30 days' } as const;
export type MessageTime = keyof typeof messageTimes;

const lengthsMs: Record<MessageTime, number> = { '1h': hourMs, '24h': 24 * hourMs, '7d': 7 * 24 * hourMs, '30d': 30 * 24 * hourMs };

export function isMessageTime(value: unknown): value is MessageTime {
  return typeof value === 'string' && value in messageTimes;
}

export function startOf(time: MessageTime, now: Date): string {
  return new Date(now.getTime() - lengthsMs[time]).toISOString();
}
