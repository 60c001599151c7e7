import type { Request } from 'express';
import type { Access } from '../../shared/api/route.ts';
import type { FlowError } from '../../shared/errors.ts';
import type { AuditActor, AuditBegin, AuditSubject } from '../ports/audit.ts';
import type { Visitor } from '../ports/security.ts';
import { auditValue } from './audit-value.ts';
import { recognise, requestIdOf } from './errors.ts';
import type { HttpParts } from './parts.ts';
import { knownVisitor, nameOf } from './visitor.ts';

/** Writes the audit log around the handlers of the routes. */

/** Changes of the same thing by the same person within this time are one line, where the route says `burst`. */
const burstMs = 10 * 60_000;
/** Above this the oldest are forgotten: a line too many, no harm. */
const maxBursts = 10_000;
/** Of what was asked for and is not checked yet. */
const maxIdChars = 200;

/** What a handler adds to the line of its request. */
export interface AuditNote {
  name?: string | undefined;
  id?: string | undefined;
  flowId?: string | undefined;
  before?: unknown;
  after?: unknown;
  /** Who it was, where that turns out on the way: whoever signs in. */
  actor?: Visitor | undefined;
}

export type Note = (note: AuditNote) => void;

export type AuditedRoute = Access & { method: string; path: string };

interface Audited {
  name: string;
  route: AuditedRoute;
  params: unknown;
  request: Request;
}

export interface AuditTrail {
  /** Runs `work` with a line before and after it, if the route wants one; nothing runs whose line could not be written. */
  around<T>(audited: Audited, work: (note: Note) => Promise<T>): Promise<T>;
  /** What did not even begin. */
  refused(audited: Audited, error: FlowError): Promise<void>;
}

export function createAuditTrail({ audit, clock, log }: Pick<HttpParts, 'audit' | 'clock' | 'log'>): AuditTrail {
  const bursts = createBursts(() => clock.now().getTime());

  return {
    async around(audited, work) {
      const { route } = audited;
      const line = lineOf(audited);
      const { subject } = line;
      const kind = kindOf(route);
      const burst =
        kind === 'burst' ? `${burstOf(line)} ${line.subject.id} ${line.address} ${knownVisitor(audited.request)?.sessionId ?? ''}` : '';
      if (kind === 'none' || (burst !== '' && bursts.isIn(burst))) return work(() => undefined);
      if (route.may === 'anyone') return ofStranger(line, work);

      const notes: AuditNote = {};
      const id = await audit.begin(line);
      const end = async (outcome: 'done' | 'refused', code: string | null, answer?: unknown) =>
        audit.end(id, { outcome, code, subject: named(subject, notes, answer), ...valuesOf(notes) });
      // What happened is told in any case; the line stays as begun where its end can't be written.
      const answer = await work((note) => Object.assign(notes, note)).catch(async (error: unknown) => {
        await end('refused', recognise(error).code).catch(untold);
        throw error;
      });
      await end('done', null, answer).catch(untold);
      if (burst !== '') bursts.begin(burst);
      return answer;
    },

    async refused(audited, { code }) {
      const line = lineOf(audited);
      // Without the subject: what is not there may be asked for under any number of ids.
      if (kindOf(audited.route) === 'none' || bursts.isOrBegins(`${burstOf(line)} ${code}`)) return;
      await audit.end(await audit.begin(line), { outcome: 'refused', code });
    },
  };

  /** Who it is, and that it is worth a line, is known at the end only. */
  async function ofStranger<T>(line: AuditBegin, work: (note: Note) => Promise<T>): Promise<T> {
    const notes: AuditNote = {};
    const write = async (outcome: 'done' | 'refused', code: string | null) => {
      const id = await audit.begin({
        ...line,
        actor: notes.actor ? actorOf(notes.actor) : line.actor,
        subject: named(line.subject, notes, undefined),
      });
      await audit.end(id, { outcome, code, ...valuesOf(notes) });
    };
    const answer = await work((note) => Object.assign(notes, note)).catch(async (error: unknown) => {
      const { code } = recognise(error);
      // Each wrong password is told, and they are limited where they are counted; everything else may come in any number.
      const isFlood = code !== 'SIGN_IN_FAILED' && bursts.isOrBegins(`${line.address} ${line.action} ${code}`);
      if (!isFlood) await write('refused', code).catch(untold);
      throw error;
    });
    await write('done', null);
    return answer;
  }

  function untold(cause: unknown): void {
    log.error({ cause: String(cause) }, 'The audit log could not be written');
  }
}

function lineOf({ name, route, params, request }: Audited): AuditBegin {
  const actor = actorOf(knownVisitor(request));
  return { actor, address: request.ip ?? '', requestId: requestIdOf(request), action: name, subject: subjectOf(route.path, params) };
}

function kindOf({ audit, method }: AuditedRoute) {
  return audit ?? (method === 'GET' ? 'none' : 'change');
}

function burstOf({ actor, action }: AuditBegin): string {
  return `${actor.id} ${action}`;
}

function actorOf(visitor: Visitor | undefined): AuditActor {
  if (!visitor) return { kind: 'anyone', id: '', name: '', role: null };
  return { kind: visitor.kind, id: visitor.id, name: nameOf(visitor), role: visitor.role };
}

/** What a route is about, by its path: `/flows/:id/deploy` is about the flow `:id`. */
function subjectOf(path: string, params: unknown): AuditSubject {
  const [, kind = ''] = path.split('/');
  const [id = ''] =
    typeof params === 'object' && params !== null ? Object.values(params).map((value) => String(value).slice(0, maxIdChars)) : [];
  return { kind, id, name: '', flowId: kind === 'flows' && id !== '' ? id : null };
}

/** With what the handler noted; where something was created, with the id and name it was given. */
function named(subject: AuditSubject, notes: AuditNote, answer: unknown): AuditSubject {
  const given = subject.kind === 'messages' ? {} : idAndName(answer);
  const id = notes.id ?? (subject.id || given.id || '');
  const flowId = notes.flowId ?? subject.flowId ?? (subject.kind === 'flows' && given.id ? given.id : null);
  return { kind: subject.kind, id, name: notes.name ?? given.name ?? '', flowId };
}

function idAndName(answer: unknown): { id?: string; name?: string } {
  if (typeof answer !== 'object' || answer === null) return {};
  const { id, name } = answer as { id?: unknown; name?: unknown };
  const known = typeof name === 'string' ? name : undefined;
  const by = typeof id === 'string' ? id : known;
  return { ...(by === undefined ? {} : { id: by }), ...(known === undefined ? {} : { name: known }) };
}

function valuesOf({ before, after }: AuditNote) {
  return { before: auditValue(before), after: auditValue(after) };
}

function createBursts(now: () => number) {
  const begun = new Map<string, number>();

  function isIn(key: string): boolean {
    const at = begun.get(key);
    return at !== undefined && now() - at < burstMs;
  }

  function begin(key: string): void {
    begun.delete(key);
    begun.set(key, now());
    const [oldest] = begun.keys();
    if (begun.size > maxBursts && oldest !== undefined) begun.delete(oldest);
  }

  return {
    isIn,
    begin,
    /** Whether one was there before. */
    isOrBegins(key: string): boolean {
      if (isIn(key)) return true;
      begin(key);
      return false;
    },
  };
}
