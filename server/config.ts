import path from 'node:path';
import { z } from 'zod';
import { longestInput } from '../shared/api/access.ts';
import { FlowError } from '../shared/errors.ts';
import { isLoopback } from '../shared/mail-address.ts';
import type { TlsFiles } from './http/tls-files.ts';
import { readTrustedProxies, type TrustedProxies } from './http/trusted-proxy.ts';
import { blobDrivers, type BlobDriver } from './ports/processes.ts';
import type { PressureLimits } from './runtime/marks.ts';
import { masterKeyFrom } from './storage/master-key.ts';

/** What the environment says, checked and typed. Holds secrets: never log it whole. */
export interface Config {
  port: number;
  host: string;
  /** Undefined: the embedded PostgreSQL. */
  databaseUrl: string | undefined;
  dataDirectory: string;
  /** Undefined: kept in a file of the data directory. */
  masterKey: Buffer | undefined;
  /** While the master key is being changed: the other one that secrets may be encrypted with. */
  otherMasterKey: Buffer | undefined;
  role: Role;
  blobs: BlobDriver;
  /** Who is made administrator without the set-up page. */
  administrator: { email: string; password: string } | undefined;
  apiToken: string | undefined;
  logLevel: LogLevel;
  practicePort: number;
  /** Origin under which browsers reach us through a proxy, such as `https://mail.example.com`. */
  publicUrl: string | undefined;
  /** Where a worker answers its supervisor; undefined: nowhere. */
  healthPort: number | undefined;
  /** Undefined: plain HTTP. */
  tls: TlsFiles | undefined;
  /** Who may connect, and whose word counts for where a visitor comes from; undefined where nobody stands between. */
  trustedProxies: TrustedProxies | undefined;
  /** Where intake stops. */
  pressure: PressureLimits;
}

/** `web` answers browsers and the API, `worker` polls mailboxes and runs exchanges, `all` does both. */
export type Role = (typeof roles)[number];
const roles = ['all', 'web', 'worker'] as const;

export type LogLevel = (typeof logLevels)[number];
const logLevels = ['debug', 'info', 'warn', 'error'] as const;

export type Environment = Record<string, string | undefined>;

/** What of this machine the defaults depend on. */
export interface MachineFacts {
  isRoot: boolean;
  homeDirectory: string;
}

interface Setting<T> {
  type: string;
  about: string;
  /** Default as the documentation shows it. */
  default: string;
  /** @throws Error whose message goes on after the name: "must be …" */
  read: (text: string | undefined) => T;
}

