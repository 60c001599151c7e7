import { expect, test } from 'vitest';
import type { AnyDescription } from './catalog/define.ts';
import { mailSender } from './catalog/mail-sender.ts';
import { checklist, probeStages, type ProbeStage } from './checklist.ts';

const description = mailSender as unknown as AnyDescription;
const credentials = [{ name: 'orders', allowedHosts: ['mail.example.com'] }];
const complete = { address: 'mail.example.com', credential: 'orders' };
const states = (typed: Record<string, unknown>, probe: ProbeStage[] = []) =>
  Object.fromEntries(checklist(description, typed, { credentials, probe }).map((item) => [item.id, item.state]));

test('an empty form shows what is to do', () => {
  expect(states({})).toMatchObject({ protocol: 'done', address: 'todo', credential: 'todo', signIn: 'unchecked', schedule: 'done' });
});

test('a complete form is not checked until the connection test has run', () => {
  expect(states(complete)).toMatchObject({ address: 'unchecked', credential: 'done', signIn: 'unchecked', folder: 'unchecked' });
});

test('a connection test that went well turns everything done', () => {
  const probe = probeStages.map((stage) => ({ stage, state: 'done' as const, sentence: 'fine' }));
  expect(new Set(Object.values(states(complete, probe)))).toEqual(new Set(['done']));
});

test('a failed stage blocks its item and says what to do', () => {
  const error = { code: 'MAIL_SIGN_IN_REFUSED', message: 'Refused.', remedy: 'Correct the password.', retryable: false };
  const item = checklist(description, complete, { credentials, probe: [{ stage: 'signIn', state: 'failed', sentence: '', error }] }).find(
    (one) => one.id === 'signIn',
  );
  expect(item).toMatchObject({ state: 'blocked', sentence: 'Refused. Correct the password.' });
});

test('a credential that may not go to the host blocks, with a way to create one', () => {
  const item = checklist(description, { ...complete, address: 'other.example.com' }, { credentials, probe: [] }).find(
    (one) => one.id === 'credential',
  );
  expect(item).toMatchObject({ state: 'blocked', action: { kind: 'create-credential' } });
});

test('an OAuth2 artifact that nobody has authorized is to do, with the button for it', () => {
  const typed = { ...complete, authentication: 'oauth2', credential: 'office' };
  const itemIn = (state: 'Unauthorized' | 'Deployed') =>
    checklist(description, typed, {
      credentials: [{ name: 'office', kind: 'oauth2', allowedHosts: ['mail.example.com'], state }],
      probe: [],
    }).find((one) => one.id === 'credential');
  expect(itemIn('Unauthorized')).toMatchObject({ state: 'todo', action: { kind: 'authorize', credential: 'office' } });
  expect(itemIn('Deployed')).toMatchObject({ state: 'done', sentence: "'office' is authorized and may be used for this host." });
});

test.each([
  [undefined, 'done', 'Polled every minute.'],
  [{ kind: 'once' }, 'done', 'Polled once, right after Deploy.'],
  [{ kind: 'interval', every: 10, unit: 'seconds' }, 'done', 'Polled every 10 seconds.'],
  [{ kind: 'cron', expression: '0 25 * * *', zone: 'UTC' }, 'blocked', /2nd field, hour/],
  [{ kind: 'day', date: '2020-01-01', times: { mode: 'at', at: '06:00' }, zone: 'UTC' }, 'warning', /is over/],
])('the schedule %j is told in a sentence', (schedule, state, sentence) => {
  const item = checklist(description, { ...complete, schedule }, { credentials, probe: [] }).find((one) => one.id === 'schedule');
  expect(item?.state).toBe(state);
  expect(item?.sentence).toMatch(sentence);
});
