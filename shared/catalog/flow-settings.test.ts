import { expect, test } from 'vitest';
import { checkFlow } from '../check-flow.ts';
import { emptyFlow } from '../flow.ts';
import { defaultRetry, noRetry } from '../retry.ts';
import { settingsOf } from './flow-settings.ts';
import { receiverRetry } from './retry-fields.ts';

const facts = { credentials: new Map(), certificates: new Map() } as unknown as Parameters<typeof checkFlow>[1];

test('a drawing from before there were settings has the defaults', () => {
  expect(settingsOf(emptyFlow)).toEqual({ retry: defaultRetry, messagesAtOnce: 32, logHeaders: [] });
});

test('what was set holds, the rest has its default', () => {
  const { retry, messagesAtOnce } = settingsOf({ ...emptyFlow, settings: { retryFirstWait: 2, retryAttempts: 3, messagesAtOnce: 4 } });
  expect([retry, messagesAtOnce]).toEqual([{ ...defaultRetry, attempts: 3, firstWaitSeconds: 2 }, 4]);
  expect(settingsOf({ ...emptyFlow, settings: { retry: 'off', retryAttempts: 3 } }).retry).toEqual(noRetry);
});

test('a receiver does as the flow says, its own way, or never', () => {
  const own = { retryAttempts: 2, retryFirstWait: 1, retryFactor: 1, retryLongestWait: 1, retryJitter: 0 };
  expect(receiverRetry({ retry: 'flow' }, defaultRetry)).toBe(defaultRetry);
  expect(receiverRetry({ retry: 'own', ...own }, defaultRetry).attempts).toBe(2);
  expect(receiverRetry({ retry: 'off', ...own }, defaultRetry)).toBe(noRetry);
});

test('settings are checked like a node, and the problem names the field', () => {
  const problems = checkFlow({ ...emptyFlow, settings: { retryAttempts: 1_000, messagesAtOnce: 'many' } }, facts);
  expect(problems.flatMap(({ nodeId, field }) => (field === undefined ? [] : [[nodeId, field]]))).toEqual([
    [undefined, 'retryAttempts'],
    [undefined, 'messagesAtOnce'],
  ]);
});

test('headers for the log are up to ten names of headers', () => {
  const of = (logHeaders: string) => {
    const document = { ...emptyFlow, settings: { logHeaders } };
    return { names: settingsOf(document).logHeaders, isGood: checkFlow(document, facts).every(({ field }) => field !== 'logHeaders') };
  };
  expect(of(' X-Order-No |X-Customer|| X-Order-No ')).toEqual({ names: ['X-Order-No', 'X-Customer'], isGood: true });
  expect(of(Array.from({ length: 11 }, (_, index) => `X-${index}`).join('|')).isGood).toBe(false);
  for (const wrong of ['X Order', 'X-Order:', 'a=b', 'Köln', 'x'.repeat(101)]) expect(of(wrong).isGood, wrong).toBe(false);
});
