import { expect, test } from 'vitest';
import { localFieldText, readLocalField, spanText } from './message-times.ts';

test.each(['2026-03-01T14:30', '2026-12-31T23:59:07', '0999-01-01T00:00'])('%s is the same moment there and back', (text) => {
  const at = readLocalField(text);
  expect(at && localFieldText(at)).toBe(text);
});

test.each(['', 'soon', '2026-13-01T00:00'])('%j is no moment', (text) => {
  expect(readLocalField(text)).toBeUndefined();
});

test('a moment of UTC is shown on the clock of the person', () => {
  const at = new Date(2026, 2, 1, 14, 30);
  expect(localFieldText(new Date(at.toISOString()))).toBe('2026-03-01T14:30');
});

test('a span says no more than is needed', () => {
  const now = new Date(2026, 10, 26);
  const at = (day: number, hour: number, year = 2026) => new Date(year, 10, day, hour).toISOString();
  expect(spanText(at(24, 14), at(24, 15), now)).toMatch(/^(?=.*24).*Nov.* – (?!.*Nov)/);
  expect(spanText(at(24, 14), at(25, 9), now)).toMatch(/24.* – .*25/);
  expect(spanText(at(24, 14), undefined, now)).toMatch(/^Since .*24/);
  expect(spanText(undefined, at(24, 14, 2025), now)).toMatch(/^Before .*2025/);
});
