import type { Pool } from 'pg';
import type { FlowDocument } from '../../shared/flow.ts';
import type { FlowRow, FlowStore, KeptDraftRow, VersionRow } from '../ports/flows.ts';
import { lowestOpenId } from './log-counts.ts';
import { json, sqlOn, transaction, type Sql } from './sql.ts';

const columns =
  'id, name, description, draft, parameter_values as "parameterValues", revision, created_at as "createdAt", updated_at as "updatedAt"';
const versionColumns =
  'flow_id as "flowId", version, deployed_at as "deployedAt", deployed_by as "deployedBy", note, parameter_values as "parameterValues"';
const keptColumns = 'id, draft, kept_at as "keptAt", kept_by as "keptBy"';
/** Of each flow. */
const mostKeptDrafts = 10;

export function openFlowStore(pool: Pool): FlowStore {
  const sql = sqlOn(pool);
  return {
    list: () => sql.query<FlowRow>(`select ${columns} from flow where deleted_at is null order by updated_at desc`),

    get: async (id) => (await sql.query<FlowRow>(`select ${columns} from flow where id = $1 and deleted_at is null`, [id]))[0],

    async create({ name, description, draft }) {
      const [row] = await sql.query<FlowRow>(`insert into flow (name, description, draft) values ($1, $2, $3) returning ${columns}`, [
        name,
        description,
        JSON.stringify(draft),
      ]);
      if (!row) throw new Error('insert returned nothing');
      return row;
    },

    save: (id, revision, change, keepFor) =>
      transaction(pool, async (tx) => {
        const [before] = await tx.query<Pick<FlowRow, 'draft'>>(
          'select draft from flow where id = $1 and revision = $2 and deleted_at is null for update',
          [id, revision],
        );
        if (!before) return undefined;
        if (keepFor !== undefined) await keepDraft(tx, id, before.draft, keepFor);
        const { name, description, draft } = change;
        const [row] = await tx.query<FlowRow>(
          `update flow
              set name = coalesce($2, name), description = coalesce($3, description), draft = coalesce($4::jsonb, draft),
                  revision = revision + 1, updated_at = now()
            where id = $1 returning ${columns}`,
          [id, name ?? null, description ?? null, draft ? JSON.stringify(draft) : null],
        );
        return row;
      }),

    remove: (id) => transaction(pool, (tx) => removeFlow(tx, id)),

    version: async (flowId, version) =>
      (
        await sql.query<VersionRow>(`select ${versionColumns}, document from flow_version where flow_id = $1 and version = $2`, [
          flowId,
          version,
        ])
      )[0],

    versions: (flowId, limit, before) =>
      sql.query<VersionRow>(
        `select ${versionColumns} from flow_version where flow_id = $1 and ($3::int is null or version < $3) order by version desc limit $2`,
        [flowId, limit, before ?? null],
      ),

    keepDraft: (flowId, draft, by) => transaction(pool, (tx) => keepDraft(tx, flowId, draft, by)),

    keptDrafts: (flowId) =>
      sql.query<KeptDraftRow>(`select ${keptColumns} from flow_draft_kept where flow_id = $1 order by kept_at desc, id`, [flowId]),
  };
}

async function keepDraft(sql: Sql, flowId: string, draft: FlowDocument, by: string): Promise<KeptDraftRow> {
  const [row] = await sql.query<KeptDraftRow>(
    `insert into flow_draft_kept (flow_id, draft, kept_by) values ($1, $2, $3) returning ${keptColumns}`,
    [flowId, json(draft), by],
  );
  if (!row) throw new Error('insert returned nothing');
  await sql.query(
    `delete from flow_draft_kept where flow_id = $1 and id not in
       (select id from flow_draft_kept where flow_id = $1 order by kept_at desc, id limit $2)`,
    [flowId, mostKeptDrafts],
  );
  return row;
}

/** Deleted flows keep their row, so that the log of their messages stays readable. */
async function removeFlow(sql: Sql, id: string): Promise<boolean> {
  // A statement of its own: the next one sees a deployment that was made while this one waited.
  await sql.query('select 1 from flow where id = $1 for update', [id]);
  const removed = await sql.query(
    `update flow set deleted_at = now() where id = $1 and deleted_at is null and not exists (select 1 from deployment where flow_id = $1) returning id`,
    [id],
  );
  if (removed.length === 0) return false;
  await sql.query(
    `update message_log set status = 'ABANDONED', ended_at = now(), next_attempt_at = null where id >= $2 and flow_id = $1 and status in ('PROCESSING', 'RETRY')`,
    [id, await lowestOpenId(sql)],
  );
  return true;
}
