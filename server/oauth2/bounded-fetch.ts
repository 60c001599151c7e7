import type { CustomFetch } from 'openid-client';
import { whyNotEndpoint } from '../../shared/oauth2.ts';

/** One request to a token service: ended after 15 s, its answer read up to 64 KiB, no redirect followed. */

const deadlineMs = 15_000;
const maxAnswerBytes = 64 * 1024;

/** Why no answer came, as the end of a sentence. */
export class NoAnswer extends Error {}

export const boundedFetch: CustomFetch = async (url, { body, headers }) => {
  const reason = whyNotEndpoint(url);
  if (reason !== undefined) throw new NoAnswer(`its address ${reason}`);
  const signal = AbortSignal.timeout(deadlineMs);
  try {
    const sent = body instanceof URLSearchParams ? body : null;
    const answer = await fetch(url, { method: 'POST', body: sent, headers, redirect: 'manual', signal });
    if (answer.status >= 500 || answer.status === 429) throw new NoAnswer(`it answered with status ${answer.status}`);
    if (answer.status >= 300 && answer.status < 400) throw new NoAnswer('it sends the request elsewhere, which could leak the secret');
    return plainAnswer(answer.status, answerIn(await textOf(answer)));
  } catch (error) {
    if (error instanceof NoAnswer) throw error;
    throw new NoAnswer(signal.aborted ? `it did not answer within ${deadlineMs / 1_000} s` : causeOf(error));
  }
};

/**
 * As JSON, whatever it is called, and without the headers, of which the library would take `WWW-Authenticate` for more than the
 * error in the body. An ID token is dropped: nothing is read from it, and it would be checked against an issuer nobody typed.
 */
function plainAnswer(status: number, answer: Record<string, unknown> | undefined): Response {
  if (status >= 400 && typeof answer?.['error'] !== 'string') throw new NoAnswer(`it answered with status ${status}`);
  const { id_token: _unread, ...read } = answer ?? {};
  return new Response(JSON.stringify(read), { status, headers: { 'content-type': 'application/json' } });
}

function answerIn(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

async function textOf(answer: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer.body ?? []) {
    size += chunk.byteLength;
    // Leaving the loop cancels the rest.
    if (size > maxAnswerBytes) throw new NoAnswer(`its answer is longer than ${maxAnswerBytes / 1024} KiB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

const words: Record<string, string> = {
  ENOTFOUND: 'its name was not found',
  EAI_AGAIN: 'its name could not be looked up',
  ECONNREFUSED: 'it refused the connection',
  ECONNRESET: 'the connection was lost',
  UND_ERR_SOCKET: 'the connection was lost',
};

function causeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
  if (words[code] !== undefined) return words[code];
  return /CERT|SSL|TLS/.test(code) ? `no protected connection could be made (${code})` : `it could not be reached${code && ` (${code})`}`;
}
