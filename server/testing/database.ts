import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { inject } from 'vitest';
import { openDatabase, type Database } from '../storage/database.ts';
import { silentLog } from './silent-log.ts';

export interface TestDatabase {
  database: Database;
  /** Closes the pool and drops the database. */
  close: () => Promise<void>;
}

/** A fresh, migrated database of one's own: a copy of the run's template. */
export async function testDatabase(): Promise<TestDatabase> {
  const { url, drop } = await createTestDatabase('template');
  const database = await openDatabase({ url, log: silentLog });
  return {
    database,
    async close() {
      await database.close();
      await drop();
    },
  };
}

/** @param content `template` has the tables, `empty` has nothing */
export async function createTestDatabase(content: 'template' | 'empty'): Promise<{ url: string; drop: () => Promise<void> }> {
  const url = new URL(inject('templateUrl'));
  const template = content === 'template' ? url.pathname.slice(1) : 'template0';
  const name = `test_${randomBytes(8).toString('hex')}`;
  await administer(`create database ${name} template ${template}`);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => administer(`drop database ${name} with (force)`) };
}

async function administer(statement: string): Promise<void> {
  const url = new URL(inject('templateUrl'));
  url.pathname = '/postgres';
  const client = new Client({ connectionString: url.href });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
