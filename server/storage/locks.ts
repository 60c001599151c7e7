import type { LockRow, Locks } from '../ports/engine.ts';
import type { Database } from './database.ts';
import { sqlOn } from './sql.ts';

/**
 * Leases in the table `lease`, timed by the database's clock alone. The token grows with each change of holder;
 * whoever writes under a lease asks `requireLease` for it in the same transaction.
 *
 * A lease that has run out stays its holder's until somebody else takes it, and can be renewed until then.
 */
export function openLocks(database: Pick<Database, 'pool'>): Locks {
  const sql = sqlOn(database.pool);

  return {
    async acquire(key, holder, ttlMs, channelId) {
      for (;;) {
        const [taken] = await sql.query<{ token: string }>(
          `insert into lease as l (key, holder, token, acquired_at, expires_at, channel_id)
           values ($1, $2, nextval('lease_token'), clock_timestamp(), clock_timestamp() + $3 * interval '1 millisecond', $4)
           on conflict (key) do update
             set holder = excluded.holder, token = nextval('lease_token'), acquired_at = clock_timestamp(),
                 expires_at = clock_timestamp() + $3 * interval '1 millisecond', channel_id = excluded.channel_id
             where l.expires_at <= clock_timestamp()
           returning token`,
          [key, holder, ttlMs, channelId ?? null],
        );
        if (taken) return { token: BigInt(taken.token) };
        const [other] = await sql.query<{ holder: string }>('select holder from lease where key = $1 and expires_at > clock_timestamp()', [
          key,
        ]);
        if (other) return { heldBy: other.holder };
        // Released or run out between the two statements: free now.
      }
    },

    async renew(leases, ttlMs) {
      const renewed = await sql.query<{ token: string }>(
        `update lease l set expires_at = clock_timestamp() + $3 * interval '1 millisecond'
           from unnest($1::text[], $2::bigint[]) as mine(key, token)
          where l.key = mine.key and l.token = mine.token
          returning l.token`,
        [leases.map(({ key }) => key), leases.map(({ token }) => String(token)), ttlMs],
      );
      return new Set(renewed.map(({ token }) => BigInt(token)));
    },

    async release(key, token) {
      // Not deleted: of two who take a missing row, the one with the smaller token may come second.
      await sql.query(`update lease set token = nextval('lease_token'), expires_at = clock_timestamp() where key = $1 and token = $2`, [
        key,
        String(token),
      ]);
    },

    async list() {
      const rows = await sql.query<Omit<LockRow, 'token'> & { token: string }>(
        `select l.key, l.holder, l.token, l.acquired_at as "acquiredAt", l.expires_at as "expiresAt",
                case when c.id is not null
                     then jsonb_build_object('id', c.id, 'name', c.name, 'flowId', f.id, 'flowName', f.name) end as channel
           from lease l left join channel c on c.id = l.channel_id left join flow f on f.id = c.flow_id
          where l.expires_at > clock_timestamp() order by l.key`,
      );
      return rows.map((row) => ({ ...row, token: BigInt(row.token) }));
    },
  };
}