/** Every environment variable there is; `docs/configuration.md` is generated from this table. */
export const settings = {
  PORT: withDefault('8025', {
    type: 'number',
    about: 'TCP port of the web interface and the API. `0` takes any free one.',
    read: readPort,
  }),
  HOST: withDefault('127.0.0.1', {
    type: 'address',
    about:
      'Address to listen on. The default answers this machine only. Any other, such as `0.0.0.0` for the whole network, needs TLS (`MAILROOM_TLS_CERT` and `MAILROOM_TLS_KEY`) or a proxy that has it (`MAILROOM_TRUSTED_PROXY`).',
    read: readHost,
  }),
  MAILROOM_PUBLIC_URL: optional('none', {
    type: 'URL',
    about:
      'Address under which browsers reach Mailroom through a proxy, such as `https://mail.example.com`. Its name is let in, and with `https` cookies are sent over TLS only.',
    read: readOrigin,
  }),
  MAILROOM_TLS_CERT: optional('none', {
    type: 'absolute path',
    about: 'File with the certificate chain, in PEM, that the web server shows. It is read again when it changes.',
    read: readPath,
  }),
  MAILROOM_TLS_KEY: optional('none', {
    type: 'absolute path',
    about: 'File with the private key of that certificate, in PEM.',
    read: readPath,
  }),
  MAILROOM_TRUSTED_PROXY: optional('loopback, with `MAILROOM_PUBLIC_URL`', {
    type: 'addresses, ranges, `loopback`, `private`',
    about:
      'The proxies in front, with commas between them, such as `10.0.0.7` or `172.18.0.0/16`. Only they are answered, and what they say of a visitor (`X-Forwarded-For`, `X-Forwarded-Proto`) is believed. `private` are the private networks; a chain of proxies needs each of them by its own address.',
    read: readTrustedProxies,
  }),
  MAILROOM_HEALTH_PORT: optional('none', {
    type: 'number',
    about:
      'TCP port on 127.0.0.1 at which a process with `MAILROOM_ROLE=worker`, which has no web server, answers `/healthz` and `/readyz`.',
    read: readPort,
  }),
  MAILROOM_DATA_DIR: optional('`/var/lib/mailroom` for root, else `$XDG_DATA_HOME/mailroom` or `~/.local/share/mailroom`', {
    type: 'absolute path',
    about:
      'Directory of the embedded database, the mails, the outbox of the File receiver and the master key. Back it up with `npm run backup` ([backup](backup.md)), not by copying it.',
    read: readPath,
  }),
  DATABASE_URL: optional('embedded PostgreSQL', {
    type: 'URL',
    about: 'PostgreSQL 15 or later to use instead of the embedded one: `postgres://user:password@host:5432/database`.',
    read: readPostgresUrl,
  }),
  MAILROOM_MASTER_KEY: optional('generated into `master.key` in the data directory', {
    type: '32 bytes, base64 or hex',
    about: 'Key that the stored passwords are encrypted with. `openssl rand -base64 32` makes one.',
    read: masterKeyFrom,
  }),
  MAILROOM_OTHER_MASTER_KEY: optional('none', {
    type: '32 bytes, base64 or hex',
    about:
      'A second key that stored passwords may be encrypted with, while the master key is being changed ([how](security-material.md#changing-the-master-key)).',
    read: masterKeyFrom,
  }),
  MAILROOM_ROLE: withDefault('all', {
    type: roles.join(', '),
    about:
      'What this process does: `web` answers browsers and the API, `worker` polls mailboxes and runs messages, `all` does both. `web` and `worker` need `DATABASE_URL`.',
    read: oneOf(roles),
  }),
  MAILROOM_BLOBS: optional('`pg` with `MAILROOM_ROLE` `web` or `worker`, else `fs`', {
    type: blobDrivers.join(', '),
    about:
      'Where mails over 64 KiB are kept: `fs` in files of the data directory, for one machine; `fs-shared` the same where all machines have one data directory; `pg` in the database, as smaller ones are in any case. It may be changed: see [operations](operations.md).',
    read: oneOf(blobDrivers),
  }),
  MAILROOM_ADMIN_EMAIL: optional('none', {
    type: 'e-mail address',
    about: 'Makes this person the first administrator at start, without the set-up page. Needs `MAILROOM_ADMIN_PASSWORD`.',
    read: readEmail,
  }),
  MAILROOM_ADMIN_PASSWORD: optional('none', {
    type: '15 to 200 characters',
    about:
      'Password of that administrator, none that is [guessed first](security.md#accounts). Read only while there is no account yet; change it in the browser afterwards.',
    // The rules count for a new one alone: what an older version took must not keep this one from starting.
    read: readText(1, longestInput),
  }),
  MAILROOM_API_TOKEN: optional('none', {
    type: '20 to 200 characters',
    about: 'An API token that is valid from the start on, for unattended installations.',
    read: readText(20, 200),
  }),
  MAILROOM_LOG_LEVEL: withDefault('info', {
    type: logLevels.join(', '),
    about: 'Least important kind of log line that is written.',
    read: oneOf(logLevels),
  }),
  MAILROOM_PRACTICE_PORT: withDefault('8143', {
    type: 'number',
    about: 'TCP port of the practice mailbox (IMAP4) on 127.0.0.1. `0` takes any free one.',
    read: readPort,
  }),
  MAILROOM_FLOW_OPEN_MESSAGES: withDefault('10000', {
    type: 'number',
    about:
      'High-water mark of one flow: while this many of its messages are under way (PROCESSING or RETRY), no more mails are taken in for it. They wait on the mail server, and intake goes on by itself below three quarters of it.',
    read: readNumber(1, 10_000_000),
  }),
  MAILROOM_FLOW_OPEN_MB: withDefault('2048', {
    type: 'number, MB',
    about: 'The same for the size of the mails of those messages.',
    read: readNumber(0.01, 100_000_000),
  }),
  MAILROOM_OPEN_MESSAGES: withDefault('50000', {
    type: 'number',
    about: 'High-water mark of all flows together.',
    read: readNumber(1, 10_000_000),
  }),
  MAILROOM_OPEN_MB: withDefault('10240', {
    type: 'number, MB',
    about: 'The same for the size of the mails of those messages.',
    read: readNumber(0.01, 100_000_000),
  }),
  MAILROOM_FREE_MB: withDefault('512', {
    type: 'number, MB',
    about:
      'Intake stops while a disk that mails or the embedded database are kept on has less space left than this, and goes on by itself when there is a quarter more. `0` switches the limit off.',
    read: readNumber(0, 100_000_000),
  }),
  MAILROOM_FREE_PERCENT: withDefault('1', {
    type: 'number from 0 to 50, %',
    about: 'The same as a part of that disk. The larger of the two counts.',
    read: readNumber(0, 50),
  }),
};

