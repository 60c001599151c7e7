import type { Pool, QueryConfig } from 'pg';
import { dayMs, partitionOf } from './log-partitions.ts';
import { sqlOn, transaction, type Sql } from './sql.ts';

/**
 * What people type into the search of the log, as conditions of SQL. Each word must occur: as a part of subject, sender or recipient where it has
 * three characters or more, else as the beginning of a word, of Message-IDs too. Text in double quotes is one word, spaces included.
 */

/** For the index of one day. */
const longestMs = 60 * 60 * 1000;
/** More words narrow nothing down any more. */
const mostTerms = 10;
/** Where the database ends words. */
const punctuation = /[\s!-/:-@[-`{-~]+/u;
/** Fewer characters in a row are no key of the index on parts of words. */
const partOfWord = /[\p{L}\p{N}]{3}/u;

/** Whether parts of words can be searched: every day has its index for it. */
export async function findsPartsOfWords(sql: Sql): Promise<boolean> {
  const rows = await sql.query(`select 1 from pg_index where indexrelid = to_regclass('message_search_text') and indisvalid`);
  return rows.length > 0;
}

/**
 * Makes the index on parts of words where the migration could not, since the extension pg_trgm was missing. One day after the other, without
 * keeping intake waiting; what a killed process has left half done is made anew.
 *
 * @returns whether it is there now; false where the database still has no pg_trgm
 */
export async function makeIndexOfParts(pool: Pool): Promise<boolean> {
  if (await findsPartsOfWords(sqlOn(pool))) return true;
  await pool.query('create extension if not exists pg_trgm').catch(() => undefined);
  const client = await pool.connect();
  let lost: Error | undefined;
  const onLost = (error: Error) => (lost = error);
  client.on('error', onLost);
  const sql = sqlOn(client);
  const lock = `hashtextextended('search of the log', 1)`;
  try {
    const [place] = await sql.query<{ schema: string }>(
      `select quote_ident(n.nspname) as schema from pg_opclass o join pg_namespace n on n.oid = o.opcnamespace where o.opcname = 'gin_trgm_ops'`,
    );
    const [own] = await sql.query<{ isMine: boolean }>(`select pg_try_advisory_lock(${lock}) as "isMine"`);
    if (!place || !own?.isMine) return false;
    const using = `using gin (text ${place.schema}.gin_trgm_ops) with (gin_pending_list_limit = 8192)`;
    await sql.query('set statement_timeout = 0');
    await sql.query(`create index if not exists message_search_text on only message_search ${using}`);
    const left = await sql.query<{ day: string }>(
      `select inhrelid::regclass::text as day from pg_inherits i
        where i.inhparent = 'message_search'::regclass
          and not exists (select 1 from pg_index x join pg_inherits p on p.inhrelid = x.indexrelid
                           where x.indrelid = i.inhrelid and p.inhparent = 'message_search_text'::regclass)`,
    );
    for (const { day } of left) {
      await sql.query(`drop index concurrently if exists ${day}_text`);
      const makeIndex: QueryConfig & { query_timeout: number } = {
        text: `create index concurrently ${day}_text on ${day} ${using}`,
        query_timeout: longestMs,
      };
      await client.query(makeIndex);
      await sql.query(`alter index message_search_text attach partition ${day}_text`);
    }
    return await findsPartsOfWords(sql);
  } finally {
    await client.query(`reset statement_timeout; select pg_advisory_unlock(${lock})`).catch(() => undefined);
    client.off('error', onLost);
    client.release(lost ?? true);
  }
}

/**
 * Sorts new entries into the indexes of the search. Intake only notes them down (an index over parts of words has a hundred for each message),
 * and a search reads what is noted down one by one. Whoever comes second leaves it to the first.
 */
export async function sortIn(pool: Pool, now: Date): Promise<void> {
  await transaction(pool, async (sql) => {
    const [lock] = await sql.query<{ isMine: boolean }>(`select pg_try_advisory_xact_lock(hashtext('search of the log')) as "isMine"`);
    if (!lock?.isMine) return;
    const days = [0, 1].map((ago) => partitionOf('message_search', new Date(now.getTime() - ago * dayMs)));
    await sql.query(
      `select gin_clean_pending_list(i.indexrelid)
         from pg_index i join pg_class c on c.oid = i.indexrelid join pg_am a on a.oid = c.relam
        where a.amname = 'gin' and i.indrelid in (select to_regclass(name) from unnest($1::text[]) as name)`,
      [[...days, 'message_search_default']],
    );
  });
}

/**
 * @param hasParts see `findsPartsOfWords`
 * @param parameter adds a value, and returns the placeholder for it
 * @returns conditions on `message_search m`; none where nothing can be looked for
 */
export function searchConditions(typed: string, hasParts: boolean, parameter: (value: unknown) => string): string[] {
  return termsOf(typed).flatMap((term) => {
    const conditions = [...wordsCondition(term, parameter), ...(hasParts ? partCondition(term, parameter) : [])];
    return conditions.length === 0 ? [] : [`(${conditions.join(' or ')})`];
  });
}

/** Its words follow each other, the last of which may go on; none where it has no words. */
export function wordsCondition(term: string, parameter: (value: unknown) => string): string[] {
  const phrase = phraseOf(term.toLowerCase());
  return phrase === '' ? [] : [`m.words @@ ${parameter(phrase)}::tsquery`];
}

/** It is a part of subject, sender or recipient; none where the index on parts of words can't tell. */
export function partCondition(term: string, parameter: (value: unknown) => string): string[] {
  return partOfWord.test(term) ? [`m.text like ${parameter(containing(term))}`] : [];
}

/** The pattern of a text in lower case that has the term in it. */
export function containing(term: string): string {
  return `%${escapeLike(term.toLowerCase())}%`;
}

export function termsOf(typed: string): string[] {
  const terms = [...typed.toLowerCase().matchAll(/"([^"]*)"?|[^\s"]+/gu)].map(([all, quoted]) => (quoted ?? all).trim());
  return terms.filter((term) => term !== '').slice(0, mostTerms);
}

/** A query of words that follow each other, the last of which may go on. */
function phraseOf(term: string): string {
  const parts = term.split(punctuation).filter((part) => part !== '');
  return parts.map((part, index) => `'${part}'${index === parts.length - 1 ? ':*' : ''}`).join(' <-> ');
}

function escapeLike(term: string): string {
  return term.replaceAll(/[\\%_]/g, String.raw`\$&`);
}
