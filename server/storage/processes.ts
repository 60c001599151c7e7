import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import { FlowError, type ErrorCode } from '../../shared/errors.ts';
import type { Logger } from '../ports/common.ts';
import type { Processes, ProcessLoad, ProcessRow } from '../ports/processes.ts';
import { placeMarker, removeMarker, removeMarkersExcept, seesMarker } from './blobs/marker.ts';
import { keyCheckOf, type KeyRing } from './key-ring.ts';
import { conflictOf, type ProcessFacts } from './process-conflict.ts';
import { fingerprintOf } from './backup/format.ts';
import { formerKeys } from './key-lineage.ts';
import { sqlOn, transaction } from './sql.ts';

const usualBeatMs = 3_000;
/** Without a sign for this many beats a process counts as dead: longer than the lease of a mailbox, so that its mailboxes are free by then. */
const lostAfterBeats = 5;
export const lostAfterMs = lostAfterBeats * usualBeatMs;
/** How long a stop waits for a database that may be gone. */
const leaveDeadlineMs = 3_000;
/** Whoever enters holds this advisory lock, so that of two that don't go together one is told: the letters "proc" as a number. */
const entryLock = 0x70726f63;

export interface ProcessOptions {
  pool: Pool;
  /** Of the mails in files, whatever the driver: what others have written may lie there. */
  blobsDirectory: string;
  keys: KeyRing;
  self: Omit<ProcessFacts, 'id' | 'host' | 'machine' | 'keyChecks'> & { version: string; host?: string; machine?: string };
  /** The database serves this process alone, so whoever is written down there is dead. */
  isAlone: boolean;
  log: Logger;
  /** It counted as dead for a while, and another has started since that it can't work beside. */
  onRefused: (error: FlowError) => void;
  beatMs?: number;
}

export interface EnteredProcess extends Processes {
  id: string;
  /** What the next beat tells of the work in hand. */
  report(load: () => ProcessLoad): void;
  /** Tells the others to take over, before this process lets go. */
  stopping(): Promise<void>;
  leave(): Promise<void>;
}

/**
 * Writes this process down among those of the database, and goes on saying that it lives.
 *
 * @throws FlowError BLOBS_NOT_SHARED, BLOBS_NOT_SEEN, MASTER_KEY_DIFFERS when a living process can't be worked beside.
 * One that may have died a moment ago is waited for, up to 15 s.
 */
