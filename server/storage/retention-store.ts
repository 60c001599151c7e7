import type { Pool } from 'pg';
import { defaultRetention, retentionSchema, type Retention } from '../../shared/retention.ts';
import type { RetentionStore } from '../ports/retention.ts';
import { json, sqlOn } from './sql.ts';

const key = 'retention';

export function openRetention(pool: Pool): RetentionStore {
  const sql = sqlOn(pool);
  return {
    async get() {
      const [row] = await sql.query<{ value: unknown }>('select value from setting where key = $1', [key]);
      return row ? retentionSchema.parse(row.value) : defaultRetention;
    },

    async set(retention: Retention) {
      await sql.query('insert into setting (key, value) values ($1, $2) on conflict (key) do update set value = excluded.value', [
        key,
        json(retention),
      ]);
      return retention;
    },
  };
}
