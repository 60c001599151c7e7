import type { RequestHandler, Response, Router } from 'express';
import { probeBodySchema } from '../../shared/api.ts';
import { checkConfig, fieldsOf, type AnyDescription } from '../../shared/catalog/define.ts';
import { describeType } from '../../shared/catalog/index.ts';
import type { ProbeStage } from '../../shared/probe.ts';
import { FlowError, type ErrorView } from '../../shared/errors.ts';
import { whenLeft } from './downloads.ts';
import { viewOfThrown } from './errors.ts';
import { runnableConfig } from './message-content.ts';
import type { HttpParts } from './parts.ts';
import { bodyOf, parseOrRefuse, readJson } from './route.ts';

/** Longer than the longest Timeout of a channel. */
const probeTimeoutMs = 6 * 60_000;

/** The connection test: one JSON `ProbeStage` per line, as it happens. It ends when the visitor leaves. */
export function mountProbe(router: Router, { senders, secrets, log }: HttpParts, requireVisitor: RequestHandler): void {
  router.post('/probe', requireVisitor, readJson, async (request, response) => {
    const { type, config } = parseOrRefuse(probeBodySchema, bodyOf(request, probeBodySchema));
    const description = describeType(type);
    const sender = senders.find((candidate) => candidate.type === type);
    if (!description || !sender) throw new FlowError('NOT_FOUND', { what: 'sender adapter', id: type });
    refuseBrokenConnection(description, config);

    const signal = AbortSignal.any([whenLeft(response), AbortSignal.timeout(probeTimeoutMs)]);
    const { report, fail } = stageWriter(response);
    try {
      // Made from the description of the sender's own type, so it is what the adapter expects.
      const runnable = runnableConfig(description, config) as never;
      await sender.probe(runnable, { secrets, signal, log }, report);
    } catch (error) {
      fail(viewOfThrown(error, log, 'A connection test failed'));
    }
    response.end();
  });
}

/** Only what the test uses must be right: a schedule that is still missing is no reason not to try the connection. */
function refuseBrokenConnection(description: AnyDescription, config: Record<string, unknown>): void {
  const connectionFields = new Set(fieldsOf(description).flatMap(({ key, info }) => (info.tab === 'Connection' ? [key] : [])));
  const problems = checkConfig(description, config).problems.flatMap(({ field, level, message, remedy }) =>
    level === 'error' && field !== undefined && connectionFields.has(field)
      ? [{ path: `config.${field}`, message: `${message} ${remedy}` }]
      : [],
  );
  if (problems.length > 0) throw new FlowError('BAD_REQUEST', { problems });
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
