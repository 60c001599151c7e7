import net from 'node:net';
import { setImmediate } from 'node:timers/promises';
import tls from 'node:tls';

/** The server's side of one connection. */
export interface ScriptedPeer {
  /** The next line of the client without its line end; never resolves after the client has gone. */
  line(): Promise<string>;
  send(bytes: string | Uint8Array): void;
  /** Sends in pieces of `size` bytes, each in a packet of its own where the system lets it. */
  sendInPieces(bytes: string | Uint8Array, size: number): Promise<void>;
  /** Sends a piece again and again as the client takes it, until the client has gone or has taken `atMostBytes`. */
  sendEndlessly(piece: string | Uint8Array, atMostBytes: number): Promise<void>;
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
  /** Bytes that clients, or the buffers on the way to them, have taken so far. */
  takenBytes: () => number;
  close(): Promise<void>;
}

/**
 * A server that does to each connection what `script` says, for behaviour that no real server can be made to show.
 * A connection whose script has ended stays open and silent.
 *
 * @param certificate where given, TLS is spoken from the first byte
 */
export async function startScriptedServer(
  script: (peer: ScriptedPeer) => Promise<void> | void,
  certificate?: { key: string; cert: string },
): Promise<ScriptedServer> {
  const sockets = new Set<net.Socket>();
  const failures: unknown[] = [];
  let takenBytes = 0;
  const serve = (socket: net.Socket) => {
    sockets.add(socket);
    socket.setNoDelay();
    socket
      .on('error', () => {})
      .once('close', () => {
        sockets.delete(socket);
        takenBytes += taken(socket);
      });
    Promise.resolve(script(peerOf(socket))).catch((error: unknown) => failures.push(error));
  };
  const server = certificate ? tls.createServer(certificate, serve) : net.createServer(serve);
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the scripted server has no port');
  return {
    host: '127.0.0.1',
    port: address.port,
    open: () => sockets.size,
    takenBytes: () => [...sockets].reduce((sum, socket) => sum + taken(socket), takenBytes),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      if (failures.length > 0) throw new AggregateError(failures, 'a script failed');
    },
  };
}

function taken(socket: net.Socket): number {
  return socket.bytesWritten - socket.writableLength;
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
    sendEndlessly: async (piece, atMostBytes) => {
      const bytes = Buffer.from(piece);
      for (let sent = 0; sent < atMostBytes && socket.writable; sent += bytes.length) {
        if (socket.write(bytes)) await setImmediate();
        else await new Promise<void>((resolve) => socket.once('drain', resolve).once('close', resolve));
      }
    },
    unsentBytes: () => socket.writableLength,
    end: () => void socket.end(),
    reset: () => void socket.resetAndDestroy(),
  };
}
