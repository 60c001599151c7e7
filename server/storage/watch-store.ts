import type { Pool } from 'pg';
import { ruleFor, type AlertRule } from '../../shared/alert-rules.ts';
import type { WatchFacts, WatchStore } from '../ports/alerts.ts';
import type { ChannelRow } from '../ports/flows.ts';
import { accountKeySql, lockedAt } from './account-locks.ts';
import { openAlertRules } from './alert-rule-store.ts';
import { channelColumns, toChannel } from './deployment-store.ts';
import { openPollLog } from './poll-log-store.ts';
import { sqlOn, type Sql } from './sql.ts';
import { factsOf } from './x509.ts';

/** A process that gave no sign for longer was not there to watch. */
const signOfLifeMs = 30_000;
/** Of each kind of thing that is counted: more are shown as this many. */
const maxCounted = 10_000;

/** Reads what the watchdog judges: few rows each, by their indexes, however long the log is. */
export function openWatchStore(pool: Pool): WatchStore {
  const sql = sqlOn(pool);
  const polls = openPollLog(pool);
  return {
    async sign(process, role) {
      await sql.query(
        `insert into process_sign as s (process, role, started_at, seen_at) values ($1, $2, now(), now())
         on conflict (process) do update
           set role = excluded.role, seen_at = now(),
               started_at = case when s.seen_at < now() - $3 * interval '1 ms' then now() else s.started_at end`,
        [process, role, signOfLifeMs],
      );
    },

    async tidy() {
      await sql.query(`delete from process_sign where seen_at < now() - interval '1 day'`);
      await sql.query(`delete from alert where cleared_at < now() - interval '30 days'`);
      await sql.query(`delete from alert_delivery where coalesce(sent_at, given_up_at) < now() - interval '30 days'`);
    },

    async look() {
      const rules = await openAlertRules(pool).list();
      const [
        times,
        deployments,
        channels,
        lastPolls,
        failed,
        setAside,
        credentials,
        certificates,
        stuckTargets,
        lastMailAt,
        traced,
        lockedAccounts,
      ] = await Promise.all([
        readTimes(sql),
        readDeployments(sql),
        sql.query<ChannelRow>(
          `select ${channelColumns} from channel
            where is_active and exists (select 1 from deployment d where d.flow_id = channel.flow_id and d.state = 'Started')`,
        ),
        polls.latest(),
        readFailed(sql),
        readSetAside(sql),
        readCredentials(sql),
        readCertificates(sql),
        readStuckTargets(sql),
        readLastMail(sql, rules),
        readTraced(sql),
        readLockedAccounts(sql),
      ]);
      return {
        ...times,
        deployments,
        channels: channels.map(toChannel),
        lastPolls,
        failed,
        setAside,
        credentials,
        certificates,
        stuckTargets,
        rules,
        lastMailAt,
        traced,
        lockedAccounts,
      };
    },

    async counts() {
      const [openAlerts, polls, messages, received, [turn]] = await Promise.all([
        counted(sql, 'select kind as key, count(*)::int as count from alert where cleared_at is null group by kind'),
        counted(
          sql,
          `select result as key, count(*)::int as count from poll where started_at > now() - interval '5 minutes' group by result`,
        ),
        counted(
          sql,
          `select key, (select count(*)::int from (select 1 from message_log where status = key limit ${maxCounted}) counted) as count
             from unnest(array['PROCESSING', 'RETRY', 'FAILED']) key`,
        ),
        counted(
          sql,
          `select status as key, count(*)::int as count from message_log where received_at > now() - interval '5 minutes' group by status`,
        ),
        sql.query<{ checkedAt: Date | null }>('select checked_at as "checkedAt" from watch where id = 1'),
      ]);
      return { openAlerts, polls, messages, received, checkedAt: turn?.checkedAt ?? null };
    },
  };
}

async function counted(sql: Sql, text: string): Promise<Record<string, number>> {
  const rows = await sql.query<{ key: string; count: number }>(text);
  return Object.fromEntries(rows.map(({ key, count }) => [key, count]));
}

async function readTimes(sql: Sql): Promise<Pick<WatchFacts, 'now' | 'watchingSince' | 'workerSeenAt'>> {
  const [row] = await sql.query<{ now: Date; watchingSince: Date | null; workerSeenAt: Date | null }>(
    `select now() as now,
            min(started_at) filter (where seen_at > now() - $1 * interval '1 ms') as "watchingSince",
            max(seen_at) filter (where role <> 'web') as "workerSeenAt"
       from process_sign`,
    [signOfLifeMs],
  );
  if (!row) throw new Error('select returned nothing');
  return { ...row, watchingSince: row.watchingSince ?? row.now };
}

