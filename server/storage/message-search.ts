import type { Pool } from 'pg';
import { dayMs, partitionOf } from './log-partitions.ts';
import { transaction, type Sql } from './sql.ts';

/**
 * What people type into the search of the log, as conditions of SQL. Each word must occur: as a part of subject, sender or recipient where it has
 * three characters or more, else as the beginning of a word, of Message-IDs too. Text in double quotes is one word, spaces included.
 */

/** More words narrow nothing down any more. */
const mostTerms = 10;
/** Where the database ends words. */
const punctuation = /[\s!-/:-@[-`{-~]+/u;
/** Fewer characters in a row are no key of the index on parts of words. */
const partOfWord = /[\p{L}\p{N}]{3}/u;

/** Whether parts of words can be searched: the database has the extension pg_trgm. */
export async function findsPartsOfWords(sql: Sql): Promise<boolean> {
  const [row] = await sql.query<{ isThere: boolean }>(`select to_regclass('message_search_text') is not null as "isThere"`);
  return row?.isThere ?? false;
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
    const phrase = phraseOf(term);
    const conditions = [
      ...(phrase === '' ? [] : [`m.words @@ ${parameter(phrase)}::tsquery`]),
      ...(hasParts && partOfWord.test(term) ? [`m.text like ${parameter(`%${escapeLike(term)}%`)}`] : []),
    ];
    return conditions.length === 0 ? [] : [`(${conditions.join(' or ')})`];
  });
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
