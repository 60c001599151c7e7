import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { generateDrizzleJson, generateMigration } from 'drizzle-kit/api';
import { expect, test } from 'vitest';
import { migrationsFolder, schema } from './database.ts';

test('the committed migrations lead to the tables of the schema (else: npm run db:generate -- --name what-changed)', async () => {
  const meta = path.join(migrationsFolder, 'meta');
  const newest = readdirSync(meta)
    .filter((name) => name.endsWith('_snapshot.json'))
    .sort()
    .at(-1);
  const committed: ReturnType<typeof generateDrizzleJson> = JSON.parse(readFileSync(path.join(meta, String(newest)), 'utf8'));

  expect(await generateMigration(committed, generateDrizzleJson(schema, committed.id))).toEqual([]);
});
