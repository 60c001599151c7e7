import { FlowError } from '../../shared/errors.ts';
import type { Logger } from '../ports/common.ts';
import type { Events } from '../ports/engine.ts';
import type { IntakePause, Load, PressureStore } from '../ports/pressure.ts';
import { pause } from './deadline.ts';
import { isTooLittle, isTooMuch, loadText, lowerOf, markText, sizeText, spaceLimits, type PressureLimits } from './marks.ts';

/**
 * Back-pressure: where receivers are slow or dead, or the disk fills up, intake stops before anything breaks, and goes on by itself.
 *
 * The backlog is counted at most once a second, however many channels ask; what this worker takes in between is added. So marks may
 * be passed by the batches that are under way, and by what other workers take within that second.
 */
export interface Pressure {
  /** Told after each batch, which counts at once. */
  took(flowId: string, load: Load): void;
  /** Asked before each batch: why nothing more may be taken in for this flow now. */
  stopFor(flowId: string): Promise<FlowError | undefined>;
  close(): Promise<void>;
}

export interface PressureParts {
  store: PressureStore;
  /** Of the disks that mails are kept on. */
  spaces: () => Promise<{ directory: string; freeBytes: number; totalBytes: number }[]>;
  limits: PressureLimits;
  worker: string;
  events: Pick<Events, 'publish'>;
  log: Logger;
}

/** How long a count is good for. */
const countEveryMs = 1_000;
/** How often it is looked whether intake may go on. */
const lookEveryMs = 2_000;
/** A worker says this often that its disk is still full. */
const sayAgainMs = 10_000;

const nothing: Load = { messages: 0, bytes: 0 };
const sum = (a: Load, b: Load): Load => ({ messages: a.messages + b.messages, bytes: a.bytes + b.bytes });

/** What may stand still: intake of one flow, of all flows, or of this worker. */
type Scope = Pick<IntakePause, 'flowId' | 'worker'>;

export function startPressure({ store, spaces, limits, worker, events, log }: PressureParts): Pressure {
  const onAll: Scope = { flowId: null, worker: null };
  const onWorker: Scope = { flowId: null, worker };
  const closing = new AbortController();

  let backlog = new Map<string, Load>();
  /** Taken in here since the backlog was counted. */
  let added = new Map<string, Load>();
  /** Flows whose intake stands still, and whether that of all does. */
  let pausedFlows = new Set<string>();
  let isAllPaused = false;
  let noSpace: FlowError | undefined;
  let noSpaceSaidAt = -Infinity;
  let countedAt = -Infinity;
  let counting: Promise<void> | undefined;

  const loadOf = (flowId: string) => sum(backlog.get(flowId) ?? nothing, added.get(flowId) ?? nothing);
  const loadOfAll = () => [...backlog.values(), ...added.values()].reduce(sum, nothing);

  /** Counts anew unless that was done within the last second; those who ask meanwhile wait for the same count. */
  async function beFresh(): Promise<void> {
    if (performance.now() - countedAt < countEveryMs) return;
    counting ??= count().finally(() => (counting = undefined));
    await counting;
  }

  async function count(): Promise<void> {
    const begun = performance.now();
    await lookAtSpace();
    // Committed before, so that the count has it.
    added = new Map();
    const [counted, pauses] = await Promise.all([store.backlog(limits.all.messages + 1), store.state()]);
    backlog = counted;
    isAllPaused = pauses.some((one) => one.flowId === null && one.worker === null);
    pausedFlows = new Set(pauses.flatMap(({ flowId }) => flowId ?? []));
    countedAt = begun;
    // Where there is more than was counted, the figures of single flows say nothing.
    if (isAllPaused && isTooMuch(loadOfAll(), limits.all, true)) return;
    if (isAllPaused) {
      isAllPaused = false;
      await goOn(onAll);
    }
    for (const flowId of pausedFlows) {
      if (isTooMuch(loadOf(flowId), limits.perFlow, true)) continue;
      pausedFlows.delete(flowId);
      await goOn({ flowId, worker: null });
    }
  }

  /** Decided here and now: a full disk may take the database with it. */
  async function lookAtSpace(): Promise<void> {
    const before = noSpace;
    try {
      noSpace = undefined;
      for (const { directory, freeBytes, totalBytes } of await spaces()) {
        const { least, enough } = spaceLimits(totalBytes, limits);
        if (!isTooLittle(freeBytes, { least, enough }, before !== undefined)) continue;
        noSpace = new FlowError('INTAKE_NO_SPACE', {
          directory,
          free: sizeText(freeBytes),
          limit: sizeText(least),
          enough: sizeText(enough),
        });
        break;
      }
    } catch (error) {
      // Storing mails says better what is wrong.
      log.warn({ error: String(error) }, 'the free space could not be read');
    }
    if (noSpace && (!before || performance.now() - noSpaceSaidAt > sayAgainMs)) {
      noSpaceSaidAt = performance.now();
      await stop(onWorker, noSpace);
    }
    if (before && !noSpace) await goOn(onWorker);
  }

  async function stop(scope: Scope, reason: FlowError): Promise<void> {
    try {
      if (!(await store.pause({ ...scope, reason: reason.view() }))) return;
    } catch (error) {
      log.warn({ error: String(error) }, 'that intake stands still could not be written');
    }
    log.warn({ code: reason.code, flowId: scope.flowId ?? undefined }, reason.message);
    events.publish({ kind: 'deployment', id: scope.flowId ?? 'intake' });
  }

  async function goOn(scope: Scope): Promise<void> {
    const isOurs = await store.goOn(scope).catch((error: unknown) => {
      log.warn({ error: String(error) }, 'that intake goes on could not be written: paused channels follow with their next poll');
      return false;
    });
    if (!isOurs) return;
    log.info({ flowId: scope.flowId ?? undefined }, 'intake goes on');
    // Wakes the workers.
    events.publish({ kind: 'deployment', id: scope.flowId ?? 'intake' });
  }

  const watching = (async () => {
    // Of an earlier run.
    let mayBePaused = true;
    while (!closing.signal.aborted) {
      if (mayBePaused || isAllPaused || pausedFlows.size > 0 || noSpace) {
        mayBePaused = await beFresh().then(
          () => false,
          (error: unknown) => {
            log.warn({ error: String(error) }, 'the backlog could not be counted');
            return true;
          },
        );
      }
      await pause(lookEveryMs, closing.signal);
    }
  })();

  return {
    took(flowId, load) {
      added.set(flowId, sum(added.get(flowId) ?? nothing, load));
    },

    async stopFor(flowId) {
      await beFresh();
      if (noSpace) return noSpace;
      const all = loadOfAll();
      if (isTooMuch(all, limits.all, isAllPaused)) {
        const reason = new FlowError('INTAKE_FULL', textsOf(all, limits.all));
        if (!isAllPaused) await stop(onAll, reason);
        isAllPaused = true;
        return reason;
      }
      const ofFlow = loadOf(flowId);
      const isPaused = pausedFlows.has(flowId);
      if (!isTooMuch(ofFlow, limits.perFlow, isPaused)) return undefined;
      const reason = new FlowError('INTAKE_FLOW_FULL', textsOf(ofFlow, limits.perFlow));
      if (!isPaused) await stop({ flowId, worker: null }, reason);
      pausedFlows.add(flowId);
      return reason;
    },

    async close() {
      closing.abort();
      await watching;
    },
  };
}

function textsOf(load: Load, high: Load): { open: string; limit: string; below: string } {
  return { open: loadText(load), limit: markText(high), below: markText(lowerOf(high)) };
}
