import { expect, test } from 'vitest';
import { findFolder, nearestNames } from './imap-folders.ts';

test('INBOX is found in any case, other folders only as they are written', () => {
  expect(findFolder(['Inbox', 'Done'], 'INBOX')).toBe('Inbox');
  expect(findFolder(['INBOX', 'Done'], 'Done')).toBe('Done');
  expect(findFolder(['INBOX', 'Done'], 'done')).toBeUndefined();
});

test('the nearest names are those with few letters changed, and those that contain the name', () => {
  const names = ['INBOX', 'Invoices', 'Invoices.2026', 'Sent', 'Trash', 'Archive.Orders'];
  expect(nearestNames(names, 'invoice')).toEqual(['Invoices', 'Invoices.2026']);
  expect(nearestNames(names, 'Orders')).toEqual(['Archive.Orders']);
  expect(nearestNames(names, 'Something else')).toEqual([]);
});
