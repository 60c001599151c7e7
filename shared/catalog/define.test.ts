import { describe, expect, test } from 'vitest';
import { checkConfig, fieldsOf, shownFields } from './define.ts';
import { catalog } from './index.ts';
import { mailSender } from './mail-sender.ts';

const typed = { address: 'mail.example.com', credential: 'orders' };
const check = (config: Record<string, unknown>) => checkConfig(mailSender, { ...typed, ...config });
const codes = (config: Record<string, unknown>) => check(config).problems.map((problem) => problem.code);

describe('every description', () => {
  test.each(catalog.map((description) => [description.type, description] as const))(
    '%s names tab, label and control of each field',
    (_, description) => {
      for (const { info } of fieldsOf(description)) {
        expect(info.tab && info.label && info.control).toBeTruthy();
        expect(Boolean(info.when)).toBe(Boolean(info.whenText));
      }
    },
  );
});

describe('the configuration of the Mail sender', () => {
  test('fills in defaults', () => {
    expect(check({}).config).toMatchObject({
      protocol: 'imap4',
      protection: 'tls',
      folder: 'INBOX',
      maxMessages: 20,
      postProcessing: 'mark-read',
    });
  });

  test('names what is missing', () => {
    expect(checkConfig(mailSender, {}).problems.map((problem) => problem.field)).toEqual(['address', 'credential']);
  });

  test('a hidden field is neither checked nor handed on', () => {
    const result = check({ protocol: 'pop3', folder: '', archiveFolder: 'Done', postProcessing: 'archive' });
    expect(result.problems).toEqual([]);
    expect(result.config).toMatchObject({ folder: 'INBOX', archiveFolder: '', postProcessing: 'mark-read' });
    expect(shownFields(mailSender as never, { protocol: 'pop3' }).map((field) => field.key)).not.toContain('folder');
  });

  test('a plain password needs protection, except on this machine', () => {
    expect(codes({ protection: 'off' })).toContain('PLAIN_NOT_PROTECTED');
    expect(codes({ protection: 'starttls-optional' })).toContain('PLAIN_NOT_PROTECTED');
    expect(codes({ protection: 'off', address: 'localhost:143' })).toEqual(['PLAIN_ON_LOOPBACK']);
    expect(codes({ protection: 'off', authentication: 'encrypted' })).toEqual([]);
    expect(codes({ protection: 'starttls-mandatory' })).toEqual([]);
  });

  test.each(['imap://mail.example.com', 'mail.example.com/INBOX', 'mail.example.com:0', 'mail.example.com:99999', 'a b'])(
    'refuses the address %s',
    (address) => {
      expect(codes({ address })).toContain('ADDRESS_INVALID');
    },
  );

  test.each(['mail.example.com:993', '[::1]:143', '127.0.0.1'])('takes the address %s', (address) => {
    expect(codes({ address })).not.toContain('ADDRESS_INVALID');
  });

  test('the archive folder must be named and differ from the folder', () => {
    expect(check({ postProcessing: 'archive' }).problems).toContainEqual(
      expect.objectContaining({ field: 'archiveFolder', code: 'FIELD_REQUIRED' }),
    );
    expect(codes({ postProcessing: 'archive', archiveFolder: 'inbox' })).toContain('ARCHIVE_IS_FOLDER');
  });

  test('numbers out of range are refused with their range', () => {
    expect(check({ maxMessages: 0 }).problems[0]?.message).toMatch(/at least 1/);
    expect(check({ timeoutMs: 1.5 }).problems[0]?.field).toBe('timeoutMs');
  });
});
