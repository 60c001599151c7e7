import { expect, it } from 'vitest';
import type { AnyDescription } from '../../shared/catalog/define.ts';
import { mailSender } from '../../shared/catalog/mail-sender.ts';
import { problemsOfProbes } from './probe-problems.ts';
import { probeKeys } from './probe-stream.ts';
import type { ProbeResult } from './use-probe.ts';

const config = { address: 'mail.example.com', credential: 'orders', folder: 'Orders' };
const documentWith = (changed: object = {}) => ({
  nodes: [{ id: 'mail', type: 'mail-sender', position: { x: 0, y: 0 }, config: { ...config, ...changed } }],
  edges: [],
});
const error = { code: 'MAIL_FOLDER_MISSING', message: 'Missing.', remedy: 'Correct it.', retryable: false };
const result: ProbeResult = {
  keys: probeKeys(mailSender as unknown as AnyDescription, config),
  stages: [{ stage: 'folders', state: 'failed', sentence: 'Missing.', error }],
  isRunning: false,
};

it('what a connection test found wrong stands at its field until the value changes', () => {
  const expected = { nodeId: 'mail', field: 'folder', level: 'error', code: error.code, message: 'Missing.', remedy: 'Correct it.' };
  expect(problemsOfProbes(documentWith(), { mail: result }, [])).toEqual([expected]);
  expect(problemsOfProbes(documentWith({ folder: 'Other' }), { mail: result }, [])).toEqual([]);
});

it('nothing is said of a test that is under way, and nothing twice', () => {
  const known = { nodeId: 'mail', level: 'error', code: error.code, message: '', remedy: '' } as const;
  expect(problemsOfProbes(documentWith(), { mail: { ...result, isRunning: true } }, [])).toEqual([]);
  expect(problemsOfProbes(documentWith(), { mail: result }, [known])).toEqual([]);
});
