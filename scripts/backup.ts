import path from 'node:path';
import { parseArgs } from 'node:util';
import { backUp } from '../server/backup.ts';
import { counted, megabytes, runCommand, UsageError } from './command.ts';

const usage = `npm run backup -- DIRECTORY [--keep N]

Backs up the Mailroom of this environment (MAILROOM_DATA_DIR, DATABASE_URL, MAILROOM_MASTER_KEY, MAILROOM_BLOBS),
running or not: database, mails and master key. See docs/backup.md.

  DIRECTORY  where the backups of this Mailroom are; mails that are there already are not copied again
  --keep N   leave the newest N backups there, this one included, and remove the others

Ends with 0; with 2 when the backup was made but mails were missing or damaged before; with 1 when none was made.`;

/** The backup was made, with what was there. */
const gapsCode = 2;

await runCommand('The backup', usage, async ({ say, ...command }) => {
  const { values, positionals } = parseArgs({ options: { keep: { type: 'string' } }, allowPositionals: true });
  const [directory, ...others] = positionals;
  if (directory === undefined || others.length > 0) throw new UsageError('Name the one directory to back up to.');
  const startedAt = Date.now();
  const report = await backUp({ ...command, directory: path.resolve(directory), keep: countOf(values.keep) });
  const seconds = Math.max(1, Math.round((Date.now() - startedAt) / 1000));

  say(`Backed up to ${report.path}`);
  say(
    `${counted(report.rows, 'row')} and ${counted(report.mails, 'mail')} (${megabytes(report.mailBytes)}), ` +
      `${report.copied.toLocaleString('en')} of them copied now, in ${seconds} s.`,
  );
  if (report.removed.backups > 0)
    say(`Removed ${counted(report.removed.backups, 'older backup')} and ${counted(report.removed.blobs, 'mail')} that only they needed.`);
  say(
    command.config.masterKey
      ? 'The master key is NOT in it, since it comes from MAILROOM_MASTER_KEY: keep it elsewhere, without it no password can be read.'
      : 'The master key is in it: whoever has the backup can read the mails and, with the key, the passwords.',
  );
  if (report.missing.length === 0) return 0;
  say(`MISSING: ${counted(report.missing.length, 'mail')} that the log names could not be copied, since Mailroom itself has lost them:`);
  for (const hash of report.missing.slice(0, 10)) say(`  ${hash}`);
  return gapsCode;
});

function countOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new UsageError('--keep wants a number from 1 on.');
  return Number(text);
}
