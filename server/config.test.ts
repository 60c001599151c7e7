import { format } from 'prettier';
import { describe, expect, test } from 'vitest';
import { FlowError } from '../shared/errors.ts';
import { readConfig, settingsTable, type Environment } from './config.ts';

const megabyte = 1024 * 1024;
const person = { isRoot: false, homeDirectory: '/home/ada' };

/** What a wrong configuration is told. */
function mistakesOf(environment: Environment): string {
  try {
    readConfig(environment, person);
  } catch (error) {
    if (error instanceof FlowError && error.code === 'CONFIGURATION_INVALID') return error.message;
    throw error;
  }
  return '';
}

test('an empty environment gives a server on this machine only, with everything built in', () => {
  expect(readConfig({}, person)).toEqual({
    port: 8025,
    host: '127.0.0.1',
    publicUrl: undefined,
    healthPort: undefined,
    tls: undefined,
    trustedProxies: undefined,
    dataDirectory: '/home/ada/.local/share/mailroom',
    databaseUrl: undefined,
    masterKey: undefined,
    otherMasterKey: undefined,
    role: 'all',
    blobs: 'fs',
    administrator: undefined,
    apiToken: undefined,
    logLevel: 'info',
    practicePort: 8143,
    pressure: {
      all: { messages: 50_000, bytes: 10_240 * megabyte },
      perFlow: { messages: 10_000, bytes: 2_048 * megabyte },
      freeBytes: 512 * megabyte,
      freePercent: 1,
    },
  });
});

test('every variable that is set is used', () => {
  const key = Buffer.alloc(32, 7);
  const config = readConfig(
    {
      PORT: '0',
      HOST: '::1',
      MAILROOM_PUBLIC_URL: 'https://Mail.example.com/',
      MAILROOM_HEALTH_PORT: '8026',
      MAILROOM_TLS_CERT: '/etc/mailroom/tls.crt',
      MAILROOM_TLS_KEY: '/etc/mailroom/tls.key',
      MAILROOM_TRUSTED_PROXY: '10.0.0.7, loopback',
      MAILROOM_DATA_DIR: '/srv/mailroom/',
      DATABASE_URL: 'postgresql://mailroom:pass@db/mailroom',
      MAILROOM_MASTER_KEY: key.toString('base64'),
      MAILROOM_ROLE: 'worker',
      MAILROOM_BLOBS: 'fs-shared',
      MAILROOM_ADMIN_EMAIL: 'ada@example.com',
      MAILROOM_ADMIN_PASSWORD: 'correct horse battery',
      MAILROOM_API_TOKEN: 'a-token-of-some-length',
      MAILROOM_LOG_LEVEL: 'debug',
      MAILROOM_PRACTICE_PORT: '0',
      MAILROOM_FLOW_OPEN_MESSAGES: '5',
      MAILROOM_FLOW_OPEN_MB: '0.5',
      MAILROOM_OPEN_MESSAGES: '6',
      MAILROOM_OPEN_MB: '7',
      MAILROOM_FREE_MB: '0',
      MAILROOM_FREE_PERCENT: '2.5',
    },
    person,
  );
  expect(config).toEqual({
    port: 0,
    host: '::1',
    publicUrl: 'https://mail.example.com',
    healthPort: 8026,
    tls: { certFile: '/etc/mailroom/tls.crt', keyFile: '/etc/mailroom/tls.key' },
    trustedProxies: { includes: expect.any(Function), names: expect.any(Function) },
    dataDirectory: '/srv/mailroom',
    databaseUrl: 'postgresql://mailroom:pass@db/mailroom',
    masterKey: key,
    otherMasterKey: undefined,
    role: 'worker',
    blobs: 'fs-shared',
    administrator: { email: 'ada@example.com', password: 'correct horse battery' },
    apiToken: 'a-token-of-some-length',
    logLevel: 'debug',
    practicePort: 0,
    pressure: {
      all: { messages: 6, bytes: 7 * megabyte },
      perFlow: { messages: 5, bytes: megabyte / 2 },
      freeBytes: 0,
      freePercent: 2.5,
    },
  });
});

test('a process of several keeps mails in the database', () => {
  const databaseUrl = 'postgres://db/mailroom';
  for (const role of ['web', 'worker']) expect(readConfig({ MAILROOM_ROLE: role, DATABASE_URL: databaseUrl }, person).blobs).toBe('pg');
});

