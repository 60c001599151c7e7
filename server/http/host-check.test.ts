import { describe, expect, it } from 'vitest';
import { isHostAllowed } from './host-check.ts';

const loopbackOnly = { host: '127.0.0.1', publicUrl: undefined };

describe('isHostAllowed', () => {
  it.each(['127.0.0.1:8025', 'localhost:8025', 'LOCALHOST:8025', '[::1]:8025', 'mailroom.localhost:8025'])('lets in %s', (header) => {
    expect(isHostAllowed(header, 8025, loopbackOnly)).toBe(true);
  });

  it.each([
    'evil.example:8025',
    '127.0.0.1.evil.example:8025',
    'localhost:9000',
    'localhost',
    '192.168.1.5:8025',
    '',
    'a/b',
    'x@localhost:8025',
  ])('keeps out %j', (header) => {
    expect(isHostAllowed(header, 8025, loopbackOnly)).toBe(false);
  });

  it('lets in a loopback name without a port where the server listens on 80', () => {
    expect(isHostAllowed('localhost', 80, loopbackOnly)).toBe(true);
  });

  it('lets in the name it listens on', () => {
    expect(isHostAllowed('mail.intern:8025', 8025, { host: 'mail.intern', publicUrl: undefined })).toBe(true);
  });

  it('lets in every numeric address, but no name, when it listens on all addresses', () => {
    const everywhere = { host: '0.0.0.0', publicUrl: undefined };
    expect(isHostAllowed('192.168.1.5:9000', 8025, everywhere)).toBe(true);
    expect(isHostAllowed('[2001:db8::1]:8025', 8025, everywhere)).toBe(true);
    expect(isHostAllowed('evil.example:8025', 8025, everywhere)).toBe(false);
  });

  it('lets in the public address, with or without its default port', () => {
    const behindProxy = { host: '127.0.0.1', publicUrl: 'https://mailroom.example/' };
    expect(isHostAllowed('mailroom.example', 8025, behindProxy)).toBe(true);
    expect(isHostAllowed('mailroom.example:443', 8025, behindProxy)).toBe(true);
    expect(isHostAllowed('mailroom.example:80', 8025, behindProxy)).toBe(false);
    expect(isHostAllowed('mailroom.example.evil', 8025, behindProxy)).toBe(false);
  });
});
