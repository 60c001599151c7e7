import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { Request, Response } from 'express';
import type { z } from 'zod';
import {
  maxOfferedMails,
  type simulationBodySchema,
  type KeptMail,
  type OfferedMail,
  type SimulatedStep,
  type SimulationEvent,
} from '../../shared/api/simulations.ts';
import { FlowError } from '../../shared/errors.ts';
import type { FlowDocument } from '../../shared/flow.ts';
import { fillIn, filledLength } from '../../shared/parameters.ts';
import type { BlobRef } from '../ports/blobs.ts';
import type { ListedMail, MailboxSession, MailOrigin, SenderContext } from '../ports/mailbox.ts';
import { makeDraftPlan, type Plan } from '../runtime/plan.ts';
import { rawMail } from '../runtime/raw-mail.ts';
import { simulate, type Simulation } from '../runtime/simulate.ts';
import { whenLeft } from './downloads.ts';
import { viewOfThrown } from './errors.ts';
import { existingMessage } from './messages.ts';
import type { HttpParts } from './parts.ts';
import type { Handlers, StreamHandlers } from './route.ts';

/** Longer than the longest call of a receiver. */
const deadlineMinutes = 10;
const deadlineMs = deadlineMinutes * 60_000;
/** Each may hold a large mail in memory and a connection to a mail server. */
const maxAtOnce = 4;
/** Of a mail handed in; no channel takes larger ones. */
const maxMailBytes = 1_000 * 1024 * 1024;
/** Mails whose heads are read to find those that Search wants; a person waits. */
const maxLooked = 500;
/** More than a request may hold several times over. */
const maxFilledChars = 16 * 1024 * 1024;
/** A line without content, so that nobody takes a long call for a connection that is gone. */
const beatMs = 20_000;

/** `POST /simulations` answers as it goes; `POST /simulations/mails` takes a mail of any size. */
export function simulationStreams(parts: HttpParts): Pick<StreamHandlers, 'simulate' | 'keepMail'> {
  let running = 0;

  return {
    async simulate({ body, response, note }) {
      note(auditedMail(body));
      const plan = makeDraftPlan(filled(body), parts.behaviours);
      if (running >= maxAtOnce) throw new FlowError('TOO_MANY_SIMULATIONS', { limit: maxAtOnce });
      running += 1;
      try {
        await run(parts, plan, body, response);
      } finally {
        running -= 1;
      }
    },

    async keepMail({ request, response }) {
      response.json(await keep(parts, request, response));
    },
  };
}

export function simulationRoutes(parts: HttpParts): Pick<Handlers, 'listMailsToSimulate' | 'traceMessage'> {
  return {
    async listMailsToSimulate({ body: { document, values, which }, response }) {
      const { adapter, config } = readyToVisit(document, values, parts);
      const session = await adapter.open(config, { ...visit(parts, response), peek: which });
      // A system that can't search is asked for heads, from the newest back until there are enough.
      const isJudgedByHead = which === 'wanted' && adapter.plan(config).headSearch !== null;
      return leaving(session, async () => {
        const { mails, notes, uidValidity } = await session.list();
        const offered: OfferedMail[] = [];
        let looked = 0;
        while (offered.length < maxOfferedMails && looked < Math.min(mails.length, maxLooked)) {
          const batch = mails.slice(0, mails.length - looked).slice(-maxOfferedMails);
          looked += batch.length;
          const heads = await headsOf(session, batch);
          for (const mail of batch.toReversed()) {
            const head = heads.get(mail.uid);
            // Without a head nobody can tell, and a poll would take it.
            if (isJudgedByHead && head !== undefined && !adapter.isWanted(mail, head, config)) continue;
            const { subject = '', from = '', date = null } = head ? adapter.readHead(head) : {};
            const { uid, sizeBytes, arrivedAt } = mail;
            offered.push({ uid, epoch: uidValidity, subject, from, date: date ?? arrivedAt?.toISOString() ?? null, sizeBytes });
          }
        }
        const partly = isJudgedByHead && looked < mails.length ? [`The newest ${looked} of ${mails.length} mails were looked at.`] : [];
        return {
          mails: offered.slice(0, maxOfferedMails),
          total: isJudgedByHead ? offered.length : mails.length,
          notes: [...notes, ...partly],
        };
      });
    },

    async traceMessage({ params: { id }, query, response }) {
      const message = await existingMessage(parts, id);
      const version = query.version ?? message.version;
      const [drawn, origin] = await Promise.all([parts.flows.version(message.flowId, version), parts.messages.originOf(id)]);
      if (!drawn) throw new FlowError('NOT_FOUND', { what: 'version', id: String(version) });
      const steps: SimulatedStep[] = [];
      const end = await simulate(
        parts,
        {
          plan: makeDraftPlan(fillIn(drawn.document, drawn.parameterValues), parts.behaviours),
          raw: rawMail(parts.blobs, { hash: message.rawHash, sizeBytes: message.sizeBytes }),
          origin,
          facts: { exchangeId: id, flowName: message.flowName, receivedAt: message.receivedAt },
          callOf: () => 'recorded',
        },
        (step) => {
          steps[step.position] = step;
        },
        untilLeft(response),
      );
      return { steps, ...end };
    },
  };
}

