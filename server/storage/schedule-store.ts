import type { Pool } from 'pg';
import type { FlowDocument } from '../../shared/flow.ts';
import type { DeploymentRow } from '../ports/flows.ts';
import type { ChannelNews, ChannelSetup, ClaimedChannel, ScheduleStore, SignInPauses, StoppingFlow, WorkInHand } from '../ports/runtime.ts';
import { fillIn, type ParameterValues } from '../../shared/parameters.ts';
import { askServersAgain, channelColumns, deploymentColumns, toChannel } from './deployment-store.ts';
import { lostAfterMs } from './processes.ts';
import { json, jsonOrNull, sqlOn, transaction, type Sql } from './sql.ts';

/** Characters of a server's words that are kept. */
const maxSaid = 500;

export function openScheduleStore(pool: Pool): ScheduleStore {
  const sql = sqlOn(pool);
  return {
    async starting() {
      const rows = await sql.query<DeploymentRow & { document: FlowDocument; values: ParameterValues }>(
        `select ${deploymentColumns}, v.document, v.parameter_values as values
           from deployment d
           join flow f on f.id = d.flow_id
           join flow_version v on v.flow_id = d.flow_id and v.version = d.version
          where d.state = 'Starting'`,
      );
      return rows.map(({ values, ...row }) => ({ ...row, document: fillIn(row.document, values) }));
    },

    activate: (flowId, version, channels) => transaction(pool, (tx) => activate(tx, flowId, version, channels)),

    async refuse(flowId, version, error) {
      await sql.query(
        `update deployment set state = 'Error', error = $3, changed_at = now() where flow_id = $1 and version = $2 and state = 'Starting'`,
        [flowId, version, json(error)],
      );
    },

    stopping: () =>
      sql.query<StoppingFlow>(
        `select flow_id as "flowId", extract(epoch from clock_timestamp() - changed_at)::float8 * 1000 as "stoppingForMs",
                exists (select 1 from channel c where c.flow_id = d.flow_id and c.claimed_until > now()) as "isPolled"
           from deployment d where state = 'Stopping'`,
      ),

    async remove(flowId) {
      const removed = await sql.query(`delete from deployment where flow_id = $1 and state = 'Stopping' returning 1`, [flowId]);
      return removed.length > 0;
    },

    async held() {
      const rows = await sql.query<{ flowId: string; isStopping: boolean }>(
        `select f.id as "flowId", d.state is not null as "isStopping"
           from flow f left join deployment d on d.flow_id = f.id
          where f.deleted_at is null and (d.state is null or d.state = 'Stopping')`,
      );
      const flowsThat = (isStopping: boolean) => rows.filter((row) => row.isStopping === isStopping).map(({ flowId }) => flowId);
      return { stopping: flowsThat(true), stopped: flowsThat(false) };
    },

    async workInHand() {
      const [work] = await sql.query<WorkInHand>(
        `select (select count(*)::int from process
                  where role <> 'web' and not is_stopping and seen_at > clock_timestamp() - interval '${lostAfterMs} ms') as workers,
                count(*) filter (where claimed_until >= now())::int as claimed,
                count(*) filter (where ${isFree} and (${isDue} or is_standing))::int as due,
                count(*) filter (where is_standing)::int as standing
           from channel c where is_active`,
      );
      return work ?? { workers: 1, claimed: 0, due: 0, standing: 0 };
    },

    async claimDue(limit, claimMs, { leftForMs = 0, failingLimit = limit } = {}) {
      const claimed = await sql.query<ClaimedChannel>(
        `with failing as (${claimable(`health = 'failing'`, '$4')}),
              well as (${claimable(`health <> 'failing'`, '$1 - (select count(*) from failing)')}),
              claimed as (select * from failing union all select * from well)
         update channel set claimed_until = now() + $2 * interval '1 ms'
           from claimed where id = claimed_id
         returning ${channelColumns}, is_due as "isDue"`,
        [limit, claimMs, leftForMs, Math.min(limit, failingLimit)],
      );
      return claimed.map(toChannel);
    },

    async keepClaims(channels, claimMs) {
      const kept = await sql.query<ChannelNews & { id: string }>(
        `update channel c set claimed_until = now() + $3 * interval '1 ms'
           from unnest($1::uuid[], $2::int[]) as mine(id, version)
          where c.id = mine.id and c.version = mine.version and c.is_active
          returning c.id, c.next_poll_at as "nextPollAt",
                    exists (select 1 from ledger l where l.channel_id = c.id and l.owed <> 'delete-after-days' and l.settle_error is null) as "hasOwed",
                    (select a.deployed_at from credential a where a.name = c.config->>'credential') as "credentialDeployedAt"`,
        [channels.map(({ id }) => id), channels.map(({ version }) => version), claimMs],
      );
      return new Map(kept.map(({ id, ...news }) => [id, news]));
    },

    async releaseClaim(channelId, { startedAt, worker }) {
      await sql.query(`update channel set claimed_until = now() - interval '2 ms' where id = $1 and ${noNewerPoll('$1', '$2', '$3')}`, [
        channelId,
        startedAt,
        worker,
      ]);
    },

    async beginPoll(poll) {
      await sql.query(
        `insert into poll (id, channel_id, flow_id, node_id, started_at, result, worker) values ($1, $2, $3, $4, $5, 'running', $6)`,
        [poll.id, poll.channelId, poll.flowId, poll.nodeId, poll.startedAt, poll.worker],
      );
    },

    async finishPoll(poll, { dueAt, version, health, nextPollAt, failuresInRow, isSuccess, isClaimed, isStanding, serverSaid }) {
      // A "Poll now" or a deployment during the poll has set another time: the earlier stays, or that of the other version.
      // Where a newer poll runs, this one had lost its claim: the channel is no longer its own.
      await sql.query(
        `with line as (
           insert into poll (id, channel_id, flow_id, node_id, started_at, worker,
                             ended_at, result, listed, known, taken, quarantined, post_processed, bytes, error, notes,
                             read_elsewhere, unread_again, skipped_by_search, before_start)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $24, $25, $26, $27)
           on conflict (id) do update
             set ended_at = excluded.ended_at, result = excluded.result, listed = excluded.listed, known = excluded.known,
                 taken = excluded.taken, quarantined = excluded.quarantined, post_processed = excluded.post_processed,
                 bytes = excluded.bytes, error = excluded.error, notes = excluded.notes, read_elsewhere = excluded.read_elsewhere,
                 unread_again = excluded.unread_again, skipped_by_search = excluded.skipped_by_search, before_start = excluded.before_start)
         update channel
            set claimed_until = case when $28 and version = $23 then claimed_until end, is_standing = $17 and version = $23,
                health = case when version = $23 then $18 else health end,
                failures_in_row = case when version = $23 then $19 else failures_in_row end,
                next_poll_at = case when version <> $23 then next_poll_at
                                    when next_poll_at is distinct from $20 then least(next_poll_at, $21)
                                    else $21 end,
                last_success_at = case when $22 then now() else last_success_at end,
                server_said = coalesce($29, server_said), server_said_at = case when $29 is null then server_said_at else now() end
          where id = $2 and ${noNewerPoll('$2', '$5', '$6')}`,
        [
          poll.id,
          poll.channelId,
          poll.flowId,
          poll.nodeId,
          poll.startedAt,
          poll.worker,
          poll.endedAt,
          poll.result,
          poll.listed,
          poll.known,
          poll.taken,
          poll.quarantined,
          poll.postProcessed,
          poll.bytes,
          jsonOrNull(poll.error),
          json(poll.notes),
          isStanding,
          health,
          failuresInRow,
          dueAt,
          nextPollAt,
          isSuccess,
          version,
          poll.readElsewhere,
          poll.unreadAgain,
          poll.skippedBySearch,
          poll.beforeStart,
          isClaimed,
          serverSaid?.slice(0, maxSaid) ?? null,
        ],
      );
    },

    async amendPoll({ id, postProcessed, notes }) {
      await sql.query('update poll set post_processed = $2, notes = $3 where id = $1', [id, postProcessed, json(notes)]);
    },

    async forgetPolls(ageMs) {
      await sql.query(
        `delete from poll where id in (
           select id from poll where started_at < now() - $1 * interval '1 ms' order by started_at limit 10000)`,
        [ageMs],
      );
    },

    async closeAbandonedPolls(ageMs) {
      const lost = {
        code: 'WORKER_LOST',
        message: 'The worker that made this poll ended in the middle of it.',
        remedy: 'Nothing to do: the poll was repeated.',
        retryable: true,
      };
      await sql.query(
        `update poll p set result = 'failed', ended_at = now(), error = $2
          where result = 'running' and started_at < now() - $1 * interval '1 ms'
            and not exists (select 1 from channel c where c.id = p.channel_id and c.claimed_until > now())`,
        [ageMs, json(lost)],
      );
    },
  };
}

