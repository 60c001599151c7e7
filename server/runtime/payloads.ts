import { logLevelTable, type FlowLogLevel } from '../../shared/log-levels.ts';
import type { Snapshot } from '../../shared/api/simulations.ts';
import { isSecretName } from '../../shared/secret-names.ts';
import type { Message } from '../../shared/flow.ts';
import type { AttemptPayloads, StepPayload } from '../ports/trace.ts';
import { changedParts } from './snapshot.ts';
import type { Visit } from './walk.ts';

/** What is kept of the message at each step, where the log level of its flow says so. */
export interface PayloadKeeper {
  seen(visit: Visit): void;
  /** Undefined where nothing is kept. */
  all(): AttemptPayloads | undefined;
}

const mask = '•••';

export function makePayloadKeeper(level: FlowLogLevel): PayloadKeeper {
  if (level === 'info') return { seen: () => undefined, all: () => undefined };
  const steps: StepPayload[] = [];
  const { keepsBody } = logLevelTable[level];
  /** What left each line: only what a node has changed is kept with it. */
  const left = new Map<number, Message>();
  return {
    seen({ step: { position }, from, message }) {
      const before = from === null ? undefined : left.get(from);
      if (message) left.set(position, message);
      steps.push({ position, fromPosition: from, snapshot: message && keptParts(changedParts(message, before), keepsBody) });
    },
    all: () => ({ level, steps }),
  };
}

function keptParts({ headers, properties, body, ...rest }: Partial<Snapshot>, keepsBody: boolean): Partial<Snapshot> {
  return {
    ...rest,
    ...(headers ? { headers: masked(headers) } : {}),
    ...(properties ? { properties: masked(properties) } : {}),
    ...(body ? { body: keepsBody ? body : { ...body, text: '', isCut: body.characters > 0 } } : {}),
  };
}

function masked<Value>(named: Record<string, Value>): Record<string, Value | string> {
  return Object.fromEntries(Object.entries(named).map(([name, value]) => [name, isSecretName(name) ? mask : maskedWithin(value)]));
}

/** Names below the first level are secret by the same rule. */
function maskedWithin<Value>(value: Value): Value | string {
  if (Array.isArray(value)) return value.map(maskedWithin) as Value;
  if (typeof value !== 'object' || value === null) return value;
  return masked(value as Record<string, unknown>) as Value;
}
