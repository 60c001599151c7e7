import { once } from 'node:events';
import http, { type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';

export interface SunkRequest {
  path: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** Requests over the same connection have the same number. */
  connection: number;
}

export interface HttpSink extends AsyncDisposable {
  url: string;
  /** Everything received, repetitions included. */
  requests: SunkRequest[];
  /** One request per Idempotency-Key, as a system that recognises repetitions would keep them. */
  distinct(): SunkRequest[];
  /** Replaces the answer: by default 200 after the whole body. */
  respond(answer: (request: IncomingMessage, response: ServerResponse) => void): void;
  /** The status of each answer from now on; what is answered with another than 200 is kept all the same. */
  answerWith(status: (request: SunkRequest) => number): void;
  /** Is awaited before each answer. */
  onRequest(work: (request: SunkRequest) => Promise<void>): void;
  /** Ends all connections that wait for a next request. */
  closeIdle(): void;
  /** Ends all connections, those whose answer is still to come included. */
  cutAll(): void;
  close(): Promise<void>;
}

/** An HTTP system on a free loopback port that keeps what it is sent. */
export async function startHttpSink(tls?: { key: string; cert: string }): Promise<HttpSink> {
  const requests: SunkRequest[] = [];
  const connections = new WeakMap<object, number>();
  let connectionCount = 0;
  let statusOf: (request: SunkRequest) => number = () => 200;
  let beforeAnswer: (request: SunkRequest) => Promise<void> = async () => undefined;
  let answer: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (answer) return answer(request, response);
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const connection = connections.get(request.socket) ?? 0;
    const sunk = { path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks), connection };
    requests.push(sunk);
    await beforeAnswer(sunk);
    response.writeHead(statusOf(sunk)).end('taken');
    return undefined;
  };
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    handle(request, response).catch(() => response.destroy());
  };
  const server = tls ? https.createServer(tls, listener) : http.createServer(listener);
  server.on(tls ? 'secureConnection' : 'connection', (socket: object) => connections.set(socket, (connectionCount += 1)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  const close = async (): Promise<void> => {
    server.closeAllConnections();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  };
  return {
    url: `${tls ? 'https://localhost' : 'http://127.0.0.1'}:${port}/inbound`,
    requests,
    distinct: () => [...new Map(requests.map((request) => [request.headers['idempotency-key'], request])).values()],
    respond: (next) => (answer = next),
    onRequest: (next) => (beforeAnswer = next),
    answerWith: (next) => (statusOf = next),
    closeIdle: () => server.closeIdleConnections(),
    cutAll: () => server.closeAllConnections(),
    close,
    [Symbol.asyncDispose]: close,
  };
}