/** Rounded as the column is, which keeps milliseconds: what was put to now() a moment ago is due and not half a millisecond off. */
const isDue = 'next_poll_at <= now()::timestamptz(3)';
const isFree = '(claimed_until is null or claimed_until < now())';
/** Since when anybody could have taken a channel that is due. */
const freeSince = `coalesce(greatest(claimed_until, case when not is_standing then next_poll_at end), '-infinity')`;

/**
 * Channel `c` has no poll soon, and something became owed to its server since the last. What that poll left can't be told in
 * another: it was refused, or belongs to a mailbox that the channel no longer reads.
 */
const isOwing = `((next_poll_at is null or next_poll_at > now() + interval '10 minutes')
  and exists (
    select 1 from ledger l
     where l.channel_id = c.id and l.owed <> 'delete-after-days' and l.settle_error is null
       and l.owed_since > coalesce((select max(p.started_at) from poll p where p.channel_id = c.id and p.result = 'completed'), '-infinity')
                          - interval '5 seconds')
  and not exists (
    select 1 from poll p
     where p.channel_id = c.id
       and p.started_at > now() - case when c.health = 'failing' then interval '5 minutes' else interval '20 seconds' end))`;

/**
 * Where a newer poll runs, or another worker has polled since and may be waiting at its connection, the channel has passed on:
 * what a worker that was cut off or frozen writes when it is back must not touch it.
 */
