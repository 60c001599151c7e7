import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSuspectStore } from '../storage/suspect-store.ts';
import { testDatabase, type TestDatabase } from '../testing/database.ts';
import { eventually } from '../testing/eventually.ts';
import { useMailRoom } from '../testing/mail-room.ts';
import { mailWith } from '../testing/mail-with.ts';
import { silentLog } from '../testing/silent-log.ts';
import { makeSuspects, suspicionOf } from './suspects.ts';

const never = new AbortController().signal;

describe('attempts that do not come back', () => {
  let db: TestDatabase;
  beforeAll(async () => {
    db = await testDatabase();
  });
  afterAll(() => db.close());

  /** A process of its own, as far as suspects are concerned. */
  const newProcess = () => makeSuspects({ store: openSuspectStore(db.database.pool), log: silentLog });
  const isBegun = async (messageId: string, losses: number) => {
    const { rows } = await db.database.pool.query('select losses from suspect where message_id = $1', [messageId]);
    return rows[0]?.losses === losses;
  };
  /** The process dies while it works on the message. */
  async function dieWith(messageId: string, losses: number, attempt = 1): Promise<void> {
    void newProcess().alone({ messageId, attempt }, never, () => new Promise(() => undefined));
    await eventually(() => isBegun(messageId, losses));
  }

  test('are counted over processes, and the fourth is not made any more', async () => {
    const messageId = randomUUID();
    for (const losses of [0, 1, 2]) await dieWith(messageId, losses);
    let isRun = false;
    const fourth = newProcess().alone({ messageId, attempt: 1 }, never, async () => (isRun = true));
    await expect(fourth).rejects.toMatchObject({ code: 'MAIL_BREAKS_WORKER', retryable: false });
    expect(isRun).toBe(false);
    // A person has it tried again.
    expect(await newProcess().alone({ messageId, attempt: 2 }, never, async () => 'read')).toBe('read');
  });

  test('one that comes back, with an error or without, forgets those before', async () => {
    const messageId = randomUUID();
    await dieWith(messageId, 0);
    await dieWith(messageId, 1);
    await expect(newProcess().alone({ messageId, attempt: 1 }, never, () => Promise.reject(new Error('refused')))).rejects.toThrow(
      'refused',
    );
    await dieWith(messageId, 0);
  });

  test('what another attempt has lost says nothing about this one', async () => {
    const messageId = randomUUID();
    await dieWith(messageId, 0);
    await dieWith(messageId, 1);
    await dieWith(messageId, 0, 2);
  });

  test('suspects are run one at a time, so that only the one in hand is blamed', async () => {
    const suspects = newProcess();
    const [poison, innocent] = [randomUUID(), randomUUID()];
    void suspects.alone({ messageId: poison, attempt: 1 }, never, () => new Promise(() => undefined));
    await eventually(() => isBegun(poison, 0));
    const stopping = new AbortController();
    const waiting = suspects.alone({ messageId: innocent, attempt: 1 }, stopping.signal, async () => undefined);
    stopping.abort(new Error('the worker is stopping'));
    await expect(waiting).rejects.toThrow('the worker is stopping');
    expect(await isBegun(innocent, 0)).toBe(false);
  });

  test('a message that is run for the first time is no suspect, and one that comes again and again is watched to its end', () => {
    expect([0, 1, 3, 4, 9].map(suspicionOf)).toEqual(['none', 'reading', 'reading', 'whole', 'whole']);
  });
});

describe('a mail that kills its worker', () => {
  const room = useMailRoom({ role: 'web' });
  const sql = async (text: string, values: unknown[] = []) => {
    const client = new Client({ connectionString: room.database.url });
    await client.connect();
    try {
      return (await client.query(text, values)).rowCount ?? 0;
    } finally {
      await client.end();
    }
  };

  test('is set aside after four tries, the mails behind it flow on in order, and a person can have it tried again', async () => {
    for (const subject of ['Poison', 'Order 1']) await room.user.deliver(mailWith(subject));
    let worker = await room.startWorker(['exchange.read']);
    await room.deploy('imap4', { processingOrder: 'in-order' });
    const nextLife = async () => {
      expect((await worker.halted()).point).toBe('exchange.read');
      await worker.kill();
      // As if the time had passed after which a job without a heartbeat is handed out again.
      await sql(`update pgboss.job set heartbeat_on = now() - interval '1 hour' where state = 'active'`);
      worker = await room.startWorker(['exchange.read']);
    };
    await nextLife();
    await nextLife();
    const { id } = await room.message('Poison');
    // Two more lives, told short: the one that is counted now is the third of a suspect, and the fourth of the mail.
    expect(await sql('update suspect set losses = 1 where message_id = $1 and losses = 0', [id])).toBe(1);
    await nextLife();

    // The next that is read is the one behind it.
    const behind = await worker.halted();
    const [aside] = await room.setAside();
    expect(aside).toMatchObject({ subject: 'Poison', hasRaw: true, messageId: id, reason: { code: 'MAIL_BREAKS_WORKER' } });
    expect(aside?.reason.message).toContain('4 times');
    behind.goOn();
    await room.inStatus('COMPLETED', 1);
    expect(room.subjects()).toEqual(['Order 1']);

    await room.mailroom.call('releaseQuarantined', { params: { id: aside?.id ?? '' } });
    (await worker.halted()).goOn();
    await room.inStatus('COMPLETED', 2);
    expect(await room.setAside()).toEqual([]);
  });
});
