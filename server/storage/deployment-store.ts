import type { Pool } from 'pg';
import { completeConfig } from '../../shared/catalog/define.ts';
import { describeType } from '../../shared/catalog/index.ts';
import { FlowError } from '../../shared/errors.ts';
import type { FlowDocument } from '../../shared/flow.ts';
import type { ParameterValues } from '../../shared/parameters.ts';
import type { ChannelRow, Deploying, DeploymentRow, DeploymentStore, FlowRow } from '../ports/flows.ts';
import { contentHash } from './content-hash.ts';
import { json, sqlOn, transaction, type Sql } from './sql.ts';
import { forgetLevel } from './trace-store.ts';

export const deploymentColumns = `d.flow_id as "flowId", f.name as "flowName", d.version, d.state, d.error,
  d.deployed_at as "deployedAt", d.deployed_by as "deployedBy"`;

export const channelColumns = `id, flow_id as "flowId", node_id as "nodeId", name, version, type, config, health,
  next_poll_at as "nextPollAt", last_success_at as "lastSuccessAt", failures_in_row as "failuresInRow", epoch, is_in_order as "isInOrder",
  server_said as "serverSaid", server_said_at as "serverSaidAt"`;

/** What a stored configuration lacks, because its parameter is newer than the deployment, has its default. */
export function toChannel<T extends ChannelRow>(stored: T): T {
  const description = describeType(stored.type);
  return description ? { ...stored, config: completeConfig(description, stored.config) } : stored;
}

/** A person has changed something or asks for a poll: what the mail server has refused is told to it again at once. */
export async function askServersAgain(sql: Sql, flowId: string): Promise<void> {
  await sql.query(
    `update ledger l set settle_after = null from channel c
      where c.flow_id = $1 and l.channel_id = c.id and l.owed is not null and l.settle_after is not null`,
    [flowId],
  );
}

export function openDeploymentStore(pool: Pool): DeploymentStore {
  const sql = sqlOn(pool);
  const select = (where: string, values: unknown[] = []) =>
    sql.query<DeploymentRow>(
      `select ${deploymentColumns} from deployment d join flow f on f.id = d.flow_id ${where} order by f.name`,
      values,
    );
  return {
    list: () => select(''),

    get: async (flowId) => (await select('where d.flow_id = $1', [flowId]))[0],

    async channels(flowId) {
      const stored = await sql.query<ChannelRow>(
        `select ${channelColumns} from channel where is_active and ($1::uuid is null or flow_id = $1) order by name`,
        [flowId ?? null],
      );
      return stored.map(toChannel);
    },

    start: (flow, document, deploying) => transaction(pool, (tx) => startDeployment(tx, flow, document, deploying)),

    async stop(flowId) {
      await transaction(pool, async (tx) => {
        // The deployment first, as `activate` does: a flow that starts at this moment is either not started or stopped whole.
        await tx.query(`update deployment set state = 'Stopping', changed_at = now() where flow_id = $1`, [flowId]);
        await tx.query(`update channel set is_active = false where flow_id = $1`, [flowId]);
        await forgetLevel(tx, flowId);
      });
    },

    async pollNow(flowId) {
      await askServersAgain(sql, flowId);
      await sql.query(`update channel set next_poll_at = now() where flow_id = $1 and is_active`, [flowId]);
    },
  };
}

/** What was deployed before keeps its version: deploying it again is a restart or a way back, not a new version. */
async function startDeployment(sql: Sql, flow: FlowRow, document: FlowDocument, { by, note, values }: Deploying): Promise<DeploymentRow> {
  // Two people deploying at once, or one deploying and one deleting, are put in a row here.
  const found = await sql.query('update flow set parameter_values = $2 where id = $1 and deleted_at is null returning 1', [
    flow.id,
    json(values),
  ]);
  if (found.length === 0) throw new FlowError('NOT_FOUND', { what: 'flow', id: flow.id });
  await hashFormerVersions(sql, flow.id);
  const hash = contentHash(document, values);
  const [versions] = await sql.query<{ same: number | null; latest: number | null }>(
    `select max(version) as latest, max(version) filter (where content_hash = $2) as same from flow_version where flow_id = $1`,
    [flow.id, hash],
  );
  const version = versions?.same ?? (versions?.latest ?? 0) + 1;
  await sql.query(
    `insert into flow_version (flow_id, version, document, parameter_values, content_hash, deployed_by, note) values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (flow_id, version) do update set note = case when excluded.note = '' then flow_version.note else excluded.note end`,
    [flow.id, version, json(document), json(values), hash, by, note],
  );
  const [row] = await sql.query<DeploymentRow>(
    `with d as (
       insert into deployment (flow_id, version, state, deployed_by) values ($1, $2, 'Starting', $3)
       on conflict (flow_id) do update
         set version = excluded.version, state = 'Starting', error = null, deployed_by = excluded.deployed_by, deployed_at = now(), changed_at = now()
       returning *)
     select ${deploymentColumns} from d join flow f on f.id = d.flow_id`,
    [flow.id, version, by],
  );
  if (!row) throw new Error('insert returned nothing');
  return row;
}

/** Versions from before there were hashes get theirs when their flow is deployed next. */
async function hashFormerVersions(sql: Sql, flowId: string): Promise<void> {
  const former = await sql.query<{ version: number; document: FlowDocument; values: ParameterValues }>(
    'select version, document, parameter_values as values from flow_version where flow_id = $1 and content_hash is null',
    [flowId],
  );
  for (const { version, document, values } of former) {
    await sql.query('update flow_version set content_hash = $3 where flow_id = $1 and version = $2', [
      flowId,
      version,
      contentHash(document, values),
    ]);
  }
}
