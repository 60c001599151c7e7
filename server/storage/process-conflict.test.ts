import { expect, test } from 'vitest';
import { conflictOf, type ProcessFacts } from './process-conflict.ts';

const process = (facts: Partial<ProcessFacts>): ProcessFacts => ({
  id: 'one',
  host: 'mail-1',
  machine: 'mail-1 boot-1',
  role: 'worker',
  blobs: 'pg',
  keyChecks: ['same'],
  ...facts,
});
const elsewhere = { id: 'other', host: 'mail-2', machine: 'mail-2 boot-2' };

test.each([
  ['two with mails in the database go together, wherever they are', {}, elsewhere, false, undefined],
  ['two on one machine with the same files go together', { blobs: 'fs' }, { blobs: 'fs' }, true, undefined],
  ['two on one machine with files of their own do not', { blobs: 'fs' }, { blobs: 'fs' }, false, 'BLOBS_NOT_SEEN'],
  ['undeclared files of two machines do not go together', { blobs: 'fs' }, { ...elsewhere, blobs: 'fs' }, false, 'BLOBS_NOT_SHARED'],
  ['not even where they happen to be the same', { blobs: 'fs' }, { ...elsewhere, blobs: 'fs' }, true, 'BLOBS_NOT_SHARED'],
  ['one of two has to be declared as well', { blobs: 'fs-shared' }, { ...elsewhere, blobs: 'fs' }, true, 'BLOBS_NOT_SHARED'],
  [
    'who keeps them in the database can not read files elsewhere',
    { blobs: 'pg' },
    { ...elsewhere, blobs: 'fs' },
    false,
    'BLOBS_NOT_SHARED',
  ],
  ['declared files that are seen go together', { blobs: 'fs-shared' }, { ...elsewhere, blobs: 'fs-shared' }, true, undefined],
  ['declared files that are not seen do not', { blobs: 'fs-shared' }, { ...elsewhere, blobs: 'fs-shared' }, false, 'BLOBS_NOT_SEEN'],
  ['from shared files to the database one by one', { blobs: 'pg' }, { ...elsewhere, blobs: 'fs-shared' }, true, undefined],
  ['another master key, even on one machine', { keyChecks: ['other'] }, {}, true, 'MASTER_KEY_DIFFERS'],
  [
    'while the key is changed, both that can open both go together',
    { keyChecks: ['new', 'same'] },
    { keyChecks: ['same', 'new'] },
    true,
    undefined,
  ],
  ['not who seals with what the other can not open', { keyChecks: ['new', 'same'] }, { keyChecks: ['same'] }, true, 'MASTER_KEY_DIFFERS'],
  ['nor who can not open what the other seals', { keyChecks: ['new'] }, { keyChecks: ['same', 'new'] }, true, 'MASTER_KEY_DIFFERS'],
] as const)('%s', (_what, mine, other, seesItsFiles, code) => {
  expect(conflictOf(process(mine), process(other), seesItsFiles)?.code).toBe(code);
});

test('the error names the other process, and what to set', () => {
  const error = conflictOf(process({ blobs: 'fs' }), process({ ...elsewhere, blobs: 'fs' }), false);
  expect(error?.message).toBe(
    'Mails are kept in files of one machine (MAILROOM_BLOBS is fs here and fs there), which the worker process on mail-2 is not on.',
  );
  expect(error?.remedy).toContain('MAILROOM_BLOBS=pg');
});
