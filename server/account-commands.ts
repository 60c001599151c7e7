import { FlowError } from '../shared/errors.ts';
import { auditedCommand } from './audited-command.ts';
import { reachEmbedded } from './backup.ts';
import type { Config } from './config.ts';
import type { Logger } from './ports/common.ts';
import type { UserRow } from './ports/users.ts';
import { openAccountLocks } from './storage/account-locks.ts';
import { openSidePool, type SidePool } from './storage/backup/session.ts';
import { hashGood, replacePassword } from './storage/own-password.ts';
import { transaction } from './storage/sql.ts';
import { openUsers } from './storage/users.ts';

/** What whoever may start the server can do for people who can't get in, while Mailroom runs or not. */

export interface AccountCommands {
  list(): Promise<UserRow[]>;
  /** Forgets the failed sign-ins. False when there were none. @throws NOT_FOUND */
  unlock(email: string): Promise<boolean>;
  /** @throws NOT_FOUND, so that nobody types a password for nothing */
  find(email: string): Promise<UserRow>;
  /** Sets a password, ends the sessions and forgets the failed sign-ins. @throws NOT_FOUND, PASSWORD_TOO_WEAK */
  reset(email: string, password: string): Promise<void>;
}

export async function withAccounts<T>(
  { config, signal, log }: { config: Config; signal: AbortSignal; log: Logger },
  work: (commands: AccountCommands) => Promise<T>,
): Promise<T> {
  await using opened = new AsyncDisposableStack();
  const url = config.databaseUrl ?? (await reachEmbedded(config.dataDirectory, opened, log, signal));
  const pool = openSidePool(url, 'mailroom accounts');
  opened.defer(() => pool.end());
  return await work(commandsOn(pool));
}

function commandsOn(pool: SidePool): AccountCommands {
  const users = openUsers(pool);
  const locks = openAccountLocks(pool);

  async function find(email: string): Promise<UserRow> {
    const user = (await users.list()).find((one) => one.email === email.toLowerCase());
    if (!user) throw new FlowError('NOT_FOUND', { what: 'user', id: email });
    return user;
  }

  return {
    list: () => users.list(),
    find,

    async unlock(email) {
      const user = await find(email);
      return auditedCommand(pool, 'unlockUser', subjectOf(user), () => locks.unlock(user.email));
    },

    async reset(email, password) {
      const user = await find(email);
      const hash = await hashGood(password, user);
      await auditedCommand(pool, 'resetUser', subjectOf(user), async () => {
        await transaction(pool, async (tx) => {
          await replacePassword(tx, user.id, hash);
          await tx.query('delete from welcome_token where user_id = $1', [user.id]);
        });
        await locks.unlock(user.email);
      });
    },
  };
}

function subjectOf({ id, email }: UserRow) {
  return { kind: 'users', id, name: email };
}
