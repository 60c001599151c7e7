import type { Response } from 'express';
import type { z } from 'zod';
import type { probeBodySchema } from '../../shared/api/mailbox.ts';
import { runnableConfig } from '../../shared/catalog/define.ts';
import { describeType } from '../../shared/catalog/index.ts';
import { isProberType, probeConfigs, type ProberType } from '../../shared/connectivity.ts';
import type { ProbeStage } from '../../shared/probe.ts';
import { visitProblems } from '../../shared/visit-check.ts';
import { parseEmail } from '../../shared/email-address.ts';
import { FlowError, type ErrorView } from '../../shared/errors.ts';
import type { Probers } from '../ports/probers.ts';
import type { SenderAdapter, SenderContext } from '../ports/mailbox.ts';
import { whenLeft } from './downloads.ts';
import { viewOfThrown } from './errors.ts';
import type { HttpParts } from './parts.ts';
import type { Handlers, StreamHandlers } from './route.ts';

/** Longer than the longest Timeout of a channel. */
const visitTimeoutMs = 6 * 60_000;

/** The connection test: one JSON `ProbeStage` per line, as it happens. It ends when the visitor leaves. */
export function probeStreams(parts: HttpParts): Pick<StreamHandlers, 'probe'> {
  return {
    async probe({ body, response }) {
      const probe = probeOf(parts, body);
      const { report, fail } = stageWriter(response);
      try {
        await probe(visit(parts, response), report);
      } catch (error) {
        fail(viewOfThrown(error, parts.log, 'A connection test failed'));
      }
      response.end();
    },
  };
}

/** @throws NOT_FOUND for a type that can't be tested, BAD_REQUEST for values that can't be tried */
function probeOf(parts: HttpParts, body: z.output<typeof probeBodySchema>) {
  const { type } = body;
  if (isProberType(type)) return probeTyped(parts.probers, type, body.config);
  const { sender, config } = channelOf(parts, body, { needsSignIn: false });
  return (context: SenderContext, report: (stage: ProbeStage) => void) => sender.probe(config, context, report);
}

function probeTyped(probers: Probers, type: ProberType, typed: unknown) {
  const parsed = probeConfigs[type].safeParse(typed);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => ({ path: ['config', ...path.map(String)].join('.'), message }));
    throw new FlowError('BAD_REQUEST', { problems });
  }
  // The schema and the prober are those of the same type, which TypeScript can't follow through the lookups.
  const config = parsed.data as never;
  return (context: SenderContext, report: (stage: ProbeStage) => void) => probers[type](config, context, report);
}

/** What the form asks the mailbox of a channel, beside the connection test. */
export function mailboxRoutes(parts: HttpParts): Pick<Handlers, 'listMailFolders' | 'createMailFolder' | 'proposeMailSettings'> {
  return {
    proposeMailSettings: async ({ body, response }) => {
      const email = parseEmail(body.email);
      if (!email)
        throw new FlowError('BAD_REQUEST', { problems: [{ path: 'email', message: 'an e-mail address, such as ada@example.com' }] });
      return await senderOf(parts, body.type).propose(email, whenLeft(response));
    },

    listMailFolders: async ({ body, response }) => {
      const { sender, config } = channelOf(parts, body, { needsSignIn: true });
      return { folders: await sender.folders(config, visit(parts, response)) };
    },
    createMailFolder: async ({ body, response }) => {
      const { sender, config } = channelOf(parts, body, { needsSignIn: true });
      const context = visit(parts, response);
      const path = await sender.createFolder(config, body.name, context);
      parts.log.info({ path }, 'Created a folder in a mailbox');
      return { path, folders: await sender.folders(config, context) };
    },
  };
}

/** Until the visitor leaves, but not for ever. */
function visit({ secrets, log }: HttpParts, response: Response): SenderContext {
  return { secrets, log, signal: AbortSignal.any([whenLeft(response), AbortSignal.timeout(visitTimeoutMs)]) };
}

/** @throws NOT_FOUND for a type that is no sender, BAD_REQUEST for a connection that can't be tried */
function channelOf(
  parts: HttpParts,
  { type, config }: z.output<typeof probeBodySchema>,
  { needsSignIn }: { needsSignIn: boolean },
): { sender: SenderAdapter; config: never } {
  const sender = senderOf(parts, type);
  const description = describeType(type);
  if (!description) throw new FlowError('NOT_FOUND', { what: 'sender adapter', id: type });
  const problems = visitProblems(description, config, needsSignIn);
  if (problems.length > 0) {
    const told = problems.map(({ field, message, remedy }) => ({ path: `config.${field}`, message: `${message} ${remedy}` }));
    throw new FlowError('BAD_REQUEST', { problems: told });
  }
  // Made from the description of the sender's own type, so it is what the adapter expects.
  return { sender, config: runnableConfig(description, config) as never };
}

function senderOf({ senders }: HttpParts, type: string): SenderAdapter {
  const sender = senders.find((candidate) => candidate.type === type);
  if (!sender) throw new FlowError('NOT_FOUND', { what: 'sender adapter', id: type });
  return sender;
}

function stageWriter(response: Response) {
  let current: ProbeStage['stage'] = 'resolve';
  let isFailureTold = false;
  // Proxies must hand out every line at once.
  response.set({ 'Content-Type': 'application/x-ndjson', 'X-Accel-Buffering': 'no' });
  response.flushHeaders();

  function report(stage: ProbeStage): void {
    current = stage.stage;
    isFailureTold ||= stage.state === 'failed';
    if (!response.writableEnded && !response.destroyed) response.write(`${JSON.stringify(stage)}\n`);
  }

  /** Puts what was thrown on the stage that was under way, unless the adapter has told already. */
  function fail(error: ErrorView): void {
    if (!isFailureTold) report({ stage: current, state: 'failed', sentence: error.message, error });
  }

  return { report, fail };
}
