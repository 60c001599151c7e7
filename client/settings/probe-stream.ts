import { errorAnswerSchema } from '../../shared/api.ts';
import { checkConfig, configView, shownFields, type AnyDescription } from '../../shared/catalog/define.ts';
import { probeStageSchema, type ProbeStage } from '../../shared/probe.ts';
import { ApiError } from '../api.ts';

/** Why a connection test can't be made with these values, in words for the form; undefined when it can. */
export function whyNotProbe(description: AnyDescription, typed: Record<string, unknown>): { message: string; remedy: string } | undefined {
  const wrong = checkConfig(description, typed).problems.filter(({ level }) => level === 'error');
  if (wrong.length === 0) return undefined;
  return { message: wrong.map(({ message }) => message).join(' '), remedy: 'Correct this first, then test the connection.' };
}

/**
 * Runs the connection test on values that need not be saved.
 *
 * @param report called for each stage as the server reports it
 * @throws ApiError, or AbortError when `signal` ended it
 */
export async function runProbe(
  type: string,
  config: Record<string, unknown>,
  report: (stage: ProbeStage) => void,
  signal: AbortSignal,
): Promise<void> {
  const response = await fetch('/api/v1/probe', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type, config }),
    signal,
  });
  if (!response.ok || !response.body) {
    const error = errorAnswerSchema.safeParse(await response.json());
    if (error.success) throw new ApiError(error.data, response.status);
    throw new Error(`The server answered with HTTP ${response.status}.`);
  }
  for await (const line of linesOf(response.body)) report(probeStageSchema.parse(JSON.parse(line)));
}

/** The lines of a stream of UTF-8 text, each as soon as it is complete; empty lines are left out. */
export async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      const lines = (rest + decoder.decode(value, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      yield* lines.filter((line) => line.trim() !== '');
    }
    if (rest.trim() !== '') yield rest;
  } finally {
    await reader.cancel();
  }
}

/** A stage reported again replaces what was known of it. */
export function withStage(stages: ProbeStage[], stage: ProbeStage): ProbeStage[] {
  return stages.some((known) => known.stage === stage.stage)
    ? stages.map((known) => (known.stage === stage.stage ? stage : known))
    : [...stages, stage];
}

/** The values a connection test depends on, as text: a result counts only while it stays the same. */
export function probeKey(description: AnyDescription, typed: Record<string, unknown>): string {
  const view = configView(description, typed);
  const relevant = shownFields(description, typed).filter(({ info }) => info.tab !== 'General' && info.tab !== 'Scheduler');
  return JSON.stringify(relevant.map(({ key }) => [key, view[key]]));
}
