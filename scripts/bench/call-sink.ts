import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One call that reached the receiver whole. */
export interface Call {
  /** Of the mail, as its subject says. */
  mail: string;
  key: string;
  /** performance.now() */
  at: number;
  /** Undefined as long as no answer has been given. */
  answeredAt?: number;
  /** It was told that the mail is taken. */
  isTaken: boolean;
}

/** How the receiver answers: with 200 after a while, with 500, never, or by hanging up. */
export type Manner = 'well' | 'error' | 'hanging' | 'closing';

/** A receiver that keeps each call, and misbehaves when told. */
export interface CallSink {
  url: string;
  calls: Call[];
  behave(manner: Manner): void;
  /** Mails that it has said to have taken. */
  taken(): Set<string>;
  cutAll(): void;
  close(): void;
}

/**
 * @param latencyMs how long each answer takes
 * @param isRefused mails that are answered with 422, whatever the manner
 */
export async function callSink(latencyMs: () => number = () => 0, isRefused: (mail: string) => boolean = () => false): Promise<CallSink> {
  const calls: Call[] = [];
  let manner: Manner = 'well';

  const answer = (call: Call, response: ServerResponse) => {
    if (manner === 'hanging') return;
    if (manner === 'closing') {
      response.destroy();
      return;
    }
    // Where nobody is left to read it, no answer was given.
    if (response.destroyed) return;
    call.answeredAt = performance.now();
    call.isTaken = manner === 'well' && !isRefused(call.mail);
    response.writeHead(call.isTaken ? 200 : manner === 'well' ? 422 : 500).end('noted');
  };

  const server = createServer((request, response) => {
    let start = '';
    request.on('data', (chunk: Buffer) => {
      if (start.length < 65_536) start += chunk.toString('latin1');
    });
    request.on('end', () => {
      const mail = /bench-\d{6}/.exec(start)?.[0];
      if (!mail) return void response.writeHead(400).end('not a mail of the bench');
      const call = { mail, key: String(request.headers['idempotency-key']), at: performance.now(), isTaken: false };
      calls.push(call);
      return void setTimeout(() => answer(call, response), latencyMs());
    });
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    calls,
    behave: (next) => (manner = next),
    taken: () => new Set(calls.filter((call) => call.isTaken).map((call) => call.mail)),
    cutAll: () => server.closeAllConnections(),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
