import type { Pool } from 'pg';
import type { OwnAccount, SessionRow } from '../ports/users.ts';
import { sqlOn } from './sql.ts';

/** How long a session lives, and how long it may lie unused. NIST SP 800-63B-4, 2.1.3, asks for 30 days at most with a password alone. */
export const sessionHours = 7 * 24;
export const idleHours = 12;

/** The condition in SQL that a session counts. @param table its alias */
export function liveSession(table: string): string {
  return `${table}.expires_at > clock_timestamp()
    and coalesce(${table}.last_seen_at, ${table}.created_at) > clock_timestamp() - interval '${idleHours} hours'`;
}

/** How often "last seen" of a session is written at most. */
const seenEveryMs = 60_000;

/** Writes down that a session is used. False when it was left alone for too long. */
export async function noteSeen(
  pool: Pool,
  { id, createdAt, lastSeenAt }: { id: string; createdAt: Date; lastSeenAt?: Date | null | undefined },
  now: Date,
): Promise<boolean> {
  const unseenMs = now.getTime() - (lastSeenAt ?? createdAt).getTime();
  if (unseenMs > idleHours * 3_600_000) return false;
  if (unseenMs > seenEveryMs) await sqlOn(pool).query('update session set last_seen_at = $2 where id = $1', [id, now]);
  return true;
}

export function openSessions(pool: Pool): Pick<OwnAccount, 'listSessions' | 'endSession' | 'endOtherSessions'> {
  const sql = sqlOn(pool);
  return {
    listSessions: (userId) =>
      sql.query<SessionRow>(
        `select id, coalesce(user_agent, '') as "userAgent", coalesce(ip_address, '') as address, created_at as "createdAt",
                coalesce(last_seen_at, created_at) as "lastSeenAt", expires_at as "expiresAt"
           from session s where user_id = $1 and ${liveSession('s')}
          order by coalesce(last_seen_at, created_at) desc limit 200`,
        [userId],
      ),

    async endSession(userId, sessionId) {
      return (await sql.query('delete from session where user_id = $1 and id = $2 returning id', [userId, sessionId])).length > 0;
    },

    async endOtherSessions(userId, sessionId) {
      const ended = await sql.query<{ id: string }>('delete from session where user_id = $1 and id <> $2 returning id', [
        userId,
        sessionId,
      ]);
      return ended.map(({ id }) => id);
    },
  };
}
