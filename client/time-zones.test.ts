import { expect, test } from 'vitest';
import { isTimeZone } from '../shared/time-zone.ts';
import { browserZone, dateIn, offsetText, zoneChoices } from './time-zones.ts';

test('every zone that can be chosen is one, and the own comes first', () => {
  const choices = zoneChoices();
  expect(choices.length).toBeGreaterThan(300);
  expect(choices.filter((zone) => !isTimeZone(zone))).toEqual([]);
  expect(choices[0]).toBe(browserZone());
  expect(new Set(choices).size).toBe(choices.length);
});

test.each(['', 'Berlin', 'Europe/Atlantis', '+01:00', '05:45', 'x'.repeat(1_000)])('“%s” is no time zone', (name) => {
  expect(isTimeZone(name)).toBe(false);
});

test.each([
  ['UTC', '2026-07-01T00:00:00Z', 'UTC'],
  ['Europe/Berlin', '2026-07-01T00:00:00Z', 'UTC+2'],
  ['Europe/Berlin', '2026-12-01T00:00:00Z', 'UTC+1'],
  ['Asia/Kathmandu', '2026-12-01T00:00:00Z', 'UTC+5:45'],
  ['America/St_Johns', '2026-12-01T00:00:00Z', 'UTC−3:30'],
])('%s is ahead of UTC by what is said', (zone, at, text) => {
  expect(offsetText(zone, new Date(at))).toBe(text);
});

test('the date is that of the zone', () => {
  expect(dateIn('Pacific/Auckland', new Date('2026-12-31T12:00:00Z'), 0)).toBe('2027-01-01');
  expect(dateIn('America/New_York', new Date('2027-01-01T03:00:00Z'), 0)).toBe('2026-12-31');
});