/**
 * Reads the configuration. Variables that are empty count as not set.
 *
 * @throws FlowError CONFIGURATION_INVALID with every mistake there is, none of them showing a value
 */
export function readConfig(environment: Environment, machine: MachineFacts): Config {
  const given = (name: string) => environment[name]?.trim() || undefined;
  const mistakes = [...Object.entries(settings).flatMap(([name, { read }]) => mistakeOf(name, () => read(given(name)))), ...clashes(given)];
  if (mistakes.length > 0) throw new FlowError('CONFIGURATION_INVALID', { mistakes });

  const email = settings.MAILROOM_ADMIN_EMAIL.read(given('MAILROOM_ADMIN_EMAIL'));
  const password = settings.MAILROOM_ADMIN_PASSWORD.read(given('MAILROOM_ADMIN_PASSWORD'));
  const role = settings.MAILROOM_ROLE.read(given('MAILROOM_ROLE'));
  return {
    port: settings.PORT.read(given('PORT')),
    host: settings.HOST.read(given('HOST')),
    publicUrl: settings.MAILROOM_PUBLIC_URL.read(given('MAILROOM_PUBLIC_URL')),
    healthPort: settings.MAILROOM_HEALTH_PORT.read(given('MAILROOM_HEALTH_PORT')),
    tls: readTls(given),
    trustedProxies: settings.MAILROOM_TRUSTED_PROXY.read(given('MAILROOM_TRUSTED_PROXY')),
    dataDirectory: settings.MAILROOM_DATA_DIR.read(given('MAILROOM_DATA_DIR')) ?? defaultDataDirectory(given('XDG_DATA_HOME'), machine),
    databaseUrl: settings.DATABASE_URL.read(given('DATABASE_URL')),
    masterKey: settings.MAILROOM_MASTER_KEY.read(given('MAILROOM_MASTER_KEY')),
    otherMasterKey: settings.MAILROOM_OTHER_MASTER_KEY.read(given('MAILROOM_OTHER_MASTER_KEY')),
    role,
    // Whoever starts several processes may start them on several machines.
    blobs: settings.MAILROOM_BLOBS.read(given('MAILROOM_BLOBS')) ?? (role === 'all' ? 'fs' : 'pg'),
    administrator: email && password ? { email, password } : undefined,
    apiToken: settings.MAILROOM_API_TOKEN.read(given('MAILROOM_API_TOKEN')),
    logLevel: settings.MAILROOM_LOG_LEVEL.read(given('MAILROOM_LOG_LEVEL')),
    practicePort: settings.MAILROOM_PRACTICE_PORT.read(given('MAILROOM_PRACTICE_PORT')),
    pressure: readPressure(given),
  };
}

function readTls(given: (name: string) => string | undefined): TlsFiles | undefined {
  const certFile = settings.MAILROOM_TLS_CERT.read(given('MAILROOM_TLS_CERT'));
  const keyFile = settings.MAILROOM_TLS_KEY.read(given('MAILROOM_TLS_KEY'));
  return certFile && keyFile ? { certFile, keyFile } : undefined;
}

function readPressure(given: (name: string) => string | undefined): PressureLimits {
  const megabyte = 1024 * 1024;
  return {
    all: {
      messages: settings.MAILROOM_OPEN_MESSAGES.read(given('MAILROOM_OPEN_MESSAGES')),
      bytes: settings.MAILROOM_OPEN_MB.read(given('MAILROOM_OPEN_MB')) * megabyte,
    },
    perFlow: {
      messages: settings.MAILROOM_FLOW_OPEN_MESSAGES.read(given('MAILROOM_FLOW_OPEN_MESSAGES')),
      bytes: settings.MAILROOM_FLOW_OPEN_MB.read(given('MAILROOM_FLOW_OPEN_MB')) * megabyte,
    },
    freeBytes: settings.MAILROOM_FREE_MB.read(given('MAILROOM_FREE_MB')) * megabyte,
    freePercent: settings.MAILROOM_FREE_PERCENT.read(given('MAILROOM_FREE_PERCENT')),
  };
}

