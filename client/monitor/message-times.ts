/** Times that the list of messages can be narrowed to, counted back from now. */

const minuteMs = 60 * 1000;
const hourMs = 60 * minuteMs;

export const messageTimes = {
  '15m': 'Last 15 minutes',
  '1h': 'Last hour',
  '24h': 'Last 24 hours',
  '7d': 'Last 7 days',
  '30d': 'Last 30 days',
} as const;
export type MessageTime = keyof typeof messageTimes;

const lengthsMs: Record<MessageTime, number> = {
  '15m': 15 * minuteMs,
  '1h': hourMs,
  '24h': 24 * hourMs,
  '7d': 7 * 24 * hourMs,
  '30d': 30 * 24 * hourMs,
};

export function isMessageTime(value: unknown): value is MessageTime {
  return typeof value === 'string' && value in messageTimes;
}

export function startOf(time: MessageTime, now: Date): string {
  return new Date(now.getTime() - lengthsMs[time]).toISOString();
}

/** What stands in a field for local date and time (HTML Standard, 4.10.5.1.7): 2026-03-01T14:30, with seconds where there are some. */
export function localFieldText(at: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${String(at.getFullYear()).padStart(4, '0')}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const seconds = at.getSeconds() === 0 ? '' : `:${two(at.getSeconds())}`;
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}${seconds}`;
}

/** The moment that such a field means in the zone of the person's clock; undefined where it holds none. */
export function readLocalField(text: string): Date | undefined {
  const at = new Date(text);
  return text === '' || Number.isNaN(at.getTime()) ? undefined : at;
}

/** "24 Nov, 14:00 – 15:30", "24 Nov, 14:00 – 25 Nov, 09:00", "Since 24 Nov, 14:00", "Before 24 Nov, 14:00"; the year where it is another. */
export function spanText(from: string | undefined, to: string | undefined, now = new Date()): string {
  if (from === undefined) return `Before ${momentText(to ?? '', now)}`;
  if (to === undefined) return `Since ${momentText(from, now)}`;
  const isOneDay = new Date(from).toDateString() === new Date(to).toDateString();
  return `${momentText(from, now)} – ${isOneDay ? clockText(new Date(to)) : momentText(to, now)}`;
}

function momentText(time: string, now: Date): string {
  const at = new Date(time);
  const year = at.getFullYear() === now.getFullYear() ? undefined : 'numeric';
  return `${at.toLocaleDateString(undefined, { day: 'numeric', month: 'short', year })}, ${clockText(at)}`;
}

function clockText(at: Date): string {
  const second = at.getSeconds() === 0 ? undefined : '2-digit';
  return at.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit', second });
}
