import { randomBytes } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { FlowError } from '../shared/errors.ts';
import { auditedCommand } from './audited-command.ts';
import { reachEmbedded, requireThere } from './backup.ts';
import type { Config } from './config.ts';
import type { Logger } from './ports/common.ts';
import { fingerprintOf } from './storage/backup/format.ts';
import { openSidePool, type SidePool } from './storage/backup/session.ts';
import { openDataDirectory } from './storage/data-directory.ts';
import { createSecretFile, syncDirectory } from './storage/durable-file.ts';
import { startEmbeddedPostgres } from './storage/embedded/embedded-postgres.ts';
import { rememberFormerKeys } from './storage/key-lineage.ts';
import { keyCheckOf, keyFilesOf, loadKeyRing, readKeyFile, type KeyRing } from './storage/key-ring.ts';
import { masterKeyBytes } from './storage/master-key.ts';
import { liveProcesses, type LiveProcess } from './storage/processes.ts';
import { checkSealed, reseal } from './storage/reseal.ts';
import { sqlOn } from './storage/sql.ts';

/**
 * Changes the master key: everything that is sealed gets sealed with the new one, and the former opens nothing any more.
 * Killed at any moment it goes on when it is called again, and Mailroom starts with both keys until then.
 */

export interface RotateKeyOptions {
  config: Config;
  signal: AbortSignal;
  log: Logger;
  progress: (text: string) => void;
  /** For tests: told each time something has been done for good. */
  onStep?: (step: RotationStep) => void;
}

const applicationName = 'mailroom rotate-key';

/** In their order; the first three only where the key is kept in a file. */
export const rotationSteps = ['checked', 'former kept', 'new key in place', 'sealed a column', 'sealed', 'former removed'] as const;
export type RotationStep = (typeof rotationSteps)[number];

export interface RotationReport {
  /** Secrets there are. */
  count: number;
  /** Those that were sealed anew now. */
  resealed: number;
  /** An earlier change was killed and has been finished. */
  wasUnfinished: boolean;
}

/** @throws FlowError KEY_CHANGE_NEEDS_STOP, KEY_CHANGE_TOO_EARLY, KEY_CHANGE_NEEDS_BOTH, MASTER_KEY_WRONG; nothing has been changed then */
export function rotateKey(options: RotateKeyOptions): Promise<RotationReport> {
  return options.config.masterKey ? rotateGivenKey(options) : rotateKeyFile(options);
}

/** While nothing else runs: the command makes the key. */
async function rotateKeyFile({ config, signal, log, progress, onStep = () => undefined }: RotateKeyOptions): Promise<RotationReport> {
  const { dataDirectory } = config;
  const files = keyFilesOf(dataDirectory);
  await using opened = new AsyncDisposableStack();
  const pool = await reachAlone(config, opened, log);

  progress('Opening every secret');
  const before = await loadKeyRing(config);
  const count = await checkSealed(sqlOn(pool), before);
  onStep('checked');

  signal.throwIfAborted();
  const former = await readKeyFile(files.former);
  const isInPlace = former !== undefined && !former.equals(before.current);
  if (!isInPlace) {
    await createSecretFile(files.former, `${before.current.toString('base64')}\n`);
    onStep('former kept');
    await replaceKey(files, dataDirectory);
    onStep('new key in place');
  }
  // From here on it goes to the end: there is no way back, and it is quick.
  const keys = await loadKeyRing(config);
  const resealed = await auditedCommand(pool, 'rotateKey', { kind: 'master-key', id: '', name: 'master key' }, () =>
    sealAll(pool, keys, progress, onStep),
  );
  await rm(files.former);
  await syncDirectory(dataDirectory);
  onStep('former removed');
  return { count, resealed, wasUnfinished: isInPlace };
}

async function replaceKey(files: ReturnType<typeof keyFilesOf>, dataDirectory: string): Promise<void> {
  await rm(files.unfinished, { force: true });
  await writeFile(files.unfinished, `${randomBytes(masterKeyBytes).toString('base64')}\n`, { mode: 0o600, flag: 'wx', flush: true });
  await rename(files.unfinished, files.current);
  await syncDirectory(dataDirectory);
}

/** While Mailroom runs on any number of machines: whoever sets the environment makes the key, and all processes have both. */
async function rotateGivenKey({ config, signal, log, progress, onStep = () => undefined }: RotateKeyOptions): Promise<RotationReport> {
  if (!config.otherMasterKey) throw new FlowError('KEY_CHANGE_NEEDS_BOTH', {});
  const keys = await loadKeyRing(config);
  await using opened = new AsyncDisposableStack();
  const databaseUrl = config.databaseUrl ?? (await reachEmbedded(config.dataDirectory, opened, log, signal));
  const pool = openSidePool(databaseUrl, applicationName);
  opened.defer(() => pool.end());
  const mine = keyCheckOf(keys.current);
  const old = (await liveProcesses(pool)).filter(({ keyChecks }) => keyChecks[0] !== mine);
  if (old.length > 0) throw new FlowError('KEY_CHANGE_TOO_EARLY', { processes: namesOf(old) });
  progress('Opening every secret');
  const count = await checkSealed(sqlOn(pool), keys);
  onStep('checked');
  signal.throwIfAborted();
  const resealed = await auditedCommand(pool, 'rotateKey', { kind: 'master-key', id: '', name: 'master key' }, () =>
    sealAll(pool, keys, progress, onStep),
  );
  return { count, resealed, wasUnfinished: false };
}

/** @throws FlowError MASTER_KEY_WRONG when something still needs another key, which then stays */
async function sealAll(
  pool: SidePool,
  keys: KeyRing,
  progress: (text: string) => void,
  onStep: (step: RotationStep) => void,
): Promise<number> {
  const resealed = await reseal(pool, keys, ({ table, column }) => {
    progress(`Sealed ${table}.${column}`);
    onStep('sealed a column');
  });
  await checkSealed(sqlOn(pool), { current: keys.current, others: [] });
  await rememberFormerKeys(pool, keys.others.map(fingerprintOf));
  onStep('sealed');
  return resealed;
}

/**
 * The database, with the data directory held so that no Mailroom starts there meanwhile.
 *
 * @throws FlowError DATA_DIRECTORY_IN_USE, KEY_CHANGE_NEEDS_STOP
 */
async function reachAlone(config: Config, opened: AsyncDisposableStack, log: Logger): Promise<SidePool> {
  await requireThere(keyFilesOf(config.dataDirectory).current, config.dataDirectory);
  const directory = await openDataDirectory(config.dataDirectory);
  opened.defer(() => directory.release());
  let url = config.databaseUrl;
  if (url === undefined) {
    const server = await startEmbeddedPostgres({ dataDirectory: config.dataDirectory, log });
    opened.defer(() => server.stop());
    url = server.url;
  }
  const pool = openSidePool(url, applicationName);
  opened.defer(() => pool.end());
  const running = config.databaseUrl === undefined ? [] : await liveProcesses(pool);
  if (running.length > 0) throw new FlowError('KEY_CHANGE_NEEDS_STOP', { processes: namesOf(running) });
  return pool;
}

function namesOf(processes: LiveProcess[]): string {
  return processes.map(({ role, host }) => `${role} on ${host}`).join(', ');
}
