import { isTimeZone, utcOffsetMin } from '../shared/time-zone.ts';

/** The zone of the person's clock. */
export function browserZone(): string {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  return isTimeZone(timeZone) ? timeZone : 'UTC';
}

/** All zones to choose from: the person's own and UTC first. */
export function zoneChoices(): string[] {
  return [...new Set([browserZone(), 'UTC', ...Intl.supportedValuesOf('timeZone')])];
}

/** "UTC+1", "UTC+5:45", "UTC" */
export function offsetText(zone: string, at: Date): string {
  const minutes = utcOffsetMin(zone, at);
  if (minutes === 0) return 'UTC';
  const rest = Math.abs(minutes) % 60;
  const hours = Math.floor(Math.abs(minutes) / 60);
  return `UTC${minutes < 0 ? '−' : '+'}${hours}${rest === 0 ? '' : `:${String(rest).padStart(2, '0')}`}`;
}

/** The date in a zone, `days` from now: 2026-11-22. */
export function dateIn(zone: string, now: Date, days: number): string {
  const at = new Date(now.getTime() + days * 24 * 60 * 60_000);
  // The Swedish form of a date is that of ISO 8601.
  return at.toLocaleDateString('sv', { timeZone: zone });
}
