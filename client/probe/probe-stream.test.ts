import { expect, it } from 'vitest';
import { mailSender } from '../../shared/catalog/mail-sender.ts';
import type { AnyDescription } from '../../shared/catalog/define.ts';
import type { ProbeStage } from '../../shared/probe.ts';
import { linesOf, probeKeys, stagesThatHold, whyNotVisit, withStage } from './probe-stream.ts';

/** A stream that brings its bytes in the pieces given. */
function streamOf(...pieces: Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece);
      controller.close();
    },
  });
}

async function linesIn(...pieces: Uint8Array[]): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of linesOf(streamOf(...pieces))) lines.push(line);
  return lines;
}

const bytes = (text: string) => new TextEncoder().encode(text);

it('puts lines together that arrive in pieces', async () => {
  expect(await linesIn(bytes('{"a"'), bytes(':1}\n{"b":2}\n\n{"c"'), bytes(':3}'))).toEqual(['{"a":1}', '{"b":2}', '{"c":3}']);
});

it('keeps a character whose bytes arrive apart', async () => {
  const whole = bytes('Müller\n');
  expect(await linesIn(whole.slice(0, 2), whole.slice(2))).toEqual(['Müller']);
});

it('replaces what was known of a stage', () => {
  const stage = (name: ProbeStage['stage'], state: ProbeStage['state']): ProbeStage => ({ stage: name, state, sentence: '' });
  const stages = [stage('resolve', 'done'), stage('connect', 'running')];
  expect(withStage(stages, stage('connect', 'failed')).map(({ state }) => state)).toEqual(['done', 'failed']);
  expect(withStage(stages, stage('protect', 'running'))).toHaveLength(3);
});

const description = mailSender as unknown as AnyDescription;
const config = { address: 'mail.example.com', credential: 'orders' };

it('drops a test when what it tested changes, not when the name or the schedule does', () => {
  const { all } = probeKeys(description, config);
  expect(probeKeys(description, { ...config, address: 'other.example.com' }).all).not.toBe(all);
  expect(probeKeys(description, { ...config, folder: 'Orders' }).all).not.toBe(all);
  expect(probeKeys(description, { ...config, name: 'Orders' }).all).toBe(all);
  expect(probeKeys(description, { ...config, schedule: { kind: 'interval', every: 5, unit: 'minutes' } }).all).toBe(all);
  expect(probeKeys(description, { ...config, timeoutMs: 30_000 }).all).toBe(all);
  expect(probeKeys(description, { ...config, removeAttachments: true }).all).toBe(all);
});

it('keeps what a test found of the connection when only the folder changes', () => {
  const stages: ProbeStage[] = [
    { stage: 'connect', state: 'done', sentence: '' },
    { stage: 'folders', state: 'failed', sentence: '' },
  ];
  const tested = probeKeys(description, config);
  const held = (typed: Record<string, unknown>) => stagesThatHold(stages, tested, probeKeys(description, typed)).map(({ stage }) => stage);
  expect(held(config)).toEqual(['connect', 'folders']);
  expect(held({ ...config, folder: 'Orders' })).toEqual(['connect']);
  expect(held({ ...config, credential: 'other' })).toEqual([]);
});

it('visits only with an address, and says what is missing', () => {
  expect(whyNotVisit(description, { credential: 'orders' }, false)?.message).toBe('Address is missing.');
  expect(whyNotVisit(description, config, true)).toBeUndefined();
});

it('tests without a credential as far as that leads, but lists no folders without one', () => {
  const typed = { address: 'mail.example.com', postProcessing: 'archive' };
  expect(whyNotVisit(description, typed, false)).toBeUndefined();
  expect(whyNotVisit(description, typed, true)?.message).toBe('Credential Name is missing.');
});
