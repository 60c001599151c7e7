import { parseArgs } from 'node:util';
import { z } from 'zod';
import { erasePerson } from '../server/erase.ts';
import { counted, megabytes, runCommand, UsageError } from './command.ts';

const usage = `npm run erase -- --address ADDRESS [--yes]

Erases what the Mailroom of this environment keeps of the mails from and to one address: log, steps, recorded receiver calls,
quarantine, raw mails. Without --yes it only shows what would go. See docs/backup.md.

A mail is the person's when the whole address stands in its From, Sender, Reply-To, To, Cc or Bcc. Bodies are not searched.`;

await runCommand('The erasure', usage, async ({ config, log, signal, say }) => {
  const { values } = parseArgs({ options: { address: { type: 'string' }, yes: { type: 'boolean', default: false } } });
  const address = z.email().max(320).safeParse(values.address);
  if (!address.success) throw new UsageError('Name an e-mail address with --address.');
  const counts = await erasePerson({ config, address: address.data, isMeant: values.yes, signal, log });

  const what =
    `${counted(counts.messages, 'message')}, ${counts.quarantined.toLocaleString('en')} in quarantine, ` +
    `${counted(counts.mails, 'raw mail')} (${megabytes(counts.mailBytes)})`;
  say(`${values.yes ? 'Erased' : 'Would be erased'}: ${what}.`);
  if (counts.unreadable > 0) say(`${counted(counts.unreadable, 'raw mail')} could not be read, and may be of this person.`);
  if (!values.yes && counts.open > 0)
    say(`${counted(counts.open, 'message')} of them have not ended yet: wait, or cancel them under Monitor > Messages, before you erase.`);
  if (!values.yes) say('Nothing was erased. Add --yes to do it; it can not be undone.');
  if (values.yes) say('Backups that were made before still hold it. What is on the mail server stays there.');
  return 0;
});
