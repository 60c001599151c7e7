import { useEffect, useRef, useState } from 'react';
import type { MaterialKind } from '../../shared/material.ts';
import { materialTestLineSchema, type MaterialTestLine, type MaterialValue } from '../../shared/api/material.ts';
import { errorAnswerSchema } from '../../shared/api/route.ts';
import { ApiError, asApiError } from '../api.ts';
import { linesOf } from '../probe/probe-stream.ts';

/** Longer than the server takes, in ms. */
const deadlineMs = 6 * 60_000;

export interface MaterialTestState {
  /** One for each field that names the artifact, as it stands; undefined before the first test. */
  lines: MaterialTestLine[] | undefined;
  isRunning: boolean;
  /** Why the test itself could not be made. */
  failure: ApiError | undefined;
  /** @param value what is typed and not saved yet */
  run: (value: MaterialValue) => void;
  cancel: () => void;
}

/** Tries an artifact with all who use it. Leaving the page ends it. */
export function useMaterialTest(kind: MaterialKind, name: string): MaterialTestState {
  const [lines, setLines] = useState<MaterialTestLine[]>();
  const [isRunning, setIsRunning] = useState(false);
  const [failure, setFailure] = useState<ApiError>();
  const running = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => running.current?.abort(), []);

  const run = async (value: MaterialValue) => {
    running.current?.abort();
    const ended = new AbortController();
    running.current = ended;
    setLines([]);
    setFailure(undefined);
    setIsRunning(true);
    try {
      const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(deadlineMs)]);
      for await (const line of testLines(kind, name, value, signal)) {
        setLines((known = []) => [...known.slice(0, line.index), line, ...known.slice(line.index + 1)]);
      }
    } catch (error) {
      if (!ended.signal.aborted) setFailure(asApiError(error));
    } finally {
      if (running.current === ended) setIsRunning(false);
    }
  };

  return { lines, isRunning, failure, run: (value) => void run(value), cancel: () => running.current?.abort() };
}

/** @throws ApiError, or AbortError when `signal` ended it */
async function* testLines(kind: MaterialKind, name: string, value: MaterialValue, signal: AbortSignal): AsyncGenerator<MaterialTestLine> {
  const response = await fetch(`/api/v1/security-material/${kind}/${encodeURIComponent(name)}/test`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ value }),
    signal,
  });
  if (!response.ok || !response.body) {
    const error = errorAnswerSchema.safeParse(await response.json());
    if (error.success) throw new ApiError(error.data, response.status);
    throw new Error(`The server answered with HTTP ${response.status}.`);
  }
  for await (const line of linesOf(response.body)) yield materialTestLineSchema.parse(JSON.parse(line));
}