async function run(parts: HttpParts, plan: Plan, body: z.output<typeof simulationBodySchema>, response: Response): Promise<void> {
  const signal = untilLeft(response);
  const lines = lineWriter(response, signal);
  try {
    const { raw, origin, receivedAt } = await mailOf(parts, plan, body.mail, { ...visit(parts, response), signal });
    await lines.write({ kind: 'mail', ...raw });
    const live = new Set(body.live);
    const simulation: Simulation = {
      plan,
      raw: rawMail(parts.blobs, raw),
      origin,
      facts: { exchangeId: randomUUID(), flowName: body.flowName, receivedAt: receivedAt ?? parts.clock.now() },
      callOf: (nodeId) => (live.has(nodeId) ? 'live' : 'mocked'),
    };
    await lines.write({
      kind: 'end',
      ...(await simulate(parts, simulation, async (step) => lines.write({ kind: 'step', ...step }), signal)),
    });
  } catch (error) {
    // Nobody is there to be told, and leaving is no failure.
    if (response.destroyed) return;
    await lines.write({ kind: 'end', status: 'FAILED', error: viewOfThrown(error, parts.log, 'A simulation failed') });
  } finally {
    lines.end();
  }
}

/** Which mail is shown, and who is really called, for the audit log. */
function auditedMail({ mail, live }: z.output<typeof simulationBodySchema>) {
  const which = {
    typed: {},
    kept: { hash: 'hash' in mail ? mail.hash : '' },
    message: { id: 'id' in mail ? mail.id : '' },
    mailbox: { uid: 'uid' in mail ? mail.uid : '' },
  };
  return { id: mail.kind === 'message' ? mail.id : undefined, after: { mail: mail.kind, ...which[mail.kind], live } };
}

/** @throws BAD_REQUEST where its parameters would make it larger than any drawing is */
function filled({ document, values }: { document: FlowDocument; values: Record<string, string> }): FlowDocument {
  if (filledLength(document, values) > maxFilledChars) {
    const message = `with its parameters the drawing would have more than ${maxFilledChars} characters`;
    throw new FlowError('BAD_REQUEST', { problems: [{ path: 'values', message }] });
  }
  return fillIn(document, values);
}

interface Chosen {
  raw: BlobRef;
  origin?: MailOrigin | undefined;
  receivedAt?: Date;
}

async function mailOf(
  parts: HttpParts,
  { sender: { adapter, config } }: Plan,
  mail: z.output<typeof simulationBodySchema>['mail'],
  context: SenderContext,
): Promise<Chosen> {
  const { blobs, clock } = parts;
  if (mail.kind === 'typed') return { raw: await blobs.put(await adapter.compose(mail)) };
  if (mail.kind === 'kept') return { raw: await keptBlob(parts, mail.hash) };
  if (mail.kind === 'message') {
    const message = await existingMessage(parts, mail.id);
    const origin = await parts.messages.originOf(mail.id);
    return { raw: { hash: message.rawHash, sizeBytes: message.sizeBytes }, origin, receivedAt: message.receivedAt };
  }
  const { uid, epoch, hash } = mail;
  const origin: MailOrigin = { uid, epoch, receivedAt: clock.now() };
  if (hash !== undefined && (await blobs.exists(hash))) return { raw: await keptBlob(parts, hash), origin };
  const session = await adapter.open(config, { ...context, peek: 'all' });
  return leaving(session, async () => {
    const [listed] = session.uidValidity === epoch ? await session.find([uid]) : [];
    if (!listed) throw new FlowError('SIMULATION_MAIL_GONE', {});
    const { flags, arrivedAt } = listed;
    for await (const { bytes } of session.fetch([listed])) {
      const raw = await blobs.put(bytes, { maxBytes: adapter.plan(config).maxMailBytes });
      return { raw, origin: { ...origin, ...(flags ? { flags } : {}), ...(arrivedAt ? { arrivedAt } : {}) } };
    }
    throw new FlowError('SIMULATION_MAIL_GONE', {});
  });
}

