import type { Sql } from '../sql.ts';

/**
 * A backup copies mails after it has copied the rows that refer to them, so nothing may be removed in between.
 * It holds this advisory lock for itself alone, from before its snapshot until the last mail is copied; whoever removes a mail
 * takes it shared within the transaction that does so. The letters "blob" as a number.
 */
const blobHold = 0x626c6f62;

/** False while a backup is being made: nothing may be removed then. True holds until the transaction ends. */
export async function mayRemoveBlobs(sql: Sql): Promise<boolean> {
  const [row] = await sql.query<{ isFree: boolean }>('select pg_try_advisory_xact_lock_shared($1) as "isFree"', [blobHold]);
  return row?.isFree === true;
}

/** @returns false when another backup has it, or a removal is just under way */
export async function tryHoldBlobs(sql: Sql): Promise<boolean> {
  const [row] = await sql.query<{ isHeld: boolean }>('select pg_try_advisory_lock($1) as "isHeld"', [blobHold]);
  return row?.isHeld === true;
}

/** Whether this very session still has it: a connection that was replaced on the way would not. */
export async function isHoldingBlobs(sql: Sql): Promise<boolean> {
  const rows = await sql.query(
    `select 1 from pg_locks
      where locktype = 'advisory' and classid = 0 and objid = $1 and objsubid = 1 and granted and mode = 'ExclusiveLock' and pid = pg_backend_pid()`,
    [blobHold],
  );
  return rows.length > 0;
}
