import { expect, it } from 'vitest';
import { logLines } from './log-lines.ts';

const step = {
  attempt: 1,
  position: 0,
  nodeId: 'n1',
  name: 'Mail',
  type: 'mail-sender',
  outcome: 'completed' as const,
  startedAt: '2026-01-01T10:00:01.000Z',
  endedAt: '2026-01-01T10:00:01.020Z',
  error: null,
  summary: '1 attachment',
  idempotencyKey: null,
  edgeId: null,
  port: null,
};
const error = { code: 'HTTP_REFUSED', message: 'The receiver said 401.', remedy: 'Sign in.', retryable: true, details: 'no\u202Esdrow' };
const message = {
  id: 'm1',
  flowId: 'f1',
  flowName: 'Orders',
  version: 2,
  mailMessageId: '<a@b>',
  receivedAt: '2026-01-01T10:00:00.000Z',
  endedAt: null,
  status: 'RETRY' as const,
  error: null,
  nextAttemptAt: '2026-01-01T10:05:00.000Z',
  steps: [
    { ...step, attempt: 2, startedAt: '2026-01-01T10:01:00.000Z', endedAt: null, outcome: 'running' as const, summary: '' },
    { ...step, position: 1, nodeId: 'n2', name: 'HTTP', outcome: 'failed' as const, error, summary: '', idempotencyKey: 'm1/n1/n2' },
    step,
  ],
  reruns: [{ attempt: 2, at: '2026-01-01T10:00:59.000Z', by: 'Ada', from: 'step' as const, nodeId: 'n2', version: 2, previousVersion: 1 }],
};

it('tells the story of a message line by line, the oldest first, with every id', () => {
  expect(logLines(message)).toEqual([
    'message m1',
    'Message-ID <a@b>',
    'flow Orders f1 v2',
    '',
    '2026-01-01T10:00:00.000Z received',
    '2026-01-01T10:00:01.000Z attempt 1 v1',
    '2026-01-01T10:00:01.000Z   1.0 Mail (n1) completed 20 ms: 1 attachment',
    '2026-01-01T10:00:01.000Z   1.1 HTTP (n2) failed 20 ms',
    '2026-01-01T10:00:01.000Z     Idempotency-Key m1/n1/n2',
    '2026-01-01T10:00:01.020Z     HTTP_REFUSED The receiver said 401. · no⟨U+202E⟩sdrow',
    '2026-01-01T10:00:59.000Z run again by Ada from step n2',
    '2026-01-01T10:01:00.000Z attempt 2 v2',
    '2026-01-01T10:01:00.000Z   2.0 Mail (n1) running',
    '2026-01-01T10:05:00.000Z next attempt',
    'now RETRY',
  ]);
});
