/** Times and sizes in words, short enough for a table. */

const units: [limitMs: number, sizeMs: number, name: string][] = [
  [60_000, 1_000, 's'],
  [3_600_000, 60_000, 'min'],
  [86_400_000, 3_600_000, 'h'],
  [Number.POSITIVE_INFINITY, 86_400_000, 'd'],
];

/** "just now", "12 s ago", "in 5 min"; a time more than 30 days away is given as a date. */
export function relativeTime(at: Date, now: Date): string {
  const distanceMs = at.getTime() - now.getTime();
  const absoluteMs = Math.abs(distanceMs);
  if (absoluteMs > 30 * 86_400_000) return at.toLocaleDateString(undefined, { dateStyle: 'medium' });
  if (absoluteMs < 1_500) return distanceMs > 0 ? 'now' : 'just now';
  const words = roughDuration(absoluteMs);
  return distanceMs > 0 ? `in ${words}` : `${words} ago`;
}

function roughDuration(ms: number): string {
  const [, sizeMs, name] = units.find(([limitMs]) => ms < limitMs) ?? [0, 1_000, 's'];
  return `${Math.floor(ms / sizeMs)} ${name}`;
}

/** "0.4 s", "12 s", "3 min 05 s" for a span in ms. */
export function durationText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${String(seconds % 60).padStart(2, '0')} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** Local date and time, then the same moment in UTC. */
export function absoluteTime(at: Date): { local: string; utc: string } {
  return {
    local: at.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' }),
    utc: `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`,
  };
}

/** Text of the server with the moments in it, written in ISO 8601 UTC, as local date and time. */
export function withLocalTimes(text: string): string {
  return text.replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, (moment) => absoluteTime(new Date(moment)).local);
}

/** "812 B", "3.4 KB", "12 MB"; 1 KB is 1024 B. */
export function sizeText(bytes: number): string {
  if (bytes < 1_024) return `${bytes} B`;
  const [size, unit] = bytes < 1_048_576 ? [bytes / 1_024, 'KB'] : [bytes / 1_048_576, 'MB'];
  return `${size < 10 ? size.toFixed(1) : Math.round(size)} ${unit}`;
}
