import type { Pool } from 'pg';
import type { LockRelease, LockReleases } from '../ports/lock-releases.ts';
import { sqlOn, type Sql } from './sql.ts';

const columns = `id, key, holder, token, flow_name as "flowName", channel_name as "channelName", acquired_at as "acquiredAt",
  released_at as "releasedAt", released_by as "releasedBy", reason`;

export function openLockReleases(pool: Pool): LockReleases {
  const sql = sqlOn(pool);
  return {
    async release(token, by, reason) {
      // Another token for the row: renewals and writes of the holder find theirs gone. A write under way is waited for.
      const [row] = await sql.query<Stored>(
        `with held as (
           select l.key, l.holder, l.token, l.acquired_at, l.channel_id, coalesce(f.name, '') as flow_name, coalesce(c.name, '') as channel_name
             from lease l left join channel c on c.id = l.channel_id left join flow f on f.id = c.flow_id
            where l.token = $1 and l.expires_at > clock_timestamp()
              for update of l),
         freed as (
           update lease l set token = nextval('lease_token'), expires_at = clock_timestamp()
             from held h where l.key = h.key or (l.channel_id = h.channel_id and l.holder = h.holder)),
         unclaimed as (update channel c set claimed_until = null from held h where c.id = h.channel_id)
         insert into lock_release (key, holder, token, flow_name, channel_name, acquired_at, released_by, reason)
         select key, holder, token, flow_name, channel_name, acquired_at, $2, $3 from held
         returning ${columns}`,
        [String(token), by, reason],
      );
      return row && toRelease(row);
    },

    of: (token) => releaseOf(sql, token),

    async list() {
      const rows = await sql.query<Stored>(`select ${columns} from lock_release order by released_at desc limit 100`);
      return rows.map(toRelease);
    },
  };
}

export async function releaseOf(sql: Sql, token: bigint): Promise<LockRelease | undefined> {
  const [row] = await sql.query<Stored>(`select ${columns} from lock_release where token = $1`, [String(token)]);
  return row && toRelease(row);
}

type Stored = Omit<LockRelease, 'token'> & { token: string };
const toRelease = (row: Stored): LockRelease => ({ ...row, token: BigInt(row.token) });
