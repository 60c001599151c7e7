import net from 'node:net';
import { setImmediate } from 'node:timers/promises';

/** The server's side of one connection. */
export interface ScriptedPeer {
  /** The next line of the client without its line end; never resolves after the client has gone. */
  line(): Promise<string>;
  send(bytes: string | Uint8Array): void;
  /** Sends in pieces of `size` bytes, each in a packet of its own where the system lets it. */
  sendInPieces(bytes: string | Uint8Array, size: number): Promise<void>;
  /** Bytes that the client's side has no room for. */
  unsentBytes(): number;
  /** Ends the connection in order (FIN). */
  end(): void;
  /** Breaks the connection off (RST). */
  reset(): void;
}

export interface ScriptedServer {
  host: string;
  port: number;
  /** Connections that are open now. */
  open: () => number;
  close(): Promise<void>;
}

/**
 * A server that does to each connection what `script` says, for behaviour that no real server can be made to show.
 * A connection whose script has ended stays open and silent.
 */
export async function startScriptedServer(script: (peer: ScriptedPeer) => Promise<void> | void): Promise<ScriptedServer> {
  const sockets = new Set<net.Socket>();
  const failures: unknown[] = [];
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay();
    socket.on('error', () => {}).once('close', () => sockets.delete(socket));
    Promise.resolve(script(peerOf(socket))).catch((error: unknown) => failures.push(error));
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the scripted server has no port');
  return {
    host: '127.0.0.1',
    port: address.port,
    open: () => sockets.size,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      if (failures.length > 0) throw new AggregateError(failures, 'a script failed');
    },
  };
}

function peerOf(socket: net.Socket): ScriptedPeer {
  let received = '';
  let wake = () => {};
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1');
    wake();
  });
  return {
    line: async () => {
      while (!received.includes('\n')) await new Promise<void>((resolve) => (wake = resolve));
      const end = received.indexOf('\n');
      const line = received.slice(0, end).replace(/\r$/, '');
      received = received.slice(end + 1);
      return line;
    },
    send: (bytes) => void socket.write(bytes),
    sendInPieces: async (bytes, size) => {
      const all = Buffer.from(bytes);
      for (let at = 0; at < all.length && socket.writable; at += size) {
        socket.write(all.subarray(at, at + size));
        await setImmediate();
      }
    },
    unsentBytes: () => socket.writableLength,
    end: () => void socket.end(),
    reset: () => void socket.resetAndDestroy(),
  };
}
