import { hashPassword, verifyPassword } from 'better-auth/crypto';
import type { Pool } from 'pg';
import { randomUUID } from 'node:crypto';
import { FlowError } from '../../shared/errors.ts';
import { checkPassword } from '../../shared/passwords.ts';
import type { SessionChange } from '../ports/security.ts';
import type { Origin, OwnAccount } from '../ports/users.ts';
import type { AccountLocks } from './account-locks.ts';
import { sqlOn, transaction, type Sql } from './sql.ts';
import { welcomeHash } from './users.ts';

interface Owner {
  id: string;
  name: string;
  email: string;
}

export interface OwnPasswordParts {
  pool: Pool;
  locks: AccountLocks;
  beginSession: (email: string, password: string, from: Origin) => Promise<SessionChange>;
}

/** Choosing a password: with the present one, or with a link of an administrator. */
export function openOwnPassword({
  pool,
  locks,
  beginSession,
}: OwnPasswordParts): Pick<OwnAccount, 'changePassword' | 'readWelcome' | 'welcome'> {
  const sql = sqlOn(pool);
  const isGuess = (error: unknown) => error instanceof FlowError && (error.code === 'PASSWORD_WRONG' || error.code === 'LINK_USED');

  const ownerOf = (token: string, address: string) =>
    locks.attempt(
      { address },
      async () => {
        const [owner] = await sql.query<Owner>(
          `select u.id, u.name, u.email from welcome_token w join "user" u on u.id = w.user_id
            where w.hash = $1 and w.expires_at > clock_timestamp() and not u.is_disabled`,
          [welcomeHash(token)],
        );
        if (!owner) throw new FlowError('LINK_USED', {});
        return owner;
      },
      isGuess,
    );

  return {
    async changePassword({ id, name, email, sessionId }, { current, next }, address) {
      await locks.attempt(
        { email, address },
        async () => {
          const [kept] = await sql.query<{ password: string }>(
            `select password from account where user_id = $1 and provider_id = 'credential' and password is not null`,
            [id],
          );
          if (!kept || !(await verifyPassword({ hash: kept.password, password: current }))) throw new FlowError('PASSWORD_WRONG', {});
        },
        isGuess,
      );
      const hash = await hashGood(next, { name, email });
      return transaction(pool, async (tx) => {
        await tx.query(`update account set password = $2, updated_at = now() where user_id = $1 and provider_id = 'credential'`, [
          id,
          hash,
        ]);
        await tx.query('delete from welcome_token where user_id = $1', [id]);
        const ended = await tx.query<{ id: string }>('delete from session where user_id = $1 and id <> $2 returning id', [id, sessionId]);
        return ended.map((session) => session.id);
      });
    },

    async readWelcome(token, address) {
      const { name, email } = await ownerOf(token, address);
      return { name, email };
    },

    async welcome(token, password, from) {
      const owner = await ownerOf(token, from.address);
      const hash = await hashGood(password, owner);
      await transaction(pool, async (tx) => {
        // Of two who open the same link, one finds it.
        const used = await tx.query('delete from welcome_token where hash = $1 and expires_at > clock_timestamp() returning user_id', [
          welcomeHash(token),
        ]);
        if (used.length === 0) throw new FlowError('LINK_USED', {});
        await replacePassword(tx, owner.id, hash);
      });
      await locks.unlock(owner.email);
      return beginSession(owner.email, password, from);
    },
  };
}

/** @throws PASSWORD_TOO_WEAK */
export async function hashGood(password: string, owner: { name: string; email: string }): Promise<string> {
  const reason = checkPassword(password, owner);
  if (reason !== undefined) throw new FlowError('PASSWORD_TOO_WEAK', { reason });
  return hashPassword(password);
}

/** Whether there was one or not; the sessions end. */
export async function replacePassword(tx: Sql, userId: string, hash: string): Promise<void> {
  await tx.query('delete from account where user_id = $1', [userId]);
  await tx.query(`insert into account (id, user_id, account_id, provider_id, password) values ($1, $2, $2, 'credential', $3)`, [
    randomUUID(),
    userId,
    hash,
  ]);
  await tx.query('delete from session where user_id = $1', [userId]);
}
