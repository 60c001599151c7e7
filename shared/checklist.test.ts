import { expect, test } from 'vitest';
import type { AnyDescription } from './catalog/define.ts';
import { mailSender } from './catalog/mail-sender.ts';
import { checklist, probeProblems, type ChecklistItem } from './checklist.ts';
import { mailboxStages, type ProbeStage } from './probe.ts';

const description = mailSender as unknown as AnyDescription;
const credentials = [{ name: 'orders', allowedHosts: ['mail.example.com'] }];
const complete = { address: 'mail.example.com', credential: 'orders' };
const listed = (typed: Record<string, unknown>, probe: ProbeStage[] = []) => checklist(description, typed, { credentials, probe });
const states = (typed: Record<string, unknown>, probe: ProbeStage[] = []) =>
  Object.fromEntries(listed(typed, probe).map((item) => [item.id, item.state]));
const itemOf = (id: string, typed: Record<string, unknown>, probe: ProbeStage[] = []): ChecklistItem => {
  const found = listed(typed, probe).find((item) => item.id === id);
  if (!found) throw new Error(`no item ${id}`);
  return found;
};
const failed = (stage: ProbeStage['stage'], code: string, retryable = false): ProbeStage => ({
  stage,
  state: 'failed',
  sentence: 'Failed.',
  error: { code, message: 'Failed.', remedy: 'Do this.', retryable },
});

test('the ten items stand in the order in which a channel is set up', () => {
  expect(listed(complete).map(({ id }) => id)).toEqual([
    'protocol',
    'address',
    'protection',
    'authentication',
    'credential',
    'credentialName',
    'signIn',
    'folder',
    'postProcessing',
    'schedule',
  ]);
});

test('proxy and trusted certificate are items only where the channel uses them', () => {
  const typed = { ...complete, proxyType: 'socks5', proxyAddress: 'proxy.example.com:1080', trustedCertificate: 'our-ca' };
  expect(listed(typed).map(({ id }) => id)).toEqual(expect.arrayContaining(['proxy', 'trustedCertificate']));
  expect(itemOf('proxy', { ...typed, proxyAddress: '' }).state).toBe('todo');
});

test('an empty form shows what is to do', () => {
  expect(states({})).toMatchObject({
    protocol: 'done',
    address: 'todo',
    credential: 'todo',
    credentialName: 'todo',
    signIn: 'unchecked',
    schedule: 'done',
  });
});

test('an artifact that is deployed for the host is offered as Credential Name', () => {
  const typed = { address: 'mail.example.com' };
  expect(itemOf('credential', typed)).toMatchObject({ state: 'done', sentence: 'One artifact may be used for mail.example.com.' });
  expect(itemOf('credentialName', typed).fixes[0]).toEqual({ kind: 'set', label: "Use 'orders'", values: { credential: 'orders' } });
});

test('a complete form is not checked until the connection test has run', () => {
  expect(states(complete)).toMatchObject({ address: 'unchecked', credential: 'done', signIn: 'unchecked', folder: 'unchecked' });
});

test('a connection test that went well turns everything done', () => {
  const probe = mailboxStages.map((stage) => ({ stage, state: 'done' as const, sentence: 'fine' }));
  expect(new Set(Object.values(states(complete, probe)))).toEqual(new Set(['done']));
});

test('a failed stage blocks its item and says what to do', () => {
  const item = itemOf('signIn', complete, [failed('signIn', 'MAIL_SIGN_IN_REFUSED')]);
  expect(item).toMatchObject({
    state: 'blocked',
    sentence: 'Failed. Do this.',
    fixes: [{ kind: 'change-credential', name: 'orders' }, {}],
  });
});

test('a failure that may pass by itself is a warning, which blocks nothing', () => {
  expect(itemOf('address', complete, [failed('connect', 'MAIL_CONNECTION_REFUSED', true)]).state).toBe('warning');
});

test('what the connection test found wrong is a problem of the field that can cure it', () => {
  const missing = {
    ...failed('postProcessing', 'MAIL_ARCHIVE_FOLDER_MISSING'),
    facts: { missing: { field: 'archiveFolder', folder: 'Done', nearest: [] } },
  };
  const problems = probeProblems([{ stage: 'resolve', state: 'done', sentence: '' }, failed('connect', 'MAIL_TIMEOUT', true), missing]);
  expect(problems.map(({ field, level }) => [field, level])).toEqual([
    ['address', 'warning'],
    ['archiveFolder', 'error'],
  ]);
});

test('a credential that may not go to the host blocks, with a way to change it', () => {
  const item = itemOf('credential', { ...complete, address: 'other.example.com' });
  expect(item).toMatchObject({ state: 'blocked', fixes: [{ kind: 'change-credential', name: 'orders' }, { kind: 'create-credential' }] });
});

test('a plain password over an open connection blocks, with the ways out', () => {
  const item = itemOf('authentication', { ...complete, protection: 'off' });
  expect(item.state).toBe('blocked');
  expect(item.fixes).toEqual([
    { kind: 'set', label: 'Set STARTTLS Mandatory', values: { protection: 'starttls-mandatory' } },
    { kind: 'set', label: 'Use Encrypted User/Password', values: { authentication: 'encrypted' } },
  ]);
});

test('an OAuth2 artifact that nobody has authorized is to do, with the button for it', () => {
  const typed = { ...complete, authentication: 'oauth2', credential: 'office' };
  const itemIn = (state: 'Unauthorized' | 'Deployed') =>
    checklist(description, typed, {
      credentials: [{ name: 'office', kind: 'oauth2', allowedHosts: ['mail.example.com'], state }],
      probe: [],
    }).find((one) => one.id === 'credential');
  expect(itemIn('Unauthorized')).toMatchObject({ state: 'todo', fixes: [{ kind: 'authorize', name: 'office' }] });
  expect(itemIn('Deployed')).toMatchObject({ state: 'done', sentence: "'office' is authorized and may be used for mail.example.com." });
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
