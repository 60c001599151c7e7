import { expect, test } from 'vitest';
import { makePatience } from './patience.ts';

test('a server that stays silent is given more time from poll to poll, until one is completed', () => {
  const patience = makePatience();
  const given = ['MAIL_TIMEOUT', 'MAIL_CONNECTION_LOST', 'MAIL_TIMEOUT', 'MAIL_TIMEOUT', 'MAIL_TIMEOUT', undefined].map((code) => {
    const ms = patience.of('a');
    patience.learn('a', code);
    return ms / 1_000;
  });
  expect(given).toEqual([30, 60, 60, 90, 120, 120]);
  expect([patience.of('a'), patience.of('b')]).toEqual([30_000, 30_000]);
});
