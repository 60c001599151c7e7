import { Client } from 'pg';
import { countRepeats, type Break } from '../bench/balance.ts';
import { receiverTimeoutMs, type SoakMailbox } from './mailboxes.ts';

/** What became of the mails of one mailbox: put = the sum over all statuses + quarantined + held, or it does not balance. */
export interface Balance {
  mailbox: string;
  put: number;
  statuses: Record<string, number>;
  quarantined: number;
  held: number;
  /** Put in, and nowhere to be found. */
  missing: number;
  /** More than were put in: a mail became two. */
  surplus: number;
  /** Final, and not yet told to the mail server. */
  owed: number;
  /** COMPLETED, but the receiver never said that it has it. */
  lost: number;
  /** At the receiver more than once, beyond calls that were in flight when something broke. */
  duplicates: number;
  in_flight_repeats: number;
}

export interface Books {
  /** Messages that have not ended. */
  open(): Promise<number>;
  owed(): Promise<number>;
  waiting(): Promise<string[]>;
  balance(box: SoakMailbox, breaks: readonly Break[], tell: (text: string) => void): Promise<Balance>;
  close(): Promise<void>;
}

export async function openBooks(url: string): Promise<Books> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  const count = async (sql: string, values: unknown[] = []) =>
    (await client.query<{ count: number }>(`select count(*)::int as count from ${sql}`, values)).rows[0]?.count ?? 0;

  return {
    open: () => count(`message_log where status in ('PROCESSING', 'RETRY')`),
    owed: () => count('ledger where owed is not null'),
    waiting: async () =>
      (await client.query<{ id: string }>(`select id from message_log where status in ('PROCESSING', 'RETRY')`)).rows.map(({ id }) => id),
    async balance(box, breaks, tell) {
      const { flowId } = box;
      const messages = await client.query<{ subject: string; status: string; isAside: boolean }>(
        `select m.subject, m.status, exists (select 1 from quarantine q where q.message_id = m.id and q.settled_at is null) as "isAside"
           from message_log m where m.flow_id = $1`,
        [flowId],
      );
      const aside = await client.query<{ subject: string; state: string }>(
        `select q.subject, l.state from quarantine q join ledger l on l.id = q.ledger_id
          where q.flow_id = $1 and q.message_id is null and q.settled_at is null`,
        [flowId],
      );
      const held = aside.rows.filter(({ state }) => state === 'held');
      const ended = messages.rows.filter(({ isAside }) => !isAside);
      const statuses: Record<string, number> = {};
      for (const { status } of ended) statuses[status] = (statuses[status] ?? 0) + 1;
      const quarantined = aside.rows.length - held.length + messages.rows.length - ended.length;
      const seen = [...messages.rows, ...aside.rows].map(({ subject }) => subject);
      const missing = [...box.put.keys()].filter((id) => !seen.includes(id));
      for (const id of missing) tell(`${box.name}: nothing is known of ${id} (${box.put.get(id) ?? ''})`);
      const twice = [...Map.groupBy(seen, (id) => id)].filter(([, sights]) => sights.length > 1);
      for (const [id, sights] of twice) tell(`${box.name}: ${id} is there ${sights.length} times`);
      const taken = box.sink.taken();
      const undelivered = ended.filter(({ status, subject }) => status === 'COMPLETED' && !taken.has(subject));
      for (const { subject } of undelivered) tell(`${box.name}: ${subject} is COMPLETED and was never delivered`);
      const { duplicates, inFlightRepeats } = countRepeats(
        box.sink.calls,
        breaks,
        (text) => tell(`${box.name}: ${text}`),
        receiverTimeoutMs,
      );
      return {
        mailbox: box.name,
        put: box.put.size,
        statuses,
        quarantined,
        held: held.length,
        missing: missing.length,
        surplus: twice.length,
        owed: await count('ledger l join channel c on c.id = l.channel_id where c.flow_id = $1 and l.owed is not null', [flowId]),
        lost: undelivered.length,
        duplicates,
        in_flight_repeats: inFlightRepeats,
      };
    },
    close: () => client.end(),
  };
}

export function isBalanced({ put, statuses, quarantined, held, missing, surplus, owed, lost, duplicates }: Balance): boolean {
  const final = Object.values(statuses).reduce((sum, one) => sum + one, 0);
  const isFinal = !('PROCESSING' in statuses) && !('RETRY' in statuses);
  return isFinal && put === final + quarantined + held && [missing, surplus, owed, lost, duplicates].every((one) => one === 0);
}
