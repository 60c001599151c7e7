import { expect, it } from 'vitest';
import { mailSender } from '../../shared/catalog/mail-sender.ts';
import type { AnyDescription } from '../../shared/catalog/define.ts';
import type { ProbeStage } from '../../shared/probe.ts';
import { linesOf, probeKey, whyNotProbe, withStage } from './probe-stream.ts';

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

it('drops a test when what it tested changes, not when the name or the schedule does', () => {
  const description = mailSender as unknown as AnyDescription;
  const config = { address: 'mail.example.com', credential: 'orders' };
  const key = probeKey(description, config);
  expect(probeKey(description, { ...config, address: 'other.example.com' })).not.toBe(key);
  expect(probeKey(description, { ...config, folder: 'Orders' })).not.toBe(key);
  expect(probeKey(description, { ...config, name: 'Orders' })).toBe(key);
  expect(probeKey(description, { ...config, schedule: { kind: 'interval', every: 5, unit: 'minutes' } })).toBe(key);
  expect(probeKey(description, { ...config, timeoutMs: 30_000 })).toBe(key);
});

it('tests only a form without errors, and says what is missing', () => {
  const description = mailSender as unknown as AnyDescription;
  expect(whyNotProbe(description, { address: 'mail.example.com' })?.message).toBe('Credential Name is missing.');
  expect(whyNotProbe(description, { address: 'mail.example.com', credential: 'orders' })).toBeUndefined();
});
