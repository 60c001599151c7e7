import type { MailUser } from '../../server/testing/mail-server.ts';
import type { Call } from './call-sink.ts';
import type { BenchMail } from './corpus.ts';

/** Whether mails were lost or came twice, seen from outside: from the mailbox and from the receiver. */

/** A moment or a time (performance.now) in which a call may have been cut off from whoever would have recorded it. */
export interface Break {
  at: number;
  /** Default: `at`. */
  until?: number;
}

/** An answer that left this shortly before a break may not have been read or recorded any more. */
const recordingMs = 1_000;

/**
 * Repetitions of a call that was under way at a break, under its key, are what no durable sender can avoid; every other arrival
 * beyond the first is a duplicate. What was answered with an error has not arrived.
 *
 * @param timeoutMs how long the sender waits for an answer: on a busy machine the receiver may be later
 */
export function countRepeats(
  calls: readonly Call[],
  breaks: readonly Break[],
  tell: (what: string) => void = () => undefined,
  timeoutMs = Number.POSITIVE_INFINITY,
): { duplicates: number; inFlightRepeats: number } {
  let duplicates = 0;
  let inFlightRepeats = 0;
  for (const ofMail of Map.groupBy(calls, ({ mail }) => mail).values()) {
    const [first, ...later] = ofMail.filter(({ answeredAt, isTaken }) => isTaken || answeredAt === undefined);
    let before = first;
    for (const call of later) {
      if (before && isExcused(before, call, breaks, timeoutMs)) inFlightRepeats += 1;
      else {
        duplicates += 1;
        tell(`duplicate: ${JSON.stringify({ before, call, breaks })}`);
      }
      before = call;
    }
  }
  return { duplicates, inFlightRepeats };
}

function isExcused(before: Call, call: Call, breaks: readonly Break[], timeoutMs: number): boolean {
  if (call.key !== before.key) return false;
  // Hung up on, or never answered: the sender could not know.
  if (!before.isTaken) return true;
  const { at, answeredAt = Number.POSITIVE_INFINITY } = before;
  // Nobody listened any more.
  if (answeredAt - at >= timeoutMs) return true;
  return breaks.some((one) => at <= (one.until ?? one.at) && answeredAt + recordingMs >= one.at && call.at > one.at);
}

/** Lost: not delivered and already flagged or gone on the server. Pending: not delivered and still to come. */
export async function missingOf(
  user: MailUser,
  corpus: readonly BenchMail[],
  taken: Set<string>,
): Promise<{ lost: number; pending: number }> {
  const onServer = new Map(
    (await user.files()).map((file) => [/^Message-ID: <([^@]+)@/m.exec(file.raw.toString('latin1'))?.[1], file.flags]),
  );
  const missing = corpus.filter(({ id }) => !taken.has(id));
  const lost = missing.filter(({ id }) => onServer.get(id) === undefined || /[ST]/.test(onServer.get(id) ?? ''));
  return { lost: lost.length, pending: missing.length - lost.length };
}
