import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const stampFile = path.join(root, 'dist', 'client.sha256');
/** All that the built client depends on. */
const sources = ['client', 'shared', 'vite.config.ts', 'package-lock.json'];

/** Builds the web interface into `dist/client`, unless what is there was built from the same sources. */
export async function buildClient(say: (text: string) => void = console.log): Promise<void> {
  const wanted = await fingerprint();
  const built = await readFile(stampFile, 'utf8').catch(() => '');
  if (built === wanted) return;

  say('Building the web interface …');
  const { build } = await import('vite');
  await build({ configFile: path.join(root, 'vite.config.ts'), logLevel: 'error' });
  await writeFile(stampFile, wanted);
}

async function fingerprint(): Promise<string> {
  const hash = createHash('sha256');
  for (const source of sources) {
    for (const file of await filesBelow(source)) hash.update(`${file}\0`).update(await readFile(path.join(root, file)));
  }
  return hash.digest('hex');
}

/** @param name of a file or directory, relative to the root */
async function filesBelow(name: string): Promise<string[]> {
  const entries = await readdir(path.join(root, name), { recursive: true, withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  if (!entries) return [name];
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .filter((file) => !file.includes('node_modules'))
    .sort();
}
