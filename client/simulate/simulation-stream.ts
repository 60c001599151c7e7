import {
  keptMailSchema,
  simulationEventSchema,
  type KeptMail,
  type SimulationBody,
  type SimulationEvent,
} from '../../shared/api/simulations.ts';
import { apiPath } from '../api.ts';
import { linesOf } from '../probe/probe-stream.ts';
import { refusal } from '../refusal.ts';

/** @throws ApiError, or AbortError when `signal` ended it */
export async function runSimulation(body: SimulationBody, report: (event: SimulationEvent) => void, signal: AbortSignal): Promise<void> {
  const response = await fetch(apiPath('/simulations'), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal,
  });
  if (!response.ok || !response.body) throw await refusal(response);
  for await (const line of linesOf(response.body)) report(simulationEventSchema.parse(JSON.parse(line)));
}

/** Hands in a file that holds a mail, of any size. */
export async function keepMail(file: Blob, signal: AbortSignal): Promise<KeptMail> {
  const response = await fetch(apiPath('/simulations/mails'), {
    method: 'POST',
    headers: { 'content-type': 'message/rfc822' },
    body: file,
    signal,
  });
  if (!response.ok) throw await refusal(response);
  return keptMailSchema.parse(await response.json());
}
