import path from 'node:path';
import { parseArgs } from 'node:util';
import { restoreMailroom } from '../server/restore.ts';
import { counted, runCommand, UsageError } from './command.ts';

const usage = `npm run restore -- SOURCE [--replace] [--undeployed]

Puts a backup where this environment says that Mailroom lives (MAILROOM_DATA_DIR, DATABASE_URL, MAILROOM_MASTER_KEY,
MAILROOM_BLOBS). Mailroom must not be running there. See docs/backup.md.

  SOURCE        the directory that npm run backup was given (its newest backup is taken), or one of the backups in it
  --replace     give up what is there now
  --undeployed  leave all flows undeployed, so that no mailbox is visited and no receiver called before you have looked`;

await runCommand('The restore', usage, async ({ say, ...command }) => {
  const { values, positionals } = parseArgs({
    options: { replace: { type: 'boolean', default: false }, undeployed: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const [source, ...others] = positionals;
  if (source === undefined || others.length > 0) throw new UsageError('Name the one directory to restore from.');
  const { backup, ...report } = await restoreMailroom({
    ...command,
    source: path.resolve(source),
    replaces: values.replace,
    undeployed: values.undeployed,
  });
  const { takenAt, blobs } = backup.manifest;

  say(`Restored the backup of ${takenAt}: ${counted(report.rows, 'row')}, ${counted(report.mails, 'mail')}.`);
  if (blobs.missing.length > 0) say(`${counted(blobs.missing.length, 'mail')} had been lost before the backup was made and stay lost.`);
  say(
    `${counted(report.inFlight, 'message')} that had not ended ${values.undeployed ? 'wait for their flows' : 'go on at the next start'}.`,
  );
  say(`Mails taken in after ${takenAt} are not known any more: those still on the mail servers are taken in again, as new messages.`);
  say(values.undeployed ? 'All flows are undeployed. Start Mailroom, look, and deploy them one by one.' : 'Start Mailroom: npm start');
  return 0;
});
