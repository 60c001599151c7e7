import { expect, test } from 'vitest';
import { runRows } from './run-rows.ts';

const dates = (...runs: string[]) => runs.map((run) => new Date(run));
const now = new Date('2026-10-24T10:00:00Z');

test('a run is shown by the clock of the person, and by that of the schedule where it differs', () => {
  const [row] = runRows(dates('2026-10-24T10:30:00Z'), now, 'Asia/Kathmandu', 'Europe/Berlin');
  expect(row?.here).toMatch(/12:30.*\(UTC\+2\)$/);
  expect(row?.there).toMatch(/\b0?4:15.*\(UTC\+5:45\)$/);
});

test.each([
  ['the same zone', 'Europe/Berlin'],
  ['another zone with the same time', 'Europe/Paris'],
  ['a schedule without a zone', undefined],
])('%s is shown once', (_, zone) => {
  expect(runRows(dates('2026-10-24T10:30:00Z'), now, zone, 'Europe/Berlin')[0]).not.toHaveProperty('there');
});

test('a change of the clocks is told at the first run after it, of either zone', () => {
  const runs = dates('2026-10-24T12:00:00Z', '2026-10-25T12:00:00Z', '2026-11-01T12:00:00Z', '2027-03-14T12:00:00Z');
  expect(runRows(runs, now, 'America/New_York', 'Europe/Berlin').map((row) => row.changes)).toEqual([
    [],
    ['The clocks go back by 1 h in Europe/Berlin'],
    ['The clocks go back by 1 h in America/New_York'],
    ['The clocks go forward by 1 h in America/New_York'],
  ]);
  const [howe] = runRows(dates('2026-10-04T00:00:00Z'), new Date('2026-10-03T00:00:00Z'), 'Australia/Lord_Howe', 'UTC');
  expect(howe?.changes).toEqual(['The clocks go forward by 30 min in Australia/Lord_Howe']);
});

test('seconds are shown where a run has some', () => {
  expect(runRows(dates('2026-10-24T10:30:07Z', '2026-10-24T10:31:00Z'), now, undefined, 'UTC').map((row) => row.here)).toEqual([
    expect.stringContaining(':30:07'),
    expect.stringContaining(':31:00'),
  ]);
  expect(runRows(dates('2026-10-24T10:30:00Z'), now, undefined, 'UTC')[0]?.here).not.toContain(':30:00');
});
