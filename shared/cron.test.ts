import { expect, test } from 'vitest';
import { cronProblem } from './cron.ts';

test.each(['* * * * *', '*/5 8-17 * * MON-FRI', '0 0 L * *', '0 0 29 2 *', '0 0 * * 5#3', '*/10 * * * * *', ' 0  6 * * 1,3 ', '0 6 ? * 7'])(
  '%s runs',
  (expression) => {
    expect(cronProblem(expression)).toBeUndefined();
  },
);

test.each([
  ['', /missing/],
  ['* * *', /5 fields .* this one has 3 fields/],
  ['@daily', /this one has 1 field$/],
  ['0 0 1 1 * 2027 *', /this one has 7 fields/],
  ['60 * * * *', /the 1st field, minute, can't be '60': use 0 to 59/],
  ['0 24 * * *', /the 2nd field, hour, can't be '24': use 0 to 23/],
  ['0 0 32 * *', /the 3rd field, day of month, can't be '32'/],
  ['0 0 * 13 *', /the 4th field, month, can't be '13'/],
  ['0 0 * * 9', /the 5th field, weekday, can't be '9'/],
  ['61 0 0 * * *', /the 1st field, second, can't be '61'/],
  ['0 0 0 * * xyz', /the 6th field, weekday, can't be 'xyz'/],
  ['*/0 * * * *', /the 1st field, minute, can't be '\*\/0'/],
  ['0 17-8 * * *', /the 2nd field, hour, can't be '17-8'/],
  ['1,,2 * * * *', /the 1st field/],
  ['0 0 30 2 *', /never run/],
  ['0 0 31 4,6,9,11 *', /never run/],
  [`${'1,'.repeat(60)}1 * * * *`, /longer than 100 characters/],
])('%s is refused in words', (expression, reason) => {
  expect(cronProblem(expression)).toMatch(reason);
});
