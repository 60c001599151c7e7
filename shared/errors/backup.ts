import type { ErrorTable } from './entry.ts';

/** Backing up, restoring, and erasing one person's mails. */
export const backupErrors = {
  BACKUP_RUNNING: {
    status: 409,
    retryable: true,
    message: () => 'A backup of this Mailroom is being made.',
    remedy: 'Wait until it has ended, then try again.',
  },
  BACKUP_NOTHING_THERE: {
    status: 409,
    retryable: false,
    message: (p: { place: string }) => `There is no Mailroom in ${p.place}.`,
    remedy: 'Set MAILROOM_DATA_DIR and DATABASE_URL as they are set for the Mailroom that runs.',
  },
  BACKUP_NOT_WRITABLE: {
    status: 500,
    retryable: false,
    message: (p: { directory: string }) => `The backup can't be written to ${p.directory}.`,
    remedy: 'Give this user rights on the directory, or name another one.',
  },
  BACKUP_SOURCE_NOT_READABLE: {
    status: 500,
    retryable: false,
    message: (p: { file: string }) => `${p.file} can't be read.`,
    remedy: 'Run this as the user that Mailroom runs as, or as root.',
  },
  BACKUP_TARGET_NOT_EMPTY: {
    status: 409,
    retryable: false,
    message: (p: { directory: string }) => `${p.directory} holds other things than backups of Mailroom.`,
    remedy: 'Name an empty directory, one that does not exist yet, or one that Mailroom was backed up to before.',
  },
  BACKUP_TARGET_OTHER: {
    status: 409,
    retryable: false,
    message: (p: { directory: string }) => `${p.directory} holds backups of another Mailroom, one with another master key.`,
    remedy: 'Name a directory of its own for each Mailroom.',
  },
  BACKUP_TARGET_INSIDE: {
    status: 409,
    retryable: false,
    message: (p: { directory: string }) => `${p.directory} lies in the data directory: what takes that away would take the backup, too.`,
    remedy: 'Name a directory on another disk or machine.',
  },
  BACKUP_MAILS_NOT_FOUND: {
    status: 409,
    retryable: false,
    message: (p: { count: number; place: string }) => `None of the ${p.count} mails that the database refers to is in ${p.place}.`,
    remedy: 'Set MAILROOM_DATA_DIR and MAILROOM_BLOBS as they are set for the Mailroom that runs, and run this on its machine.',
  },
  BACKUP_INTERRUPTED: {
    status: 503,
    retryable: true,
    message: () => 'The database went away while the backup was being made.',
    remedy: 'Nothing half is left. Make the backup again when the database is back.',
  },
  BACKUP_NOT_FOUND: {
    status: 404,
    retryable: false,
    message: (p: { source: string }) => `There is no whole backup in ${p.source}.`,
    remedy: 'Name the directory that npm run backup was given, or one of the backups in it (a directory with a manifest.json).',
  },
  BACKUP_FORMAT_UNKNOWN: {
    status: 409,
    retryable: false,
    message: (p: { source: string }) => `The manifest of ${p.source} can't be read.`,
    remedy: 'Restore it with the Mailroom that made it or a newer one, or take another backup.',
  },
  BACKUP_TOO_NEW: {
    status: 409,
    retryable: false,
    message: (p: { version: string; here: string }) =>
      `The backup was made by Mailroom ${p.version}, whose tables this Mailroom (${p.here}) does not know.`,
    remedy: 'Install the version that made the backup or a newer one, and restore with that.',
  },
  BACKUP_DAMAGED: {
    status: 409,
    retryable: false,
    message: (p: { count: number; first: string }) =>
      p.count === 1
        ? `A file of the backup is damaged or missing: ${p.first}`
        : `${p.count} files of the backup are damaged or missing. The first: ${p.first}`,
    remedy: 'Nothing was changed. Restore another backup, or bring the files back from another copy of this one.',
  },
  BACKUP_KEY_NEEDED: {
    status: 409,
    retryable: false,
    message: () => 'The backup does not hold the master key, because the Mailroom it was made of was given it from outside.',
    remedy: 'Set MAILROOM_MASTER_KEY to the key of that Mailroom, then restore again.',
  },
  BACKUP_KEY_DIFFERS: {
    status: 409,
    retryable: false,
    message: (p: { place: string }) => `The passwords in the backup can't be opened with the master key in ${p.place}.`,
    remedy: 'Leave MAILROOM_MASTER_KEY out or set it to the key of the backup. With --replace a master.key that is there is put aside.',
  },
  RESTORE_NOT_EMPTY: {
    status: 409,
    retryable: false,
    message: (p: { place: string; tables: string }) => `${p.place} is not empty: there are rows in ${p.tables}.`,
    remedy: 'Restore into an empty database or data directory. To give up what is there, back it up first and add --replace.',
  },
  RESTORE_FOREIGN_TABLES: {
    status: 409,
    retryable: false,
    message: (p: { place: string; tables: string }) => `${p.place} is not one of Mailroom: it holds the tables ${p.tables}.`,
    remedy: 'Restore into a database of its own; --replace never removes what is not of Mailroom.',
  },
  RESTORE_WHILE_RUNNING: {
    status: 409,
    retryable: false,
    message: (p: { count: number }) => `Mailroom is running on this database (${p.count} connections).`,
    remedy: 'Stop all its processes, then restore again.',
  },
  ERASE_STILL_OPEN: {
    status: 409,
    retryable: true,
    message: (p: { count: number }) =>
      p.count === 1 ? 'A message of this person has not ended yet.' : `${p.count} messages of this person have not ended yet.`,
    remedy: 'Nothing was erased. Wait until they have ended, or cancel them under Monitor > Messages, then erase again.',
  },
  STORED_CONTENT_DAMAGED: {
    status: 500,
    retryable: false,
    message: (p: { hash: string }) => `The stored content ${p.hash} is not what was stored.`,
    remedy: 'Check the disk. Bring the folder of stored mails back from a backup.',
  },
} satisfies ErrorTable;