/** A mail that was kept before; its size is found by reading it. */
async function keptBlob({ blobs }: HttpParts, hash: string): Promise<BlobRef> {
  if (!(await blobs.exists(hash))) throw new FlowError('SIMULATION_MAIL_GONE', {});
  let sizeBytes = 0;
  for await (const piece of blobs.open(hash)) sizeBytes += piece.length;
  return { hash, sizeBytes };
}

/** Kept without a reference: the collector takes it away after a day. */
async function keep({ blobs, senders }: HttpParts, request: Request, response: Response): Promise<KeptMail> {
  let start: Uint8Array | undefined;
  if (Number(request.headers['content-length'] ?? 0) > maxMailBytes) throw tooLarge(response);
  // Kept open where it is not read to its end, so that the answer can say why.
  const content: AsyncIterable<Uint8Array> = { [Symbol.asyncIterator]: () => request.iterator({ destroyOnReturn: false }) };
  const raw = await blobs.put(content, { maxBytes: maxMailBytes, onStart: (first) => (start = first) }).catch((error: unknown) => {
    response.set('Connection', 'close');
    throw error instanceof FlowError && error.code === 'BLOB_TOO_LARGE' ? tooLarge(response) : error;
  });
  if (raw.sizeBytes === 0) throw new FlowError('BAD_REQUEST', { problems: [{ path: '', message: 'the mail is empty' }] });
  const { subject = '', from = '', date = null } = (start && senders[0]?.readHead(start)) ?? {};
  return { ...raw, subject, from, date };
}

/** The rest of the request is not read. */
function tooLarge(response: Response): FlowError {
  response.set('Connection', 'close');
  return new FlowError('BODY_TOO_LARGE', { limit: '1,000 MB' });
}

/** @throws FLOW_HAS_PROBLEMS where the drawing has no sender */
function readyToVisit(document: FlowDocument, values: Record<string, string>, { behaviours }: HttpParts) {
  return makeDraftPlan(filled({ document, values }), behaviours).sender;
}

async function headsOf(session: MailboxSession, mails: ListedMail[]): Promise<Map<string, Uint8Array>> {
  const heads = new Map<string, Uint8Array>();
  try {
    for await (const { uid, head } of session.heads(mails)) heads.set(uid, head);
  } catch (error) {
    // They can be chosen without their heads, too.
    if (!(error instanceof FlowError) || error.code !== 'MAIL_HEADS_NOT_OFFERED') throw error;
  }
  return heads;
}

/** Signs out in any case; nothing depends on how that goes. */
async function leaving<T>(session: MailboxSession, work: () => Promise<T>): Promise<T> {
  try {
    const done = await work();
    await session.close();
    return done;
  } finally {
    session.destroy();
  }
}

function visit({ secrets, log }: HttpParts, response: Response): SenderContext {
  return { secrets, log, signal: untilLeft(response) };
}

/** Until the visitor leaves, but not for ever. */
function untilLeft(response: Response): AbortSignal {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new FlowError('SIMULATION_TIMEOUT', { minutes: deadlineMinutes })), deadlineMs);
  response.once('close', () => clearTimeout(timer));
  return AbortSignal.any([whenLeft(response), late.signal]);
}

function lineWriter(response: Response, signal: AbortSignal) {
  // Proxies must hand out every line at once.
  response.set({ 'Content-Type': 'application/x-ndjson', 'X-Accel-Buffering': 'no' });
  response.flushHeaders();
  const beat = setInterval(() => response.write('\n'), beatMs);

  return {
    /** Waits for a visitor who reads slowly. */
    async write(event: SimulationEvent): Promise<void> {
      if (response.writableEnded || response.destroyed || response.write(`${JSON.stringify(event)}\n`)) return;
      const waited = new AbortController();
      const options = { signal: AbortSignal.any([signal, waited.signal]) };
      await Promise.race(['drain', 'close'].map((name) => once(response, name, options))).catch(() => undefined);
      waited.abort();
    },
    end(): void {
      clearInterval(beat);
      response.end();
    },
  };
}
