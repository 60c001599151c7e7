import http from 'node:http';
import net from 'node:net';

/** Proxies on loopback that do what their protocol says. */

export interface ProxyOptions {
  type: 'socks5' | 'http-connect';
  /** Whoever does not show it is not let through. */
  credential?: { user: string; password: string };
  /** Hosts that this proxy knows, and perhaps nobody else -> address. */
  hosts?: Record<string, string>;
  /** Ports that it does not let through. */
  forbidden?: number[];
}

export interface TestProxy {
  port: number;
  /** What was asked for, as it was asked for: `host:port`, a name or an address. */
  targets: () => string[];
  /** Connections that are open now, on both sides. */
  open: () => number;
  close(): Promise<void>;
}

type Outcome = net.Socket | 'forbidden' | 'unreachable';

export async function startProxy(options: ProxyOptions): Promise<TestProxy> {
  const sockets = new Set<net.Socket>();
  const targets: string[] = [];
  const track = (socket: net.Socket) => {
    sockets.add(socket);
    socket.setNoDelay();
    socket.on('error', () => {}).once('close', () => sockets.delete(socket));
  };

  async function connect(host: string, port: number): Promise<Outcome> {
    targets.push(`${host}:${port}`);
    if (options.forbidden?.includes(port)) return 'forbidden';
    const socket = net.connect(port, options.hosts?.[host] ?? host);
    track(socket);
    return await new Promise((resolve) => socket.once('connect', () => resolve(socket)).once('error', () => resolve('unreachable')));
  }

  const serve = options.type === 'socks5' ? socksServer : httpServer;
  const server = serve(options, connect);
  server.on('connection', track);
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return {
    port: address.port,
    targets: () => targets,
    open: () => sockets.size,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type Connect = (host: string, port: number) => Promise<Outcome>;

function join(one: net.Socket, other: net.Socket): void {
  one.pipe(other).pipe(one);
  one.once('close', () => other.destroy());
  other.once('close', () => one.destroy());
}

const statusOf = { forbidden: '403 Forbidden', unreachable: '502 Bad Gateway' };

function httpServer(options: ProxyOptions, connect: Connect): net.Server {
  const server = http.createServer((_, response) => response.writeHead(405).end());
  return server.on('connect', (request, client: net.Socket, early: Buffer) => {
    void tunnel(options, connect, { request, client, early });
  });
}

interface TunnelRequest {
  request: http.IncomingMessage;
  client: net.Socket;
  early: Buffer;
}

async function tunnel({ credential }: ProxyOptions, connect: Connect, { request, client, early }: TunnelRequest): Promise<void> {
  const expected = credential && `Basic ${Buffer.from(`${credential.user}:${credential.password}`).toString('base64')}`;
  if (expected !== undefined && request.headers['proxy-authorization'] !== expected) {
    client.end('HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="test"\r\n\r\n');
    return;
  }
  const { hostname, port } = new URL(`http://${request.url ?? ''}`);
  const upstream = await connect(hostname.replaceAll(/[[\]]/g, ''), Number(port));
  if (typeof upstream === 'string') {
    client.end(`HTTP/1.1 ${statusOf[upstream]}\r\nContent-Length: 0\r\n\r\n`);
    return;
  }
  client.write('HTTP/1.1 200 Connection established\r\nVia: 1.1 test\r\n\r\n');
  upstream.write(early);
  join(client, upstream);
}

const replyOf = { forbidden: 2, unreachable: 4 };

function socksServer(options: ProxyOptions, connect: Connect): net.Server {
  return net.createServer((client) => void serveSocks(options, connect, client));
}

/** RFC 1928 and RFC 1929, for clients that wait for each answer. */
async function serveSocks({ credential }: ProxyOptions, connect: Connect, client: net.Socket): Promise<void> {
  const next = () => new Promise<Buffer>((resolve) => client.once('data', resolve));
  const methods = [...(await next()).subarray(2)];
  const method = credential ? 2 : 0;
  if (!methods.includes(method)) {
    client.end(Buffer.from([5, 0xff]));
    return;
  }
  client.write(Buffer.from([5, method]));
  if (credential) {
    const words = await next();
    const user = words.toString('utf8', 2, 2 + words.readUInt8(1));
    const password = words.toString('utf8', 3 + words.readUInt8(1));
    if (user !== credential.user || password !== credential.password) {
      client.end(Buffer.from([1, 1]));
      return;
    }
    client.write(Buffer.from([1, 0]));
  }
  const { host, port } = targetOf(await next());
  const upstream = await connect(host, port);
  const reply = typeof upstream === 'string' ? replyOf[upstream] : 0;
  client.write(Buffer.from([5, reply, 0, 1, 0, 0, 0, 0, 0, 0]));
  if (typeof upstream === 'string') client.end();
  else join(client, upstream);
}

function targetOf(request: Buffer): { host: string; port: number } {
  const port = request.readUInt16BE(request.length - 2);
  const bytes = request.subarray(4, -2);
  const kind = request[3];
  if (kind === 1) return { host: bytes.join('.'), port };
  if (kind === 3) return { host: bytes.toString('latin1', 1), port };
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(2 * index).toString(16));
  return { host: new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1), port };
}
