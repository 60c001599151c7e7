import { randomBytes } from 'node:crypto';
import type { Sql } from './sql.ts';

/**
 * Ids of messages are UUIDs of version 7 (RFC 9562, section 5.7): they begin with the time of arrival, so that the log can be cut into days
 * by id alone, a look-up by id reads one day, and a list in order of arrival reads the newest days only.
 *
 * The time is the database's, to the millisecond, and equals `received_at`: whatever the clocks of the workers say, both tell the same day.
 */

/** Ids from here on say no time: they were given out before ids had one. All of them sort behind every time until the year 2109. */
export const firstFormerId = '04000000-0000-0000-0000-000000000000';

/** Counted up within a batch so that its order is kept (RFC 9562, section 6.2, method 1). */
const mostOfOneMoment = 4_096;

/** The moment at which what this transaction takes in arrives. */
export async function arrivalTime(sql: Sql): Promise<Date> {
  const [row] = await sql.query<{ at: Date }>(`select date_trunc('milliseconds', now()) as at`);
  if (!row) throw new Error('The database does not tell the time.');
  return row.at;
}

/** @param index place within a batch, from 0 */
export function messageIdAt(at: Date, index = 0): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(at.getTime(), 0, 6);
  bytes.writeUInt16BE(0x7000 | (index % mostOfOneMoment), 6);
  bytes.writeUInt8(0x80 | (bytes.readUInt8(8) & 0x3f), 8);
  return uuidOf(bytes);
}

/** No message that arrived at `at` or later has a lower id. */
export function lowestIdAt(at: Date): string {
  const bytes = Buffer.alloc(16);
  bytes.writeUIntBE(Math.max(0, at.getTime()), 0, 6);
  return uuidOf(bytes);
}

function uuidOf(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
