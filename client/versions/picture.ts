import { readCompared } from './drawing-names.ts';

/** What is shown instead of the drawing that is edited; kept in the address, so that it can be shared and Back works. */
export interface Picture {
  /** Two drawings, as `drawing-names.ts` writes them. */
  compare?: string;
  /** Id of a message whose way is shown, or `latest`. */
  run?: string;
  attempt?: number;
}

/** Reads it from an address; what is not understood is left out. */
export function readPicture({ compare, run, attempt }: Record<string, unknown>): Picture {
  if (typeof compare === 'string' && readCompared(compare)) return { compare };
  if (typeof run !== 'string' || !/^(latest|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.test(run)) return {};
  return typeof attempt === 'string' || typeof attempt === 'number' ? { run, ...readAttempt(String(attempt)) } : { run };
}

function readAttempt(text: string): Pick<Picture, 'attempt'> {
  return /^[1-9]\d{0,5}$/.test(text) ? { attempt: Number(text) } : {};
}
