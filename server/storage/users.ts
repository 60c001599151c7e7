import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { FlowError } from '../../shared/errors.ts';
import type { UserRow, Users, Welcome } from '../ports/users.ts';
import { accountKeySql, lockedAt, openAccountLocks } from './account-locks.ts';
import { hasCode } from './has-code.ts';
import { liveSession } from './sessions.ts';
import { sqlOn, transaction, type Sql } from './sql.ts';

const linkHours = 24;
const uniqueViolation = '23505';

export function openUsers(pool: Pool): Users {
  const sql = sqlOn(pool);
  const locks = openAccountLocks(pool);

  /** Changes accounts one after the other, and not at all when nobody would be left who can help the others. */
  function changing<T>(work: (tx: Sql) => Promise<T>): Promise<T> {
    return transaction(pool, async (tx) => {
      await tx.query(`select pg_advisory_xact_lock(hashtext('mailroom administrators'))`);
      const wasHelped = await hasAdministrator(tx);
      const result = await work(tx);
      if (wasHelped && !(await hasAdministrator(tx))) throw new FlowError('LAST_ADMINISTRATOR', {});
      return result;
    });
  }

  return {
    list: () => select(sql),
    get: (id) => find(sql, id),

    async create({ name, email, role }, by) {
      const id = randomUUID();
      return transaction(pool, async (tx) => {
        await tx
          .query('insert into "user" (id, name, email, role) values ($1, $2, $3, $4)', [id, name, email.toLowerCase(), role])
          .catch((error: unknown) => {
            if (hasCode(error, uniqueViolation)) throw new FlowError('USER_EXISTS', { email }, { cause: error });
            throw error;
          });
        const welcome = await makeLink(tx, id, by);
        return { ...welcome, user: await existing(tx, id) };
      });
    },

    save: (id, { name, role, isDisabled }) =>
      changing(async (tx) => {
        await existing(tx, id);
        await tx.query('update "user" set name = $2, role = $3, is_disabled = $4, updated_at = now() where id = $1', [
          id,
          name,
          role,
          isDisabled,
        ]);
        if (isDisabled) await tx.query('delete from session where user_id = $1', [id]);
        return existing(tx, id);
      }),

    remove: (id) =>
      changing(async (tx) => {
        const user = await existing(tx, id);
        await tx.query('delete from "user" where id = $1', [id]);
        // With nobody left the set-up token, which many may have read at the first start, would count again.
        if ((await tx.query('select 1 from "user" limit 1')).length === 0) throw new FlowError('LAST_ADMINISTRATOR', {});
        return user;
      }),

    reset: (id, { revokesTokens, by }) =>
      changing(async (tx) => {
        await existing(tx, id);
        // The password before the sessions: a sign-in with it that is under way waits here, or its session is found.
        await tx.query('delete from account where user_id = $1', [id]);
        await tx.query('delete from session where user_id = $1', [id]);
        if (revokesTokens) await tx.query('delete from api_token where user_id = $1', [id]);
        const welcome = await makeLink(tx, id, by);
        return { ...welcome, user: await existing(tx, id) };
      }),

    async unlock(id) {
      const { email } = await existing(sql, id);
      await locks.unlock(email);
      return existing(sql, id);
    },

    async endSessions(id) {
      await existing(sql, id);
      const ended = await sql.query('delete from session where user_id = $1 returning id', [id]);
      return { user: await existing(sql, id), ended: ended.length };
    },
  };
}

/** Somebody who can sign in and has the role. An invited person can't help anybody yet. */
async function hasAdministrator(tx: Sql): Promise<boolean> {
  const found = await tx.query(
    `select 1 from "user" u join account a on a.user_id = u.id
      where u.role = 'administrator' and not u.is_disabled and a.provider_id = 'credential' and a.password is not null limit 1`,
  );
  return found.length > 0;
}

/** Replaces the link there was. */
async function makeLink(tx: Sql, userId: string, by: string): Promise<Welcome> {
  const token = randomBytes(32).toString('base64url');
  await tx.query('delete from welcome_token where user_id = $1', [userId]);
  const [made] = await tx.query<{ until: Date }>(
    `insert into welcome_token (hash, user_id, expires_at, created_by)
     values ($1, $2, clock_timestamp() + make_interval(hours => $3), $4) returning expires_at as until`,
    [welcomeHash(token), userId, linkHours, by],
  );
  if (!made) throw new Error('The link that was just made is not there');
  return { token, until: made.until };
}

/** Links are random, so a slow hash would add nothing. */
export function welcomeHash(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

async function existing(sql: Sql, id: string): Promise<UserRow> {
  const user = await find(sql, id);
  if (!user) throw new FlowError('NOT_FOUND', { what: 'user', id });
  return user;
}

async function find(sql: Sql, id: string): Promise<UserRow | undefined> {
  return (await select(sql, id))[0];
}

function select(sql: Sql, id?: string): Promise<UserRow[]> {
  return sql.query<UserRow>(
    `select u.id, u.name, u.email, u.role, u.is_disabled as "isDisabled",
            not exists (select 1 from account a where a.user_id = u.id and a.password is not null) as "isInvited",
            (select max(w.expires_at) from welcome_token w where w.user_id = u.id and w.expires_at > clock_timestamp()) as "linkUntil",
            coalesce(l.failures >= $1, false) as "isLocked",
            case when l.failures < $1 and l.until > clock_timestamp() then l.until end as "lockedUntil",
            u.last_sign_in_at as "lastSignInAt", u.created_at as "createdAt",
            (select count(*)::int from session s where s.user_id = u.id and ${liveSession('s')}) as sessions,
            (select count(*)::int from api_token t
              where t.user_id = u.id and (t.expires_at is null or t.expires_at > clock_timestamp())) as tokens
       from "user" u left join account_lock l on l.key = ${accountKeySql('u.email')}
      ${id === undefined ? '' : 'where u.id = $2'}
      order by lower(u.name), u.email`,
    id === undefined ? [lockedAt] : [lockedAt, id],
  );
}