function readDeployments(sql: Sql): Promise<WatchFacts['deployments']> {
  return sql.query(
    `select d.flow_id as "flowId", f.name as "flowName", d.version, d.state, d.error, d.deployed_at as "deployedAt"
       from deployment d join flow f on f.id = d.flow_id`,
  );
}

function readFailed(sql: Sql): Promise<WatchFacts['failed']> {
  return sql.query(
    `with failed as (
       select flow_id, ended_at, error from message_log
        where status = 'FAILED' and error->>'code' is distinct from 'MAIL_NOT_PARSEABLE'
        order by received_at desc, id desc limit $1)
     select m.flow_id as "flowId", f.name as "flowName", count(*)::int as count, (array_agg(m.error order by m.ended_at desc))[1] as error
       from failed m
       join flow f on f.id = m.flow_id and f.deleted_at is null
       left join lateral (select max(acknowledged_at) as at from alert where kind = 'MESSAGES_FAILED' and subject = m.flow_id::text) known on true
      where m.ended_at > coalesce(known.at, '-infinity')
      group by m.flow_id, f.name`,
    [maxCounted],
  );
}

function readSetAside(sql: Sql): Promise<WatchFacts['setAside']> {
  return sql.query(
    `with waiting as (select flow_id, since, reason from quarantine where settled_at is null order by since desc limit $1)
     select q.flow_id as "flowId", f.name as "flowName", count(*)::int as count, (array_agg(q.reason order by q.since desc))[1] as error
       from waiting q join flow f on f.id = q.flow_id and f.deleted_at is null
      group by q.flow_id, f.name`,
    [maxCounted],
  );
}

/** One that was never authorized is unfinished, not broken, unless a channel already needs it. A client is in error only once it was used. */
function readCredentials(sql: Sql): Promise<WatchFacts['credentials']> {
  return sql.query(
    `select name, state, error from oauth2_credential o join credential a using (name)
      where state <> 'Deployed'
        and (a.kind = 'oauth2-client' or authorized_at is not null or exists (select 1 from channel c where c.is_active and c.config->>'credential' = o.name))`,
  );
}

export async function readCertificates(sql: Sql): Promise<WatchFacts['certificates']> {
  const rows = await sql.query<{ kind: 'certificate' | 'keyPair'; name: string; pem: string }>(
    `select 'certificate' as kind, name, pem from trusted_certificate union all select 'keyPair', name, pem from key_pair`,
  );
  return rows.flatMap(({ kind, name, pem }) => {
    const ends = factsOf(pem).map(({ validTo }) => new Date(validTo).getTime());
    // Of a key pair its own certificate counts; of trusted ones, any that is still valid keeps the name useful.
    const until = kind === 'keyPair' ? ends[0] : Math.max(...ends);
    return until === undefined || !Number.isFinite(until) ? [] : [{ kind, name, until: new Date(until) }];
  });
}

/** Only of flows that a rule wants to get mail: each is a step in the index of every day of the log. */
async function readLastMail(sql: Sql, rules: AlertRule[]): Promise<WatchFacts['lastMailAt']> {
  if (!rules.some(({ kind, isEnabled }) => kind === 'NO_MAIL' && isEnabled)) return new Map();
  const deployed = await sql.query<{ flowId: string }>(`select flow_id as "flowId" from deployment where state = 'Started'`);
  const flowIds = deployed.map(({ flowId }) => flowId).filter((flowId) => ruleFor(rules, 'NO_MAIL', flowId).isEnabled);
  const rows = await sql.query<{ flowId: string; at: Date | null }>(
    `select f.id as "flowId", (select received_at from message_log where flow_id = f.id order by received_at desc, id desc limit 1) as at
       from unnest($1::uuid[]) as f(id)`,
    [flowIds],
  );
  return new Map(rows.map(({ flowId, at }) => [flowId, at]));
}

function readTraced(sql: Sql): Promise<WatchFacts['traced']> {
  return sql.query(
    `select l.flow_id as "flowId", f.name as "flowName", l.until, l.set_by as by
       from flow_log_level l join flow f on f.id = l.flow_id and f.deleted_at is null
      where l.level = 'trace' and l.until > now()`,
  );
}

async function readLockedAccounts(sql: Sql): Promise<string[]> {
  const rows = await sql.query<{ email: string }>(
    `select u.email from "user" u join account_lock l on l.key = ${accountKeySql('u.email')} where l.failures >= $1`,
    [lockedAt],
  );
  return rows.map(({ email }) => email);
}

function readStuckTargets(sql: Sql): Promise<WatchFacts['stuckTargets']> {
  return sql.query(
    `select t.id, t.name, d.created_at as since, d.error
       from alert_target t
       cross join lateral (
         select created_at, error from alert_delivery
          where target_id = t.id and sent_at is null and given_up_at is null order by position limit 1) d
      where t.is_enabled and d.error is not null`,
  );
}
