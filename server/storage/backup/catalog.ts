import type { Sql } from '../sql.ts';
import { tablesLeftOut, type Partition } from './format.ts';

/** What there is in the schema `public`, from PostgreSQL's own tables: nobody has to tell the backup of a new table. */

export interface Table {
  name: string;
  columns: string[];
}

/** Members of an extension are not ours. */
const notOfExtension = (catalog: 'pg_class' | 'pg_proc' | 'pg_type', oid: string) =>
  `not exists (select 1 from pg_depend d where d.classid = '${catalog}'::regclass and d.objid = ${oid} and d.deptype = 'e')`;

/** Tables and partitioned tables, without their partitions; generated columns are left out. */
export async function listTables(sql: Sql): Promise<Table[]> {
  const tables = await sql.query<Table>(
    `select c.relname as name,
            (select array_agg(a.attname::text order by a.attnum) from pg_attribute a
              where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns
       from pg_class c
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition and ${notOfExtension('pg_class', 'c.oid')}
      order by c.relname`,
  );
  return tables.filter(({ name, columns }) => columns && !tablesLeftOut.has(name));
}

/** Parents first. */
export function listPartitions(sql: Sql): Promise<Partition[]> {
  return sql.query<Partition>(
    `with recursive below as (
       select i.inhrelid, i.inhparent, 1 as depth from pg_inherits i join pg_class p on p.oid = i.inhparent
        where p.relkind = 'p' and not p.relispartition and p.relnamespace = 'public'::regnamespace
       union all
       select i.inhrelid, i.inhparent, b.depth + 1 from pg_inherits i join below b on i.inhparent = b.inhrelid)
     select c.relname as name, p.relname as parent, pg_get_expr(c.relpartbound, c.oid) as bound,
            case when c.relkind = 'p' then pg_get_partkeydef(c.oid) end as key
       from below b join pg_class c on c.oid = b.inhrelid join pg_class p on p.oid = b.inhparent
      where c.relkind in ('r', 'p')
      order by b.depth, c.relname`,
  );
}

/** Numbers are given out past all snapshots: what is read is what was given out by now or more. */
export function listSequences(sql: Sql): Promise<{ name: string; lastValue: string }[]> {
  return sql.query(
    `select sequencename as name, last_value::text as "lastValue" from pg_sequences
      where schemaname = 'public' and last_value is not null order by sequencename`,
  );
}

/** Hashes of the migrations the tables have gone through; none where they are not Mailroom's. */
export async function listMigrations(sql: Sql): Promise<string[]> {
  const [found] = await sql.query<{ isThere: boolean }>(`select to_regclass('drizzle.__drizzle_migrations') is not null as "isThere"`);
  if (!found?.isThere) return [];
  const rows = await sql.query<{ hash: string }>('select hash from drizzle.__drizzle_migrations order by created_at, id');
  return rows.map((row) => row.hash);
}

/** Names of tables that have rows, of all kinds. */
export async function tablesWithRows(sql: Sql): Promise<string[]> {
  const tables = await sql.query<{ name: string }>(
    `select c.relname as name from pg_class c
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition and ${notOfExtension('pg_class', 'c.oid')}
      order by c.relname`,
  );
  const filled: string[] = [];
  for (const { name } of tables) {
    const rows = await sql.query(`select 1 from ${quoted(name)} limit 1`);
    if (rows.length > 0) filled.push(name);
  }
  return filled;
}

/** Removes everything Mailroom has in the schemas `public` and `drizzle`; what extensions brought stays. */
export async function dropAll(sql: Sql): Promise<void> {
  const things = await sql.query<{ statement: string }>(
    `select format('drop table %s cascade', c.oid::regclass) as statement from pg_class c
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition and ${notOfExtension('pg_class', 'c.oid')}
     union all
     select format('drop sequence if exists public.%I cascade', c.relname) from pg_class c
      where c.relnamespace = 'public'::regnamespace and c.relkind = 'S' and ${notOfExtension('pg_class', 'c.oid')}
        and not exists (select 1 from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype in ('a', 'i'))
     union all
     select format('drop routine %s cascade', p.oid::regprocedure) from pg_proc p
      where p.pronamespace = 'public'::regnamespace and ${notOfExtension('pg_proc', 'p.oid')}
     union all
     select format('drop type %s cascade', t.oid::regtype) from pg_type t
      where t.typnamespace = 'public'::regnamespace and t.typtype in ('e', 'd') and ${notOfExtension('pg_type', 't.oid')}`,
  );
  for (const { statement } of things) await sql.query(statement);
  await sql.query('drop schema if exists drizzle cascade');
}

/** Foreign keys of whole tables, to be taken off while rows come in, in any order, and put on again. */
export function listForeignKeys(sql: Sql): Promise<{ table: string; name: string; definition: string }[]> {
  return sql.query(
    `select c.conrelid::regclass::text as table, quote_ident(c.conname) as name, pg_get_constraintdef(c.oid) as definition
       from pg_constraint c
      where c.contype = 'f' and c.conparentid = 0 and c.connamespace = 'public'::regnamespace
      order by 1, 2`,
  );
}

/** Triggers that do something, as `table` and `name`. What they write of the rows is in the backup as rows of its own. */
export function listTriggers(sql: Sql): Promise<{ table: string; name: string }[]> {
  return sql.query(
    `select t.tgrelid::regclass::text as table, quote_ident(t.tgname) as name
       from pg_trigger t join pg_class c on c.oid = t.tgrelid
      where c.relnamespace = 'public'::regnamespace and not t.tgisinternal and t.tgparentid = 0 and t.tgenabled <> 'D'
      order by 1, 2`,
  );
}

export function quoted(name: string): string {
  return `public."${name.replaceAll('"', '""')}"`;
}

export function quotedColumns(columns: string[]): string {
  return columns.map((column) => `"${column.replaceAll('"', '""')}"`).join(', ');
}
