import { parseArgs } from 'node:util';
import { rotateKey } from '../server/rotate-key.ts';
import { counted, runCommand, UsageError } from './command.ts';

const usage = `npm run rotate-key

Changes the master key of the Mailroom of this environment (MAILROOM_DATA_DIR, DATABASE_URL), which passwords, tokens and private
keys are encrypted with. Killed at any moment it goes on when it is called again.

  Key in master.key   stop Mailroom first; the command makes the new key and removes the former
  MAILROOM_MASTER_KEY set it to the new key and MAILROOM_OTHER_MASTER_KEY to the former, here and for every process, which may run

See docs/security-material.md.`;

await runCommand('The change of the master key', usage, async ({ say, ...command }) => {
  const { positionals } = parseArgs({ allowPositionals: true });
  if (positionals.length > 0) throw new UsageError('The command takes no arguments.');
  const { count, resealed, wasUnfinished } = await rotateKey(command);
  if (wasUnfinished) say('An earlier change was interrupted; it has been finished now.');
  say(`${counted(resealed, 'secret')} of ${count.toLocaleString('en')} encrypted anew; the former key opens nothing any more.`);
  say(
    command.config.masterKey
      ? 'Take MAILROOM_OTHER_MASTER_KEY out of the environment at the next restart. Keep the former key for backups that were made before.'
      : 'Start Mailroom: npm start. People sign in again. Backups that were made before hold the former key themselves.',
  );
  return 0;
});