const noNewerPoll = (channelId: string, since: string, worker: string) =>
  `not exists (select 1 from poll p
                where p.channel_id = ${channelId} and p.started_at > ${since}
                  and (p.result = 'running' or (p.worker <> ${worker} and p.result <> 'skipped')))`;
/** Channels that nobody has in hand and that are due or owe something. */
const claimable = (which: string, limit: string) =>
  `select id as claimed_id, (${isDue} or is_standing) is true as is_due from channel c
    where is_active and ${which} and ${isFree}
      and (${isDue} or is_standing or ${isOwing})
      and ($3 = 0 or ${freeSince} < now() - $3 * interval '1 ms')
    order by next_poll_at
    limit ${limit}
    for update skip locked`;

async function activate(sql: Sql, flowId: string, version: number, channels: ChannelSetup[]): Promise<boolean> {
  const started = await sql.query(
    `update deployment set state = 'Started', error = null, changed_at = now() where flow_id = $1 and version = $2 and state = 'Starting' returning flow_id`,
    [flowId, version],
  );
  if (started.length === 0) return false;
  await sql.query('update channel set is_active = false where flow_id = $1', [flowId]);
  for (const channel of channels) {
    await sql.query(
      `insert into channel (flow_id, node_id, name, version, type, config, is_active, next_poll_at, is_in_order)
       values ($1, $2, $3, $4, $5, $6, true, $7, $8)
       on conflict (flow_id, node_id) do update
         set name = excluded.name, version = excluded.version, type = excluded.type, config = excluded.config, is_in_order = excluded.is_in_order,
             is_active = true, is_standing = false, next_poll_at = excluded.next_poll_at, health = 'waiting', failures_in_row = 0`,
      [flowId, channel.nodeId, channel.name, version, channel.type, json(channel.config), channel.firstPollAt, channel.isInOrder ?? false],
    );
  }
  await askServersAgain(sql, flowId);
  return true;
}

export function openSignInPauses(pool: Pool): SignInPauses {
  const sql = sqlOn(pool);
  return {
    async until(account) {
      const [row] = await sql.query<{ until: Date }>('select until from sign_in_pause where account = $1 and until > now()', [account]);
      return row?.until;
    },

    async refused(account, credential) {
      const [row] = await sql.query<{ until: Date }>(
        `insert into sign_in_pause as p (account, credential, refusals, until) values ($1, $2, 1, now() + interval '1 minute')
         on conflict (account) do update
           set credential = excluded.credential, refusals = p.refusals + 1,
               until = now() + least(30, power(2, least(p.refusals, 5))) * interval '1 minute'
         returning until`,
        [account, credential],
      );
      return row?.until ?? new Date();
    },

    async clear(account) {
      await sql.query('delete from sign_in_pause where account = $1', [account]);
    },
  };
}
