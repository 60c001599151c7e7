import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseSync } from 'vite';

/** Path from the root of the repository, with `/` → text. */
export type SourceFiles = ReadonlyMap<string, string>;

export interface SourceFacts {
  /** What is imported or re-exported, types included: `./a.ts`, `node:fs`, `zod` … as written. */
  imports: string[];
  reExports: string[];
  /** The text without comments. */
  code: string;
}

const directories = ['client', 'server', 'shared', 'scripts', 'e2e'];
const rootFiles = ['vite.config.ts'];

export async function readSourceFiles(root: string): Promise<SourceFiles> {
  const found = await Promise.all(directories.map((directory) => sourcesBelow(root, directory)));
  const paths = [...found.flat(), ...rootFiles].sort();
  return new Map(
    await Promise.all(paths.map(async (file): Promise<[string, string]> => [file, await readFile(path.join(root, file), 'utf8')])),
  );
}

async function sourcesBelow(root: string, directory: string): Promise<string[]> {
  const entries = await readdir(path.join(root, directory), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && /\.(ts|tsx|js)$/.test(entry.name))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'))
    .filter((file) => !file.includes('node_modules/'));
}

/** @throws Error when the file can't be parsed */
export function readFacts(file: string, text: string): SourceFacts {
  const { module, comments, errors } = parseSync(file, text);
  if (errors.length > 0) throw new Error(`${file} can't be parsed: ${errors[0]?.message}`);
  const staticImports = module.staticImports.map(({ moduleRequest }) => moduleRequest.value);
  const reExports = module.staticExports.flatMap(({ entries }) => entries.flatMap(({ moduleRequest }) => moduleRequest?.value ?? []));
  const dynamicImports = module.dynamicImports.flatMap(({ moduleRequest }) => literal(text.slice(moduleRequest.start, moduleRequest.end)));
  // `import('./a.ts').A` as a type is no dynamic import to the parser.
  const code = withoutComments(text, comments);
  const typeImports = [...code.matchAll(/\bimport\(\s*(['"][^'"]+['"])\s*\)/g)].flatMap(([, quoted = '']) => literal(quoted));
  return { imports: [...new Set([...staticImports, ...reExports, ...dynamicImports, ...typeImports])], reExports, code };
}

function literal(quoted: string): string[] {
  const match = /^\s*(['"`])([^'"`$]+)\1\s*$/.exec(quoted);
  return match?.[2] === undefined ? [] : [match[2]];
}

function withoutComments(text: string, comments: { start: number; end: number }[]): string {
  let code = '';
  let position = 0;
  for (const { start, end } of comments) {
    code += text.slice(position, start);
    position = end;
  }
  return code + text.slice(position);
}

export function isTest(file: string): boolean {
  return /\.test\.tsx?$/.test(file) || file.startsWith('server/testing/') || file.startsWith('e2e/');
}

/** `@scope/name/part` → `@scope/name`; undefined for our own files and Node's modules. */
export function packageOf(imported: string): string | undefined {
  if (imported.startsWith('.') || imported.startsWith('/') || /^(node|virtual):/.test(imported)) return undefined;
  return imported
    .split('/')
    .slice(0, imported.startsWith('@') ? 2 : 1)
    .join('/');
}
