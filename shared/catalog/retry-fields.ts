import { z } from 'zod';
import { defaultRetry, noRetry, retryText, type RetryPlan } from '../retry.ts';
import { field, type ConfigView, type FieldInfo } from './define.ts';

/** How a failed message is tried again: the same fields in the settings of a flow and of each receiver. */

const maxWaitSeconds = 7 * 24 * 60 * 60;

/** Anew for each description: what form and docs need hangs on the type. */
const numberTypes = () => ({
  retryAttempts: z.int('a whole number').min(2, 'at least 2').max(100, 'at most 100').default(defaultRetry.attempts),
  retryFirstWait: z.number().min(1, 'at least 1').max(maxWaitSeconds, `at most ${maxWaitSeconds}`).default(defaultRetry.firstWaitSeconds),
  retryFactor: z.number().min(1, 'at least 1').max(10, 'at most 10').default(defaultRetry.factor),
  retryLongestWait: z.number().min(1, 'at least 1').max(maxWaitSeconds, `at most ${maxWaitSeconds}`).default(defaultRetry.maxWaitSeconds),
  retryJitter: z.int('a whole number').min(0, 'at least 0').max(50, 'at most 50').default(defaultRetry.jitterPercent),
});
const numbersSchema = z.object(numberTypes());

/** @param shown when they apply, and the same in words */
function numberFields(shown: Required<Pick<FieldInfo, 'when' | 'whenText'>>) {
  const numbers = numberTypes();
  const info = { tab: 'Retry', control: 'number', ...shown } as const;
  return {
    retryAttempts: field(numbers.retryAttempts, {
      ...info,
      label: 'Attempts',
      help: 'Tries in all, the first included. Then the message is FAILED, kept, and can be run again.',
      note: (config) => retryText(planOf(config)),
    }),
    retryFirstWait: field(numbers.retryFirstWait, { ...info, label: 'First Wait', unit: 's', help: 'Before the second attempt.' }),
    retryFactor: field(numbers.retryFactor, {
      ...info,
      label: 'Factor',
      help: 'Each further wait is so many times as long. 1: always the same.',
    }),
    retryLongestWait: field(numbers.retryLongestWait, {
      ...info,
      label: 'Longest Wait',
      unit: 's',
      help: 'No wait is longer, also where the receiver asks for more (Retry-After).',
    }),
    retryJitter: field(numbers.retryJitter, {
      ...info,
      label: 'Jitter',
      unit: '%',
      help: 'Each wait is made up to so much shorter or longer, so that messages that failed together are not tried again together.',
    }),
  };
}

/** Those of a flow. */
export const flowRetryFields = {
  retry: field(z.enum(['on', 'off']).default('on'), {
    tab: 'Retry',
    label: 'Retry',
    control: 'radio',
    options: { on: 'Try again', off: 'Never' },
    help: 'After an error that may pass by itself, such as a receiver that is not reachable. Other errors end the message at once.',
  }),
  ...numberFields({ when: (config) => config['retry'] === 'on', whenText: 'Retry is on' }),
};

/** Those of a receiver. */
export const receiverRetryFields = () => ({
  retry: field(z.enum(['flow', 'own', 'off']).default('flow'), {
    tab: 'Retry',
    label: 'Retry',
    control: 'radio',
    options: { flow: 'As the flow says', own: 'Its own way', off: 'Never' },
    help: 'When this receiver can’t take the message for now. Receivers that have it already are not called again.',
  }),
  ...numberFields({ when: (config) => config['retry'] === 'own', whenText: 'Retry is its own way' }),
  callsAtOnce: field(z.int('a whole number').min(0, 'at least 0').max(64, 'at most 64').default(0), {
    tab: 'Retry',
    section: 'Limit',
    label: 'Calls at Once',
    control: 'number',
    help: 'Messages that find them all taken wait for their turn without counting an attempt. Counted in each worker. 0: no limit of its own.',
  }),
});

/** A cap below the first wait is most likely a slip. */
export function longestWaitRule(config: { retry: string; retryFirstWait: number; retryLongestWait: number }) {
  if (config.retry === 'off' || config.retry === 'flow' || config.retryLongestWait >= config.retryFirstWait) return undefined;
  return {
    field: 'retryLongestWait',
    level: 'warning' as const,
    code: 'LONGEST_WAIT_SHORT',
    message: 'Longest Wait is shorter than First Wait, so every wait is that long.',
    remedy: 'Raise Longest Wait, or lower First Wait.',
  };
}

/** @param flow what the flow says */
export function receiverRetry(config: ConfigView, flow: RetryPlan): RetryPlan {
  if (config['retry'] === 'off') return noRetry;
  return config['retry'] === 'own' ? planOf(config) : flow;
}

export function receiverCallsAtOnce({ callsAtOnce }: ConfigView): number {
  return typeof callsAtOnce === 'number' ? callsAtOnce : 0;
}

export function flowRetry(config: ConfigView): RetryPlan {
  return config['retry'] === 'off' ? noRetry : planOf(config);
}

function planOf(config: ConfigView): RetryPlan {
  const { retryAttempts, retryFirstWait, retryFactor, retryLongestWait, retryJitter } = numbersSchema.parse(config);
  return {
    attempts: retryAttempts,
    firstWaitSeconds: retryFirstWait,
    factor: retryFactor,
    maxWaitSeconds: retryLongestWait,
    jitterPercent: retryJitter,
  };
}
