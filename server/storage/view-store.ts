import type { Pool } from 'pg';
import { FlowError } from '../../shared/errors.ts';
import type { ViewRow, ViewStore, ViewWish } from '../ports/views.ts';
import { json, sqlOn, transaction, type Sql } from './sql.ts';

const columns = `id, name, owner_id as "ownerId", search, created_by as "createdBy"`;
/** Of one person, and of everybody. */
const mostViews = 100;

export function openViews(pool: Pool): ViewStore {
  const sql = sqlOn(pool);

  /** One writer of somebody's views at a time, so that no name is taken twice. */
  async function changing<T>({ ownerId }: Pick<ViewWish, 'ownerId'>, work: (tx: Sql) => Promise<T>): Promise<T> {
    return transaction(pool, async (tx) => {
      await tx.query(`select pg_advisory_xact_lock(hashtextextended('saved views ' || $1, 1))`, [ownerId ?? '']);
      return work(tx);
    });
  }

  async function refuseTaken(tx: Sql, { name, ownerId }: ViewWish, id: string | null): Promise<void> {
    const taken = await tx.query(
      'select 1 from saved_view where owner_id is not distinct from $1 and lower(name) = lower($2) and id is distinct from $3::uuid',
      [ownerId, name, id],
    );
    if (taken.length > 0) throw new FlowError('VIEW_EXISTS', { name });
  }

  return {
    list: (ownerId) =>
      sql.query<ViewRow>(`select ${columns} from saved_view where owner_id is null or owner_id = $1 order by lower(name), id`, [ownerId]),

    get: async (id) => (await sql.query<ViewRow>(`select ${columns} from saved_view where id = $1`, [id]))[0],

    create: (view, by) =>
      changing(view, async (tx) => {
        await refuseTaken(tx, view, null);
        const [row] = await tx.query<ViewRow>(
          `insert into saved_view (name, owner_id, search, created_by)
           select $1, $2, $3::jsonb, $4 where (select count(*) from saved_view where owner_id is not distinct from $2) < $5
           returning ${columns}`,
          [view.name, view.ownerId, json(view.search), by, mostViews],
        );
        if (!row) throw new FlowError('TOO_MANY_VIEWS', { limit: mostViews });
        return row;
      }),

    save: (id, view) =>
      changing(view, async (tx) => {
        await refuseTaken(tx, view, id);
        const [row] = await tx.query<ViewRow>(
          `update saved_view set name = $2, owner_id = $3, search = $4::jsonb where id = $1 returning ${columns}`,
          [id, view.name, view.ownerId, json(view.search)],
        );
        return row;
      }),

    remove: async (id) => (await sql.query('delete from saved_view where id = $1 returning 1', [id])).length > 0,
  };
}
