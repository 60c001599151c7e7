import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What happens to one connection; each function is asked with all that side has sent so far, latin1. */
export interface Fault {
  /** Cuts the connection (RST) before the server's bytes that make this true are handed on. */
  cutServer?: (sent: string) => boolean;
  /** Hands the client's bytes on, then cuts as soon as the server has answered them: the answer is lost. */
  cutAfter?: (sent: string) => boolean;
  /** From here on neither side hears anything of the other, and the connection stays open. */
  silence?: (sent: string) => boolean;
  /** Waits before each piece of the server's bytes, in ms; one piece after the other. */
  delayMs?: number;
}

export interface FaultProxy {
  port: number;
  /** How many connections were cut or silenced. */
  faults: () => number;
  /** For connections made from now on. */
  fault: (fault: Fault) => void;
  /** Cuts all connections that are open (RST). */
  cutAll: () => void;
  /** How many connections have been made. */
  connections: () => number;
  /** What clients have sent, over all connections. */
  commands: () => string;
  close(): Promise<void>;
}

/**
 * A TCP proxy before a loopback server, that breaks connections at the moment a test says. It listens on loopback, or at `host`.
 *
 * @param target may be given another port while the proxy runs
 * @param isForgetful faults are asked with the newest piece alone, and no commands are kept: for runs of many minutes
 */
export async function startFaultProxy(target: { port: number; host?: string }, { isForgetful = false } = {}): Promise<FaultProxy> {
  const sockets = new Set<net.Socket>();
  let next: Fault = {};
  let faults = 0;
  let commands = '';
  let connections = 0;

  const server = net.createServer((client) => {
    const fault = next;
    connections += 1;
    let turn = Promise.resolve();
    const upstream = net.connect(target.port, '127.0.0.1');
    const pair = [client, upstream];
    let isDoomed = false;
    let isSilent = false;
    let fromClient = '';
    let fromServer = '';
    const cut = () => {
      faults += 1;
      for (const socket of pair) socket.resetAndDestroy();
    };
    for (const socket of pair) {
      sockets.add(socket);
      socket.setNoDelay();
      socket.on('error', () => {});
      socket.once('close', () => {
        sockets.delete(socket);
        if (!isSilent) for (const other of pair) other.destroy();
      });
    }
    client.on('data', (bytes) => {
      const said = bytes.toString('latin1');
      fromClient = isForgetful ? said : fromClient + said;
      if (!isForgetful) commands += said;
      if (isSilent) return;
      if (fault.cutAfter?.(fromClient)) isDoomed = true;
      upstream.write(bytes);
    });
    upstream.on('data', (bytes) => {
      const said = bytes.toString('latin1');
      fromServer = isForgetful ? said : fromServer + said;
      if (isSilent) return;
      if (isDoomed || fault.cutServer?.(fromServer)) return cut();
      if (fault.silence?.(fromServer)) {
        faults += 1;
        isSilent = true;
        return;
      }
      if (fault.delayMs === undefined) client.write(bytes);
      else turn = turn.then(() => sleep(fault.delayMs)).then(() => void client.write(bytes));
    });
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, target.host ?? '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the fault proxy has no port');
  return {
    port: address.port,
    faults: () => faults,
    fault: (fault) => (next = fault),
    connections: () => connections,
    cutAll: () => {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    commands: () => commands,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