/** The table in `docs/configuration.md`, as Markdown. */
export function settingsTable(): string {
  const rows = Object.entries(settings).map(([name, { type, default: shown, about }]) => `| \`${name}\` | ${type} | ${shown} | ${about} |`);
  return ['| Variable | Value | Default | What it does |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function withDefault<T>(text: string, setting: Omit<Setting<T>, 'default' | 'read'> & { read: (text: string) => T }): Setting<T> {
  return { ...setting, default: `\`${text}\``, read: (given) => setting.read(given ?? text) };
}

function optional<T>(shown: string, setting: Omit<Setting<T>, 'default' | 'read'> & { read: (text: string) => T }): Setting<T | undefined> {
  return { ...setting, default: shown, read: (given) => (given === undefined ? undefined : setting.read(given)) };
}

function mistakeOf(name: string, read: () => unknown): string[] {
  try {
    read();
    return [];
  } catch (error) {
    return [`${name} ${error instanceof Error ? error.message : String(error)}`];
  }
}

/** Variables that are right alone and wrong together. */
function clashes(given: (name: string) => string | undefined): string[] {
  const role = given('MAILROOM_ROLE');
  const host = given('HOST') ?? '127.0.0.1';
  return [
    ...(Boolean(given('MAILROOM_ADMIN_EMAIL')) === Boolean(given('MAILROOM_ADMIN_PASSWORD'))
      ? []
      : ['MAILROOM_ADMIN_EMAIL and MAILROOM_ADMIN_PASSWORD must be set together']),
    ...(Boolean(given('MAILROOM_TLS_CERT')) === Boolean(given('MAILROOM_TLS_KEY'))
      ? []
      : ['MAILROOM_TLS_CERT and MAILROOM_TLS_KEY must be set together']),
    // Passwords and mails must not cross a network in the clear.
    ...(role === 'worker' || isLoopback(host) || given('MAILROOM_TLS_CERT') || given('MAILROOM_TRUSTED_PROXY')
      ? []
      : [
          `HOST ${host} is not this machine alone: set MAILROOM_TLS_CERT and MAILROOM_TLS_KEY, or name the proxy in front in MAILROOM_TRUSTED_PROXY`,
        ]),
    ...((role === 'web' || role === 'worker') && !given('DATABASE_URL')
      ? [`DATABASE_URL must be set with MAILROOM_ROLE=${role}, because the embedded PostgreSQL serves one process`]
      : []),
  ];
}

/** XDG Base Directory Specification: a relative XDG_DATA_HOME is to be ignored. */
function defaultDataDirectory(xdgDataHome: string | undefined, { isRoot, homeDirectory }: MachineFacts): string {
  if (isRoot) return '/var/lib/mailroom';
  const shared = xdgDataHome && path.isAbsolute(xdgDataHome) ? xdgDataHome : path.join(homeDirectory, '.local', 'share');
  return path.join(shared, 'mailroom');
}

function readPort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new Error('must be a number from 0 to 65535');
  return port;
}

function readNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (!/^\d+(\.\d+)?$/.test(text) || number < least || number > most) throw new Error(`must be a number from ${least} to ${most}`);
    return number;
  };
}

function readHost(text: string): string {
  if (!/^[\w.:-]+$/.test(text)) throw new Error('must be an IP address or a host name, without protocol or port');
  return text;
}

function readOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isOrigin = url && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`;
  if (!isOrigin) throw new Error('must look like https://mail.example.com, without a path');
  return url.origin;
}

function readPath(text: string): string {
  if (!path.isAbsolute(text)) throw new Error('must be an absolute path');
  return path.resolve(text);
}

function readPostgresUrl(text: string): string {
  if (!URL.canParse(text) || !/^postgres(ql)?:$/.test(new URL(text).protocol)) {
    throw new Error('must look like postgres://user:password@host:5432/database (special characters of the password percent-encoded)');
  }
  return text;
}

function readEmail(text: string): string {
  if (!z.email().max(300).safeParse(text).success) throw new Error('must be an e-mail address');
  return text;
}

function readText(least: number, most: number): (text: string) => string {
  return (text) => {
    if (text.length < least || text.length > most) throw new Error(`must have ${least} to ${most} characters`);
    return text;
  };
}

function oneOf<const T extends string>(allowed: readonly T[]): (text: string) => T {
  return (text) => {
    const found = allowed.find((value) => value === text);
    if (!found) throw new Error(`must be one of ${allowed.join(', ')}`);
    return found;
  };
}
