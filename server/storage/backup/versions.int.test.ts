import path from 'node:path';
import { Client } from 'pg';
import { expect, test } from 'vitest';
import { backUp } from '../../backup.ts';
import { readConfig } from '../../config.ts';
import { restoreMailroom } from '../../restore.ts';
import { createTestDatabase } from '../../testing/database.ts';
import { startDebianPostgres } from '../../testing/debian-postgres.ts';
import { silentLog } from '../../testing/silent-log.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { openDatabase } from '../database.ts';
import { loadMasterKey } from '../master-key.ts';

test('a backup of an older PostgreSQL is restored into the embedded one, and the other way round', async () => {
  const older = await startDebianPostgres();
  const newer = await createTestDatabase('empty');
  const [firstData, secondData, backups] = await Promise.all([temporaryDirectory(), temporaryDirectory(), temporaryDirectory()]);
  const options = { signal: new AbortController().signal, log: silentLog, progress: () => undefined };
  const configOf = (url: string, dataDirectory: string) =>
    readConfig({ DATABASE_URL: url, MAILROOM_DATA_DIR: dataDirectory }, { isRoot: false, homeDirectory: '/' });
  const ask = async (url: string, text: string) => {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text)).rows;
    } finally {
      await client.end();
    }
  };
  const rows = `select key, value, current_setting('server_version_num')::int / 10000 as major from setting`;
  try {
    await loadMasterKey(firstData);
    await (await openDatabase({ url: older.url, log: silentLog })).close();
    const value = { text: 'Grüße\t\\n "€" \u2028', number: 1.5 };
    await ask(older.url, `insert into setting values ('a', '${JSON.stringify(value)}')`);

    await backUp({ config: configOf(older.url, firstData), directory: path.join(backups, 'up'), ...options });
    const up = { config: configOf(newer.url, secondData), replaces: false, undeployed: false, ...options };
    await restoreMailroom({ ...up, source: path.join(backups, 'up') });
    expect(await ask(newer.url, rows)).toEqual([{ key: 'a', value, major: 18 }]);
    expect(older.majorVersion).toBeLessThan(18);

    await ask(newer.url, `insert into setting values ('b', '2')`);
    await backUp({ config: configOf(newer.url, secondData), directory: path.join(backups, 'down'), ...options });
    const down = { config: configOf(older.url, firstData), replaces: true, undeployed: false, ...options };
    await restoreMailroom({ ...down, source: path.join(backups, 'down') });
    expect(await ask(older.url, `${rows} order by key`)).toEqual([
      { key: 'a', value, major: older.majorVersion },
      { key: 'b', value: 2, major: older.majorVersion },
    ]);
  } finally {
    await newer.drop();
    await older.stop();
  }
}, 60_000);
