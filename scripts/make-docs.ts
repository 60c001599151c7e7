import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { adaptersPage } from './docs-adapters.ts';
import { flowFileJsonSchema } from '../shared/flow-file.ts';
import { errorsPage } from './docs-errors.ts';
import { metricsPage } from './docs-metrics.ts';
import { securityPage } from './docs-security.ts';

/** Writes the reference pages that come from the code: `npm run docs`. A test fails while one is stale. */

const docs = path.join(import.meta.dirname, '..', 'docs');

/** Path → text, formatted as the repository's other files are. */
export async function generatedPages(): Promise<Map<string, string>> {
  const security = path.join(docs, 'security.md');
  const pages = [
    { file: path.join(docs, 'errors.md'), text: errorsPage() },
    { file: path.join(docs, 'metrics.md'), text: metricsPage() },
    { file: path.join(docs, 'adapters.md'), text: adaptersPage() },
    { file: path.join(docs, 'flow.schema.json'), text: JSON.stringify(flowFileJsonSchema()) },
    { file: security, text: securityPage(await readFile(security, 'utf8')) },
  ];
  return new Map(await Promise.all(pages.map(async ({ file, text }): Promise<[string, string]> => [file, await formatted(file, text)])));
}

async function formatted(file: string, text: string): Promise<string> {
  return format(text, { ...(await resolveConfig(file)), filepath: file });
}

if (import.meta.main) {
  for (const [file, text] of await generatedPages()) await writeFile(file, text);
}
