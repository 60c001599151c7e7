import http, { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import https from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { HttpBody } from './http-body.ts';

/**
 * One POST over a kept-alive connection. Node's own client rather than fetch: an answer that comes before the body has been sent
 * (413) is read instead of lost, no port is forbidden, and redirects are never followed.
 */

export interface HttpAnswer {
  status: number;
  statusText: string;
  headers: IncomingHttpHeaders;
  /** The first KiB of the body. */
  start: string;
}

const keptBytes = 1_024;
/** A longer answer is cut off together with its connection. */
const maxAnswerBytes = 1024 * 1024;
/** Idle connections are closed after `timeout` ms; they don't keep the process alive. */
const kept = { keepAlive: true, maxFreeSockets: 32, timeout: 30_000 };
const agents = { http: new http.Agent(kept), https: new https.Agent(kept) };

/**
 * @param signal ends the call wherever it is
 * @throws what connecting, sending, reading `body.content` or the signal throws
 */
export async function post(url: URL, headers: OutgoingHttpHeaders, body: HttpBody, signal: AbortSignal): Promise<HttpAnswer> {
  const reused = { is: false };
  try {
    return await send(url, headers, body, signal, { reused });
  } catch (error) {
    // The server closed the idle connection just as it was used again; only a body in one piece can be sent once more.
    if (!reused.is || !Buffer.isBuffer(body.content) || !isReset(error)) throw error;
    return await send(url, headers, body, signal, { isFresh: true });
  }
}

async function send(
  url: URL,
  headers: OutgoingHttpHeaders,
  body: HttpBody,
  signal: AbortSignal,
  connection: { reused?: { is: boolean }; isFresh?: boolean },
): Promise<HttpAnswer> {
  const isTls = url.protocol === 'https:';
  const agent = connection.isFresh ? false : agents[isTls ? 'https' : 'http'];
  const length = body.sizeBytes === undefined ? {} : { 'content-length': body.sizeBytes };
  const allHeaders = { ...headers, 'content-type': body.contentType, ...length };
  const request = (isTls ? https : http).request(url, { method: 'POST', agent, headers: allHeaders, signal });
  const answered = responseOf(request);
  const sent = sendBody(request, body);
  sent.catch(() => {}); // Looked at below; until then a failure shows in `answered`.
  try {
    const response = await answered;
    const answer = await readAnswer(response);
    // An early "yes" counts only once the whole message is there.
    if (isSuccess(answer.status)) await sent;
    else if (!request.writableFinished) request.destroy();
    return answer;
  } catch (error) {
    if (connection.reused) connection.reused.is = request.reusedSocket;
    request.destroy();
    throw error;
  }
}

export function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

async function sendBody(request: ClientRequest, { content }: HttpBody): Promise<void> {
  if (!Buffer.isBuffer(content)) return pipeline(Readable.from(content, { objectMode: false }), request);
  request.end(content);
  return undefined;
}

function responseOf(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.on('response', resolve);
    request.on('error', reject); // Stays: an error after the answer must not go unheard.
  });
}

async function readAnswer(response: IncomingMessage): Promise<HttpAnswer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    if (bytes < keptBytes) chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > maxAnswerBytes) break;
  }
  return {
    status: response.statusCode ?? 0,
    statusText: response.statusMessage ?? '',
    headers: response.headers,
    start: Buffer.concat(chunks).subarray(0, keptBytes).toString(),
  };
}

function isReset(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
}