export async function enterProcess(options: ProcessOptions): Promise<EnteredProcess> {
  const { pool, blobsDirectory, keys, self, isAlone, log, onRefused, beatMs = usualBeatMs } = options;
  const isLive = `seen_at > clock_timestamp() - interval '${lostAfterBeats * beatMs} ms'`;
  const sql = sqlOn(pool);
  const me: ProcessFacts & { version: string } = {
    host: hostname(),
    machine: thisMachine(),
    ...self,
    id: randomUUID(),
    keyChecks: [keys.current, ...keys.others].map(keyCheckOf),
  };
  const closing = new AbortController();
  let mark = '';
  let load = (): ProcessLoad => ({ polls: 0, exchanges: 0, standing: 0 });

  /** Says who stands in the way; undefined when this process is in. */
  function tryEntry(): Promise<Obstacle | undefined> {
    return transaction(pool, async (tx) => {
      await tx.query('select pg_advisory_xact_lock($1)', [entryLock]);
      const retired = await formerKeys(tx);
      // A process that was forgotten when the key was changed would seal with a key that nobody has any more.
      if (retired.some(({ fingerprint }) => fingerprint === fingerprintOf(keys.current)))
        throw new FlowError('MASTER_KEY_DIFFERS', { other: 'the one that this Mailroom was changed to' });
      if (isAlone) await tx.query('delete from process');
      await tx.query(`delete from process where seen_at < clock_timestamp() - interval '1 hour'`);
      const others = await tx.query<Other>(
        `select id, host, machine, role, blobs, string_to_array(key_check, ' ') as "keyChecks", mark, seen_at as "seenAt", ${isLive} as "isLive" from process where id <> $1`,
        [me.id],
      );
      for (const other of others.filter(({ isLive }) => isLive)) {
        const error = conflictOf(me, other, await seesMarker(blobsDirectory, other.id, other.mark));
        if (error) return { error, id: other.id, seenAt: other.seenAt };
      }
      await tx.query(
        `insert into process (id, host, machine, pid, role, version, blobs, key_check, mark, started_at, seen_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, clock_timestamp(), clock_timestamp())
         on conflict (id) do update set seen_at = clock_timestamp(), mark = excluded.mark`,
        [me.id, me.host, me.machine, process.pid, me.role, me.version, me.blobs, me.keyChecks.join(' '), mark],
      );
      await removeMarkersExcept(blobsDirectory, new Set([me.id, ...others.map(({ id }) => id)]));
      return undefined;
    });
  }

  async function enter(): Promise<void> {
    const seen = new Map<string, Date>();
    for (;;) {
      await renewMark();
      const obstacle = await tryEntry();
      if (!obstacle) return;
      const before = seen.get(obstacle.id);
      // Two signs of life: it is there. One: it may have died since.
      if (before && obstacle.seenAt > before) throw obstacle.error;
      if (!before) log.info({ reason: obstacle.error.message }, 'waiting to see whether the other process still lives');
      seen.set(obstacle.id, before ?? obstacle.seenAt);
      await sleep(beatMs / 3, undefined, { signal: closing.signal });
    }
  }

  /** The file first: whoever reads the database then finds that mark in the file. */
  async function renewMark(): Promise<void> {
    const next = randomUUID();
    await placeMarker(blobsDirectory, me.id, next);
    mark = next;
  }

  async function beat(): Promise<void> {
    // A disk that fails is told of by those who write mails to it; this process lives all the same.
    await renewMark().catch(() => undefined);
    const { polls, exchanges, standing } = load();
    const beaten = await sql.query(
      `update process set seen_at = clock_timestamp(), polls = $2, exchanges = $3, standing = $4, mark = $5
        where id = $1 and ${isLive} returning 1`,
      [me.id, polls, exchanges, standing, mark],
    );
    if (beaten.length > 0 || closing.signal.aborted) return;
    log.warn({}, 'this process counted as lost for a while; it comes back');
    await enter();
  }

  await enter().catch(async (error: unknown) => {
    await removeMarker(blobsDirectory, me.id);
    throw error;
  });

  const beating = (async () => {
    while (!closing.signal.aborted) {
      await sleep(beatMs, undefined, { signal: closing.signal }).catch(() => undefined);
      if (closing.signal.aborted) return;
      try {
        await beat();
      } catch (error) {
        if (closing.signal.aborted) return;
        if (error instanceof FlowError && refusals.has(error.code)) return onRefused(error);
        log.warn({ error: String(error) }, 'this process could not tell the others that it lives');
      }
    }
  })();

  return {
    id: me.id,
    report: (report) => (load = report),

    async stopping() {
      await inTime(sql.query('update process set is_stopping = true where id = $1', [me.id]));
    },

    async leave() {
      closing.abort();
      await inTime(beating);
      await inTime(sql.query('delete from process where id = $1', [me.id]));
      await removeMarker(blobsDirectory, me.id);
    },

    list: () =>
      sql.query<ProcessRow>(
        `select id, host, pid, role, version, blobs, started_at as "startedAt", seen_at as "seenAt", polls, exchanges, standing,
                case when not ${isLive} then 'lost' when is_stopping then 'stopping' else 'running' end as state
           from process where seen_at > clock_timestamp() - interval '1 hour'
          order by host, role, started_at`,
      ),
  };
}

export type LiveProcess = Pick<ProcessFacts, 'host' | 'role' | 'keyChecks'>;

/** Those that have told that they live; one that was killed counts as alive for 15 s. */
export function liveProcesses(pool: Pool): Promise<LiveProcess[]> {
  return sqlOn(pool).query<LiveProcess>(
    `select host, role, string_to_array(key_check, ' ') as "keyChecks" from process where seen_at > clock_timestamp() - $1 * interval '1 ms' order by host, role`,
    [lostAfterMs],
  );
}

/** What `conflictOf` says; a database that is away for a moment refuses nobody. */
const refusals = new Set<ErrorCode>(['BLOBS_NOT_SHARED', 'BLOBS_NOT_SEEN', 'MASTER_KEY_DIFFERS']);

type Other = ProcessFacts & { mark: string; seenAt: Date; isLive: boolean };

interface Obstacle {
  error: FlowError;
  id: string;
  seenAt: Date;
}

/** Whatever it comes to: the others see for themselves that this process is gone. */
async function inTime(work: Promise<unknown>): Promise<void> {
  const late = new AbortController();
  await Promise.race([work.catch(() => undefined), sleep(leaveDeadlineMs, undefined, { signal: late.signal }).catch(() => undefined)]);
  late.abort();
}

/** The name alone may be that of another (`localhost`), and the boot that of all containers of a machine. */
function thisMachine(): string {
  return `${hostname()} ${bootId()}`;
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}
