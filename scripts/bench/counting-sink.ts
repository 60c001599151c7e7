import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A receiver that takes everything and keeps which mails came and when, by the id in their subject. */
export interface CountingSink {
  url: string;
  /** Ids of mails; each once, with the moment (performance.now) its first request reached the socket. */
  delivered: Map<string, number>;
  arrivals(): number;
  /** Of all bodies. */
  bytes(): number;
  close(): void;
}

export async function countingSink(): Promise<CountingSink> {
  const delivered = new Map<string, number>();
  let arrivals = 0;
  let bytes = 0;
  const server = createServer((request, response) => {
    const reachedAt = performance.now();
    let start = '';
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (start.length < 65_536) start += chunk.toString('latin1');
    });
    request.on('end', () => {
      arrivals += 1;
      const id = /bench-\d{6}/.exec(start)?.[0];
      if (id && !delivered.has(id)) delivered.set(id, reachedAt);
      response.end('taken');
    });
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    delivered,
    arrivals: () => arrivals,
    bytes: () => bytes,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
