import { errorAnswerSchema } from '../../shared/api/route.ts';
import { configView, shownFields, type AnyDescription, type Field } from '../../shared/catalog/define.ts';
import { probeStageSchema, type ProbeStage, type ProbeStageName } from '../../shared/probe.ts';
import { visitProblems } from '../../shared/visit-check.ts';
import { ApiError } from '../api.ts';

/** Why a visit can't be made with these values, in words for the form; undefined when it can. */
export function whyNotVisit(
  description: AnyDescription,
  typed: Record<string, unknown>,
  needsSignIn: boolean,
): { message: string; remedy: string } | undefined {
  const wrong = visitProblems(description, typed, needsSignIn);
  if (wrong.length === 0) return undefined;
  return { message: wrong.map(({ message }) => message).join(' '), remedy: 'Correct this first.' };
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

/** The values a connection test depends on, as text: what it found counts only while they stay the same. */
export interface ProbeKeys {
  /** For all that comes before the folder, and for the list of folders. */
  connection: string;
  all: string;
}

/** Beyond the connection, what the stages from the folder on depend on. */
const folderFields = new Set([
  'folder',
  'selection',
  'search',
  'startWith',
  'maxMailMb',
  'postProcessing',
  'pop3PostProcessing',
  'deleteAfterDays',
  'archiveFolder',
  'onFinalFailure',
  'failureFolder',
]);

export function probeKeys(description: AnyDescription, typed: Record<string, unknown>): ProbeKeys {
  const view = configView(description, typed);
  const shown = shownFields(description, typed);
  const connection = shown.filter(({ info }) => info.tab === 'Connection');
  const textOf = (fields: Field[]) => JSON.stringify(fields.map(({ key }) => [key, view[key]]));
  return { connection: textOf(connection), all: textOf([...connection, ...shown.filter(({ key }) => folderFields.has(key))]) };
}

const connectionStages = new Set<ProbeStageName>(['resolve', 'connect', 'protect', 'greeting', 'capabilities', 'mechanism', 'signIn']);

/** What a test found that still holds for the values that are in the form now. */
export function stagesThatHold(stages: ProbeStage[], tested: ProbeKeys, now: ProbeKeys): ProbeStage[] {
  if (tested.all === now.all) return stages;
  return tested.connection === now.connection ? stages.filter(({ stage }) => connectionStages.has(stage)) : [];
}
