import { defaultMessagesAtOnce } from '../../shared/catalog/flow-settings.ts';
import type { ExchangeStore } from '../ports/runtime.ts';
import type { Plan } from './plan.ts';

/** Messages at Once of flows, as their deployed versions say; asked for before jobs are started, so it is kept for a while. */
export interface FlowLimits {
  /** flow id → messages that this worker may run side by side */
  of(flowIds: string[]): Promise<Map<string, number>>;
  /** The flow was deployed anew. */
  forget(flowId: string): void;
}

/** News of a deployment may get lost. */
const keptMs = 10_000;

export function openFlowLimits(
  store: Pick<ExchangeStore, 'deployedVersions'>,
  planOf: (flowId: string, version: number) => Promise<Plan>,
): FlowLimits {
  const kept = new Map<string, { limit: number; until: number }>();

  async function limitOf(flowId: string, version: number | undefined): Promise<number> {
    if (version === undefined) return defaultMessagesAtOnce;
    // A drawing that can't be run fails each of its messages; that is said there.
    return planOf(flowId, version).then(
      ({ settings }) => settings.messagesAtOnce,
      () => defaultMessagesAtOnce,
    );
  }

  return {
    async of(flowIds) {
      const now = Date.now();
      const unknown = flowIds.filter((flowId) => (kept.get(flowId)?.until ?? 0) <= now);
      if (unknown.length > 0) {
        const versions = await store.deployedVersions(unknown);
        for (const flowId of unknown) kept.set(flowId, { limit: await limitOf(flowId, versions.get(flowId)), until: now + keptMs });
      }
      return new Map(flowIds.map((flowId) => [flowId, kept.get(flowId)?.limit ?? defaultMessagesAtOnce]));
    },
    forget: (flowId) => void kept.delete(flowId),
  };
}