describe('the data directory', () => {
  test('of root is /var/lib/mailroom', () => {
    expect(readConfig({ XDG_DATA_HOME: '/data' }, { isRoot: true, homeDirectory: '/root' }).dataDirectory).toBe('/var/lib/mailroom');
  });

  test('of others follows XDG_DATA_HOME, unless that is relative', () => {
    expect(readConfig({ XDG_DATA_HOME: '/data' }, person).dataDirectory).toBe('/data/mailroom');
    expect(readConfig({ XDG_DATA_HOME: 'data' }, person).dataDirectory).toBe('/home/ada/.local/share/mailroom');
  });
});

test('an empty variable counts as not set', () => {
  expect(readConfig({ PORT: '', DATABASE_URL: ' ' }, person)).toMatchObject({ port: 8025, databaseUrl: undefined });
});

test('all mistakes are reported at once, each with the name of its variable', () => {
  const message = mistakesOf({ PORT: '80a', MAILROOM_ROLE: 'boss', MAILROOM_DATA_DIR: 'data', MAILROOM_ADMIN_EMAIL: 'ada' });
  expect(message).toContain('PORT must be a number from 0 to 65535');
  expect(message).toContain('MAILROOM_ROLE must be one of all, web, worker');
  expect(message).toContain('MAILROOM_DATA_DIR must be an absolute path');
  expect(message).toContain('MAILROOM_ADMIN_EMAIL must be an e-mail address');
  expect(message).toContain('MAILROOM_ADMIN_EMAIL and MAILROOM_ADMIN_PASSWORD must be set together');
});

test.each([
  ['PORT', '65536'],
  ['PORT', '-1'],
  ['HOST', 'http://localhost'],
  ['MAILROOM_PUBLIC_URL', 'mail.example.com'],
  ['MAILROOM_PUBLIC_URL', 'https://example.com/mail'],
  ['DATABASE_URL', 'mysql://db/mailroom'],
  ['MAILROOM_MASTER_KEY', 'c2hvcnQ='],
  ['MAILROOM_OTHER_MASTER_KEY', 'c2hvcnQ='],
  ['MAILROOM_API_TOKEN', 'short'],
  ['MAILROOM_LOG_LEVEL', 'loud'],
  ['MAILROOM_OPEN_MESSAGES', '0'],
  ['MAILROOM_FREE_MB', 'half'],
  ['MAILROOM_FREE_PERCENT', '51'],
])('%s does not accept %s', (name, value) => {
  expect(mistakesOf({ [name]: value })).toContain(`${name} must`);
});

test('a mistake never shows the value, which may be a secret', () => {
  const secret = 's3cret';
  const message = mistakesOf({
    DATABASE_URL: secret,
    MAILROOM_MASTER_KEY: secret,
    MAILROOM_ADMIN_PASSWORD: secret,
    MAILROOM_API_TOKEN: secret,
  });
  expect(message).not.toContain(secret);
});

test('web and worker need a database that several processes can use', () => {
  expect(mistakesOf({ MAILROOM_ROLE: 'worker' })).toContain('DATABASE_URL must be set');
});

test('docs/configuration.md is the table of the settings (else: vitest run server/config.test.ts -u)', async () => {
  const document = `# Configuration

Mailroom is configured by environment variables, read once at start. All of them are optional; all mistakes are reported together.

${settingsTable()}

Two more are read by Node itself: \`NODE_EXTRA_CA_CERTS\` names a file with certificates to trust besides the public ones, for example
of a mail server inside the company; \`TZ\` sets the time zone of log lines on a terminal.
`;
  await expect(await format(document, { parser: 'markdown', printWidth: 140 })).toMatchFileSnapshot('../docs/configuration.md');
});

test.each([
  ['0.0.0.0', {}, true],
  ['::', {}, true],
  ['192.168.1.5', {}, true],
  ['mail.example.com', { MAILROOM_PUBLIC_URL: 'https://mail.example.com' }, true],
  ['0.0.0.0', { MAILROOM_TLS_CERT: '/tls.crt', MAILROOM_TLS_KEY: '/tls.key' }, false],
  ['0.0.0.0', { MAILROOM_TRUSTED_PROXY: '10.0.0.0/8' }, false],
  ['0.0.0.0', { MAILROOM_ROLE: 'worker', DATABASE_URL: 'postgres://db/mailroom' }, false],
  ['127.0.0.2', {}, false],
  ['::1', {}, false],
  ['localhost', {}, false],
])('listening on %s with %j: refused %s', (HOST, others, isRefused) => {
  const mistakes = mistakesOf({ HOST, ...others });
  expect(mistakes.includes('is not this machine alone')).toBe(isRefused);
});
