import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { roleTable } from '../shared/roles.ts';
import { withAccounts } from '../server/account-commands.ts';
import type { UserRow } from '../server/ports/users.ts';
import { runCommand, UsageError } from './command.ts';

const usage = `npm run accounts -- list
npm run accounts -- unlock --email ADDRESS
npm run accounts -- reset --email ADDRESS

For people who can't get in any more, of the Mailroom of this environment, while it runs or not. unlock forgets the failed sign-ins
of an account. reset sets its password, which is asked for or read from the first line of the standard input, never from the
command line, where other users of this machine could read it. Its sessions end.`;

await runCommand('The command', usage, async ({ config, log, signal, say }) => {
  const { values, positionals } = parseArgs({ options: { email: { type: 'string' } }, allowPositionals: true });
  const [what, ...more] = positionals;
  if (more.length > 0 || (what !== 'list' && what !== 'unlock' && what !== 'reset'))
    throw new UsageError('Say what to do: list, unlock or reset.');
  const email = what === 'list' ? '' : emailOf(values.email);

  return withAccounts({ config, log, signal }, async (accounts) => {
    if (what === 'list') {
      const users = await accounts.list();
      for (const user of users) say(`${user.email}  ${roleTable[user.role].title}  ${stateOf(user)}`);
      if (users.length === 0) say('There are no accounts yet. Open Mailroom in a browser to create the administrator.');
      return 0;
    }
    if (what === 'unlock') {
      const wasHeldUp = await accounts.unlock(email);
      say(wasHeldUp ? `${email} can sign in again.` : `${email} was not locked: no sign-in has failed.`);
      return 0;
    }
    const user = await accounts.find(email);
    await accounts.reset(email, await readPassword(signal));
    say(`${email} has another password, and is signed out everywhere.`);
    if (user.isDisabled) say('The account is disabled: an administrator has to let it sign in, too.');
    return 0;
  });
});

function emailOf(given: string | undefined): string {
  const email = z.email().max(300).safeParse(given);
  if (!email.success) throw new UsageError('Name the e-mail address of the account with --email.');
  return email.data;
}

function stateOf({ isDisabled, isLocked, lockedUntil, isInvited }: UserRow): string {
  if (isDisabled) return 'disabled';
  if (isLocked) return 'locked';
  if (lockedUntil) return `waits until ${lockedUntil.toISOString()}`;
  return isInvited ? 'invited' : 'active';
}

/** The first line of the standard input; what is typed on a terminal is not shown. */
async function readPassword(signal: AbortSignal): Promise<string> {
  const { stdin, stderr } = process;
  if (stdin.isTTY) stderr.write('New password: ');
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output: silent, terminal: stdin.isTTY });
  try {
    const iterator = lines[Symbol.asyncIterator]();
    const cancelled = new Promise<never>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    const line = await Promise.race([iterator.next(), cancelled]);
    return line.done === true ? '' : line.value;
  } finally {
    lines.close();
    if (stdin.isTTY) stderr.write('\n');
  }
}
