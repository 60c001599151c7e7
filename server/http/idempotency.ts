import type { Request } from 'express';
import { FlowError } from '../../shared/errors.ts';
import type { DoneRequests } from '../ports/done-requests.ts';
import { visitorOf } from './visitor.ts';

/** Printable ASCII without spaces at the ends (draft-ietf-httpapi-idempotency-key-header). */
const validKey = /^[\x21-\x7e]([\x20-\x7e]{0,198}[\x21-\x7e])?$/;

interface Keyed {
  name: string;
  body: unknown;
  /** Whether the answer may be kept for a day: it holds no secret, and nothing of a mail. */
  isKept: boolean;
  request: Request;
}

/**
 * Runs a change once for each `Idempotency-Key`: a repetition gets the answer of the first. Without the header it simply runs.
 *
 * @returns the answer as JSON
 * @throws REQUEST_RUNS, REQUEST_KEY_REUSED, REQUEST_DONE
 */
export async function onceForKey(done: DoneRequests, { name, body, isKept, request }: Keyed, run: () => Promise<unknown>): Promise<string> {
  const key = request.get('idempotency-key');
  if (key === undefined) return JSON.stringify(await run());
  if (!validKey.test(key))
    throw new FlowError('BAD_REQUEST', { problems: [{ path: 'Idempotency-Key', message: 'must be 1 to 200 printable characters' }] });
  const content = JSON.stringify([request.method, request.path, request.query, body ?? null]);
  const keyed = { visitor: visitorOf(request).id, key, route: name, content };
  const known = await done.begin(keyed);
  if (known.state === 'running') throw new FlowError('REQUEST_RUNS', {});
  if (known.state === 'other') throw new FlowError('REQUEST_KEY_REUSED', {});
  if (known.state === 'done') {
    if (known.answer === null) throw new FlowError('REQUEST_DONE', {});
    return known.answer;
  }
  const answer = await run().then(
    (value) => JSON.stringify(value),
    async (error: unknown) => {
      await done.failed(keyed).catch(() => undefined);
      throw error;
    },
  );
  // Where this can't be written, a repetition is told that it runs: better than to do it twice.
  await done.done(keyed, isKept ? answer : null).catch(() => undefined);
  return answer;
}
