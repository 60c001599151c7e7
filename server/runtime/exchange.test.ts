import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FlowError, type ErrorView } from '../../shared/errors.ts';
import { defaultRetry } from '../../shared/retry.ts';
import { silentLog } from '../testing/silent-log.ts';
import { runExchange, type ExchangeParts } from './exchange.ts';
import type { Plan } from './plan.ts';
import { makeReceiverTurns } from './receiver-turns.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const never = () => new Promise<never>(() => undefined);
const message = { headers: {}, properties: {}, body: { contentType: 'text/plain', text: '' }, attachments: [] };

/**
 * Runs one message whose sender, step or receiver never ends, and does not listen to its signal; tells how it ended, and when.
 *
 * @param recordEffect what becomes of a call that was made
 */
async function run(
  hanging: 'read' | 'step' | 'receiver' | 'receivers' | 'nothing',
  recordEffect: () => Promise<boolean> = async () => true,
): Promise<{ how: string; code: string; seconds: number }> {
  const receiver = {
    kind: 'receiver',
    id: 'r',
    name: 'Order service',
    type: 'r',
    config: {},
    retry: defaultRetry,
    callsAtOnce: 0,
    receiver: { deliver: hanging.startsWith('receiver') ? never : async () => ({ summary: '', answer: null }) },
  };
  const step = {
    kind: 'step',
    id: 's',
    name: 'Filter',
    type: 's',
    config: {},
    step: { run: hanging === 'step' ? never : async () => ({ to: 'next', message, summary: '' }) },
    next: Array.from({ length: hanging === 'receivers' ? 6 : 1 }, (_, index) => ({
      id: `s--r${index}`,
      port: '',
      node: { ...receiver, id: `r${index}` },
    })),
  };
  const sender = {
    id: 'm',
    name: 'Mail',
    type: 'm',
    config: {},
    next: [{ id: 'm--s', port: '', node: step }],
    adapter: { parse: hanging === 'read' ? never : async () => ({ message, summary: '' }), plan: () => ({ postProcessing: 'none' }) },
  };
  const startedAt = Date.now();
  const ended = Promise.withResolvers<{ how: string; code: string; seconds: number }>();
  const end = (how: string) => async (facts: { error?: ErrorView | null }) =>
    ended.resolve({ how, code: facts.error?.code ?? '', seconds: Math.round((Date.now() - startedAt) / 1_000) });
  const parts = {
    store: {
      begin: async () => ({
        messageId: 'id',
        attempt: 1,
        round: 1,
        rounds: {},
        logLevel: 'info',
        setbacks: {},
        effects: [],
        raw: { hash: '', sizeBytes: 10 },
        receivedAt: new Date(),
        flowId: 'f',
        flowName: 'Orders',
        channelId: 'c',
      }),
      recordEffect,
      end: end('ended'),
      retry: end('tried again'),
      quarantine: end('set aside'),
    },
    planOf: async () => ({ sender, settings: { retry: defaultRetry, messagesAtOnce: 1, logHeaders: [] } }) as unknown as Plan,
    blobs: {},
    secrets: {},
    events: { publish: () => undefined },
    clock: { now: () => new Date() },
    bells: { ring: () => undefined },
    suspects: {
      watch: (_job: unknown, _signal: unknown, run: (reading: (read: () => unknown) => unknown) => unknown) => run((read) => read()),
    },
    cancels: { enter: () => ({ signal: new AbortController().signal, leave: () => undefined }) },
    turns: makeReceiverTurns(),
    outboxDirectory: '',
    log: silentLog,
  } as unknown as ExchangeParts;
  const exchange = runExchange(parts, { messageId: 'id', attempt: 1, handOuts: 0, flowId: 'f' }, new AbortController().signal);
  const outcome = exchange.then(() => ended.promise);
  outcome.catch(() => undefined);
  await vi.advanceTimersByTimeAsync(1_600_000);
  return outcome;
}

test.each([
  ['read', { how: 'set aside', code: 'MAIL_NOT_PARSEABLE', seconds: 120 }],
  ['step', { how: 'tried again', code: 'EXCHANGE_TIMEOUT', seconds: 60 }],
  ['receiver', { how: 'tried again', code: 'EXCHANGE_TIMEOUT', seconds: 330 }],
  ['receivers', { how: 'tried again', code: 'EXCHANGE_TIMEOUT', seconds: 1_500 }],
] as const)('a %s that never ends and hears no signal ends the attempt at its deadline', async (hanging, expected) => {
  expect(await run(hanging)).toEqual(expected);
});

test('a database that goes away in the middle is no failure of the message: it is handed out again', async () => {
  const away = new FlowError('DATABASE_UNAVAILABLE', {});
  await expect(run('nothing', () => Promise.reject(away))).rejects.toBe(away);
  expect(await run('nothing', () => Promise.reject(new Error('something else')))).toMatchObject({ how: 'tried again' });
});
