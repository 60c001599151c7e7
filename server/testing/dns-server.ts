import dgram from 'node:dgram';

export interface DnsRecords {
  /** By name: `_imaps._tcp.example.com`. The target `.` says that there is no such service. */
  srv?: Record<string, { priority: number; weight: number; port: number; target: string }[]>;
  mx?: Record<string, { priority: number; exchange: string }[]>;
}

export interface DnsServer {
  /** `127.0.0.1:port`, for `Resolver.setServers`. */
  address: string;
  /** Names that were asked for. */
  asked: string[];
  close(): Promise<void>;
}

const types = { MX: 15, SRV: 33 };
const nameError = 3;

/**
 * A name server on a free loopback port that knows these records and nothing else (RFC 1035, over UDP).
 *
 * @param records undefined: it never answers
 */
export async function startDnsServer(records: DnsRecords | undefined): Promise<DnsServer> {
  const socket = dgram.createSocket('udp4');
  const asked: string[] = [];
  socket.on('message', (query, { port, address }) => {
    const question = readQuestion(query);
    asked.push(question.name);
    if (records) socket.send(answerTo(query, question, records), port, address);
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject).bind(0, '127.0.0.1', resolve);
  });
  return {
    address: `127.0.0.1:${socket.address().port}`,
    asked,
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

interface Question {
  name: string;
  type: number;
  /** Where it ends in the query. */
  end: number;
}

const headBytes = 12;

function readQuestion(query: Buffer): Question {
  const labels: string[] = [];
  let at = headBytes;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

function answerTo(query: Buffer, { name, type, end }: Question, { srv = {}, mx = {} }: DnsRecords): Buffer {
  const data =
    type === types.SRV
      ? (srv[name] ?? []).map(({ priority, weight, port, target }) => Buffer.concat([numbers(priority, weight, port), nameBytes(target)]))
      : type === types.MX
        ? (mx[name] ?? []).map(({ priority, exchange }) => Buffer.concat([numbers(priority), nameBytes(exchange)]))
        : [];
  const head = Buffer.alloc(headBytes);
  query.copy(head, 0, 0, 2);
  // A response, recursion available.
  head.writeUInt16BE(0x8180 | (data.length === 0 ? nameError : 0), 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(data.length, 6);
  // Each answer names the question by a pointer to it, is of the class IN, and lives for a minute.
  const answers = data.map((bytes) => Buffer.concat([numbers(0xc0_0c, type, 1, 0, 60, bytes.length), bytes]));
  return Buffer.concat([head, query.subarray(headBytes, end), ...answers]);
}

function numbers(...values: number[]): Buffer {
  return Buffer.concat(
    values.map((value) => {
      const bytes = Buffer.alloc(2);
      bytes.writeUInt16BE(value);
      return bytes;
    }),
  );
}

function nameBytes(name: string): Buffer {
  const labels = name.split('.').filter(Boolean);
  return Buffer.concat([...labels.flatMap((label) => [Buffer.from([label.length]), Buffer.from(label, 'latin1')]), Buffer.from([0])]);
}
