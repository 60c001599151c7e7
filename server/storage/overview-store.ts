import type { Pool } from 'pg';
import { errorsLookedAt, expiringWithinDays } from '../../shared/api/overview.ts';
import type { FlowLogLevel } from '../../shared/log-levels.ts';
import type { MessageStatus, OAuth2State } from '../../shared/status.ts';
import type { ChannelStanding, FlowState, OverviewFacts, OverviewStore, TimeSpan, TopError } from '../ports/overview.ts';
import { sqlOn, type Sql } from './sql.ts';
import { readCertificates } from './watch-store.ts';

/**
 * Reads the overview from sums and by indexes, so that it takes as long with a million messages as with a hundred: counts come from what the
 * log's triggers add up, the oldest of a backlog is one step in an index, and errors are those of the newest messages.
 */
export function openOverviewStore(pool: Pool): OverviewStore {
  const sql = sqlOn(pool);
  return {
    async read(span) {
      const [flows, { topErrors, isErrorsCut }, expiring] = await Promise.all([
        readFlows(sql, span),
        readErrors(sql, span),
        readExpiring(sql),
      ]);
      const sum = (status: MessageStatus) => flows.open.reduce((total, row) => total + (row.status === status ? row.count : 0), 0);
      return { flows: flows.states, topErrors, isErrorsCut, open: { processing: sum('PROCESSING'), retrying: sum('RETRY') }, expiring };
    },

    async standing({ id, flowId }, { host, credential }) {
      const [row] = await sql.query<{ setAside: number; held: number; lastTakenAt: Date | null; pausedUntil: Date | null }>(
        `select (select count(*)::int from quarantine where flow_id = $2 and settled_at is null) as "setAside",
                (select count(*)::int from quarantine where channel_id = $1 and settled_at is null and reason->>'code' = 'MAIL_RENUMBERED_DIFFERS') as held,
                (select coalesce(ended_at, started_at) from poll where channel_id = $1 and taken > 0 order by started_at desc limit 1) as "lastTakenAt",
                (select max(until) from sign_in_pause where until > now() and credential = $3 and split_part(account, '/', 1) = $4) as "pausedUntil"`,
        [id, flowId, credential, host],
      );
      if (!row) throw new Error('select returned nothing');
      const [look] = await sql.query<NonNullable<ChannelStanding['lastLook']>>(
        `select started_at as "startedAt", listed, known, taken, quarantined, skipped_by_search as "skippedBySearch", before_start as "beforeStart"
           from poll where channel_id = $1 and result in ('completed', 'paused') order by started_at desc limit 1`,
        [id],
      );
      const { setAside, held, lastTakenAt, pausedUntil } = row;
      return { setAside, held, lastTakenAt, signInPause: pausedUntil && { credential, until: pausedUntil }, lastLook: look ?? null };
    },
  };
}

interface Counted {
  flowId: string;
  status: MessageStatus;
  count: number;
}

async function readFlows(sql: Sql, { from, to }: TimeSpan): Promise<{ states: Map<string, FlowState>; open: Counted[] }> {
  const [counts, open, oldest, quarantined, alerts, levels] = await Promise.all([
    sql.query<Counted>(
      `select flow_id as "flowId", status, sum(count)::int as count
         from (select flow_id, status, count from message_count where hour >= $1 and hour < $2
               union all select flow_id, status, change from message_change where hour >= $1 and hour < $2) c
        group by flow_id, status having sum(count) > 0`,
      [from, to],
    ),
    sql.query<Counted>(
      `select flow_id as "flowId", status, sum(count)::int as count
         from (select flow_id, status, count from message_total where status in ('PROCESSING', 'RETRY')
               union all select flow_id, status, change from message_change where status in ('PROCESSING', 'RETRY')) c
        group by flow_id, status having sum(count) > 0`,
    ),
    readOldest(sql),
    countedByFlow(sql, 'quarantine where settled_at is null'),
    countedByFlow(sql, 'alert where cleared_at is null and flow_id is not null'),
    sql.query<{ flowId: string; level: FlowLogLevel; until: Date }>(
      'select flow_id as "flowId", level, until from flow_log_level where until > now()',
    ),
  ]);
  const states = new Map<string, FlowState>();
  const stateOf = (flowId: string) => {
    const state = states.get(flowId) ?? {
      counts: {},
      backlog: { count: 0, oldestAt: null },
      quarantined: 0,
      openAlerts: 0,
      logLevel: null,
    };
    states.set(flowId, state);
    return state;
  };
  for (const { flowId, status, count } of counts) stateOf(flowId).counts[status] = count;
  for (const { flowId, count } of open) stateOf(flowId).backlog.count += count;
  for (const { flowId, at } of oldest) stateOf(flowId).backlog.oldestAt = at;
  for (const { flowId, count } of quarantined) stateOf(flowId).quarantined = count;
  for (const { flowId, count } of alerts) stateOf(flowId).openAlerts = count;
  for (const { flowId, level, until } of levels) stateOf(flowId).logLevel = { level, until };
  return { states, open };
}

