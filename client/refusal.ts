import { errorAnswerSchema } from '../shared/api/route.ts';
import { ApiError } from './api.ts';

/** Why a call outside the table of routes was refused. */
export async function refusal(response: Response): Promise<Error> {
  const error = errorAnswerSchema.safeParse(await response.json().catch(() => null));
  return error.success ? new ApiError(error.data, response.status) : new Error(`The server answered with HTTP ${response.status}.`);
}
