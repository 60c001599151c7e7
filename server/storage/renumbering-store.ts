import type { Pool } from 'pg';
import type { Renumberings, RenumberingRow } from '../ports/renumberings.ts';
import { sqlOn } from './sql.ts';

/** A mailbox may hold a million mails: more of one kind are shown as this many. */
const maxCounted = 10_000;
const maxHeldShown = 10;

const isHeld = `q.settled_at is null and q.reason->>'code' = 'MAIL_RENUMBERED_DIFFERS'`;
const counted = (state: string) =>
  `(select count(*)::int from (
      select 1 from ledger l where l.channel_id = n.channel_id and l.mailbox = n.mailbox and l.epoch = n.epoch and l.state = '${state}' limit ${maxCounted}) found)`;
/** In the quarantine as long as nobody has decided, whatever the ledger calls them by then. */
const heldOf = `from quarantine q join ledger l on l.id = q.ledger_id
  where ${isHeld} and l.channel_id = n.channel_id and l.mailbox = n.mailbox and l.epoch = n.epoch`;

export function openRenumberings(pool: Pool): Renumberings {
  const sql = sqlOn(pool);
  return {
    list: (limit) =>
      sql.query<RenumberingRow>(
        `select n.channel_id as "channelId", c.name as "channelName", f.id as "flowId", f.name as "flowName", n.mailbox, n.epoch as numbering,
                n.first_seen_at as at, ${counted('known')} as recognised, ${counted('taken')} as taken, h.held,
                (select jsonb_build_object('mailbox', b.mailbox, 'numbering', b.epoch)
                   from numbering b where b.channel_id = n.channel_id and b.first_seen_at < n.first_seen_at
                  order by b.first_seen_at desc limit 1) as previous,
                coalesce((select jsonb_agg(m) from (
                   select q.id, q.subject, q."from", q.sent_at as "sentAt" ${heldOf} order by q.since desc limit ${maxHeldShown}) m), '[]') as "heldMails"
           from numbering n
           join channel c on c.id = n.channel_id
           join flow f on f.id = c.flow_id and f.deleted_at is null
           cross join lateral (select count(*)::int as held ${heldOf}) h
          where not n.is_first
          order by h.held > 0 desc, n.first_seen_at desc
          limit $1`,
        [limit],
      ),

    async held(channelId, limit) {
      const rows = await sql.query<{ id: string; count: number }>(
        `select q.id, count(*) over ()::int as count from quarantine q where q.channel_id = $1 and ${isHeld} order by q.since limit $2`,
        [channelId, limit],
      );
      return { ids: rows.map(({ id }) => id), count: rows[0]?.count ?? 0 };
    },
  };
}
