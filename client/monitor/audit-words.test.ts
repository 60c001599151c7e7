import { expect, test } from 'vitest';
import { actionText, fieldChanges, subjectText } from './audit-words.ts';

test.each([
  ['retryMessages', 'Retry messages'],
  ['createOAuth2Credential', 'Create oauth2credential'],
  ['rotate-key', 'Rotate key'],
])('%s reads %s', (action, text) => {
  expect(actionText(action)).toBe(text);
});

test('fields are named by their path, with what they were and what they became', () => {
  expect(fieldChanges({ version: 1, hosts: ['a'] }, { version: 2, note: 'better', hosts: ['a', 'b'] })).toEqual([
    { field: 'version', before: '1', after: '2' },
    { field: 'hosts 1', before: 'a', after: 'a' },
    { field: 'note', before: null, after: 'better' },
    { field: 'hosts 2', before: null, after: 'b' },
  ]);
  expect(fieldChanges(null, null)).toEqual([]);
});

test('a thing without a name is told by its kind', () => {
  const id = '01890000-0000-7000-8000-000000000000';
  expect(subjectText({ kind: 'messages', id, name: '', flowId: null })).toBe('Messages 01890000…');
  expect(subjectText({ kind: 'settings', id: '', name: 'retention', flowId: null })).toBe('retention');
});