function countedByFlow(sql: Sql, rows: string): Promise<{ flowId: string; count: number }[]> {
  return sql.query(`select flow_id as "flowId", count(*)::int as count from ${rows} group by flow_id`);
}

/** The counts tell the hour of arrival of the oldest, so that only that hour of the log is looked at. */
function readOldest(sql: Sql): Promise<{ flowId: string; at: Date }[]> {
  const isOpen = `status in ('PROCESSING', 'RETRY')`;
  return sql.query(
    `with open as (
       select flow_id, hour
         from (select flow_id, hour, count from message_count where ${isOpen} and count > 0
               union all select flow_id, hour, change from message_change where ${isOpen}) c
        group by flow_id, hour having sum(count) > 0),
     first as (select flow_id, min(hour) as hour from open group by flow_id)
     select f.flow_id as "flowId", o.at
       from first f
       cross join lateral (
         select received_at as at from message_log
          where flow_id = f.flow_id and ${isOpen} and received_at >= f.hour and received_at < f.hour + interval '1 hour'
          order by received_at limit 1) o`,
  );
}

async function readErrors(sql: Sql, { from, to }: TimeSpan): Promise<Pick<OverviewFacts, 'topErrors' | 'isErrorsCut'>> {
  const rows = await sql.query<TopError & { isCut: boolean }>(
    `with found as (
       select wanted.status, m.* from unnest(array['FAILED', 'RETRY']) as wanted(status)
        cross join lateral (
          select flow_id, received_at, error from message_log
           where status = wanted.status and received_at >= $1 and received_at < $2 and error is not null
           order by received_at desc, id desc limit $3) m)
     select e.error->>'code' as code, (array_agg(e.error->>'message' order by e.received_at desc))[1] as message, count(*)::int as count,
            jsonb_agg(distinct jsonb_build_object('id', f.id, 'name', f.name)) as flows, max(e.received_at) as "lastAt",
            exists (select 1 from found group by status having count(*) >= $3) as "isCut"
       from found e join flow f on f.id = e.flow_id and f.deleted_at is null
      group by 1 order by count desc, "lastAt" desc limit 10`,
    [from, to, errorsLookedAt],
  );
  return { topErrors: rows, isErrorsCut: rows[0]?.isCut ?? false };
}

const dayMs = 24 * 60 * 60_000;
/** Most providers give a new refresh token with each use, for some weeks: only one that is not used comes this near to its end. */
const refreshWithinDays = 7;

async function readExpiring(sql: Sql): Promise<OverviewFacts['expiring']> {
  const [[time], certificates, oauth2, refused, tokens] = await Promise.all([
    sql.query<{ now: Date }>('select now() as now'),
    readCertificates(sql),
    sql.query<{ name: string; kind: 'oauth2' | 'oauth2-client'; state: OAuth2State; until: Date | null }>(
      `select name, kind, state, refresh_token_until as until from oauth2_credential join credential using (name)
        where (state <> 'Deployed' and (kind = 'oauth2-client' or authorized_at is not null or exists (select 1 from channel c where c.is_active and c.config->>'credential' = name)))
           or refresh_token_until < now() + $1 * interval '1 day'`,
      [refreshWithinDays],
    ),
    sql.query<{ name: string; until: Date }>(
      'select credential as name, max(until) as until from sign_in_pause where until > now() group by credential',
    ),
    sql.query<{ name: string; until: Date }>(
      `select name, expires_at as until from api_token where expires_at < now() + $1 * interval '1 day'`,
      [expiringWithinDays],
    ),
  ]);
  if (!time) throw new Error('select returned nothing');
  const ending = (until: Date) => (until <= time.now ? ('expired' as const) : ('expiring' as const));
  const oauth2States = { Unauthorized: 'unauthorized', Error: 'error' } as const;
  const expiring: OverviewFacts['expiring'] = [
    ...certificates
      .filter(({ until }) => until.getTime() - time.now.getTime() < expiringWithinDays * dayMs)
      .map(({ kind, name, until }) => ({ kind: kind === 'keyPair' ? ('key-pair' as const) : kind, name, state: ending(until), until })),
    ...oauth2.map(({ name, kind, state, until }) => ({
      kind,
      name,
      state: state === 'Deployed' ? ending(until ?? time.now) : oauth2States[state],
      until,
    })),
    ...refused.map(({ name, until }) => ({ kind: 'credential' as const, name, state: 'refused' as const, until })),
    ...tokens.map(({ name, until }) => ({ kind: 'token' as const, name, state: ending(until), until })),
  ];
  // What does not work now comes before what will not.
  const rank = (one: (typeof expiring)[number]) => (one.state === 'expiring' ? (one.until?.getTime() ?? 0) : 0);
  return expiring.toSorted((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
}
