import type { ErrorTable } from './entry.ts';

/** What can keep the server from starting. */
export const startErrors = {
  CONFIGURATION_INVALID: {
    status: 500,
    retryable: false,
    message: (p: { mistakes: string[] }) => `The configuration is not valid:\n${p.mistakes.map((mistake) => `  - ${mistake}`).join('\n')}`,
    remedy: 'Correct the named environment variables. docs/configuration.md lists them all.',
  },
  TLS_FILES_NOT_USABLE: {
    status: 500,
    retryable: false,
    message: (p: { certFile: string; keyFile: string; reason: string }) =>
      `The web server can't use ${p.certFile} and ${p.keyFile}: ${p.reason}.`,
    remedy:
      'MAILROOM_TLS_CERT needs the certificate chain in PEM, MAILROOM_TLS_KEY its private key without a passphrase, both readable here.',
  },
  DATA_DIRECTORY_NOT_WRITABLE: {
    status: 500,
    retryable: false,
    message: (p: { directory: string }) => `The data directory ${p.directory} can't be created or written.`,
    remedy: 'Give this user rights on it, or set MAILROOM_DATA_DIR to another directory.',
  },
  MASTER_KEY_INVALID: {
    status: 500,
    retryable: false,
    message: (p: { file: string }) => `The file ${p.file} does not hold a master key (32 bytes in base64).`,
    remedy: 'Restore the file from a backup. Without it the stored passwords can not be decrypted; a new key would lose them.',
  },
  MASTER_KEY_DIFFERS: {
    status: 500,
    retryable: false,
    message: (p: { other: string }) =>
      `This process has another master key than ${p.other}, so that neither could open the other's passwords.`,
    remedy:
      'Set MAILROOM_MASTER_KEY to the same key for every process: that in master.key in the data directory of the first one. While the key is changed, every process needs both: MAILROOM_OTHER_MASTER_KEY.',
  },
  KEY_CHANGE_NEEDS_STOP: {
    status: 409,
    retryable: false,
    message: (p: { processes: string }) => `The master key in a file is changed while nothing runs, and this does: ${p.processes}.`,
    remedy: 'Stop every process of this Mailroom, then run the command again. One that was killed counts as running for 15 seconds.',
  },
  KEY_CHANGE_TOO_EARLY: {
    status: 409,
    retryable: false,
    message: (p: { processes: string }) => `Some processes still encrypt with another master key: ${p.processes}.`,
    remedy: 'Restart them with the new key as MAILROOM_MASTER_KEY and the former as MAILROOM_OTHER_MASTER_KEY, then run the command again.',
  },
  KEY_CHANGE_NEEDS_BOTH: {
    status: 409,
    retryable: false,
    message: () => 'The master key comes from MAILROOM_MASTER_KEY, and no second key is given to change it from.',
    remedy:
      'Set MAILROOM_MASTER_KEY to the new key and MAILROOM_OTHER_MASTER_KEY to the former, for this command and for every process. docs/security-material.md shows the steps.',
  },
  KEY_CHANGE_UNFINISHED: {
    status: 409,
    retryable: false,
    message: () => 'A change of the master key was interrupted: some secrets need the new key, some the former.',
    remedy: 'Stop Mailroom, run "npm run rotate-key" to its end, then try again.',
  },
  BLOBS_NOT_SHARED: {
    status: 500,
    retryable: false,
    message: (p: { other: string; mine: string; theirs: string }) =>
      `Mails are kept in files of one machine (MAILROOM_BLOBS is ${p.mine} here and ${p.theirs} there), which ${p.other} is not on.`,
    remedy:
      'Set MAILROOM_BLOBS=pg for every process. Or give all machines the same data directory and set MAILROOM_BLOBS=fs-shared for every process.',
  },
  BLOBS_NOT_SEEN: {
    status: 500,
    retryable: false,
    message: (p: { other: string }) => `This process does not see the files that mails are kept in by ${p.other}.`,
    remedy: 'Give both the same directory as MAILROOM_DATA_DIR, or set MAILROOM_BLOBS=pg for every process.',
  },
  DATABASE_TOO_OLD: {
    status: 500,
    retryable: false,
    message: (p: { version: string }) => `The database is PostgreSQL ${p.version}; Mailroom needs 15 or later.`,
    remedy: 'Point DATABASE_URL at a newer server, or leave it out to use the embedded one.',
  },
  EMBEDDED_DATABASE_MISSING: {
    status: 500,
    retryable: false,
    message: (p: { platform: string }) => `There is no embedded PostgreSQL for this machine (${p.platform}).`,
    remedy: 'Run npm install again without --omit=optional, or set DATABASE_URL to a PostgreSQL 15 or later.',
  },
  EMBEDDED_DATABASE_UNREACHABLE: {
    status: 500,
    retryable: false,
    message: (p: { directory: string; user: string }) =>
      `PostgreSQL never runs as root; as ${p.user} it can't enter the data directory ${p.directory}.`,
    remedy:
      'Let everybody pass through that directory and those above it (chmod o+x), set MAILROOM_DATA_DIR to another such as /var/lib/mailroom, or start as another user.',
  },
  EMBEDDED_DATABASE_OTHER_VERSION: {
    status: 500,
    retryable: false,
    message: (p: { data: string; program: string; directory: string }) =>
      `The database in ${p.directory} is of PostgreSQL ${p.data}, but this Mailroom brings PostgreSQL ${p.program}.`,
    remedy:
      'Start the version of Mailroom that ran before, make a backup with it, then restore that backup with this one: docs/backup.md shows the steps.',
  },
  EMBEDDED_DATABASE_FAILED: {
    status: 500,
    retryable: false,
    message: (p: { reason: string }) => `The embedded PostgreSQL does not run: ${p.reason}.`,
    remedy: 'Look at the details and at postgres/server.log in the data directory, or set DATABASE_URL to another PostgreSQL.',
  },
} satisfies ErrorTable;
