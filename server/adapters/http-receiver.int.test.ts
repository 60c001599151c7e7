import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { httpReceiver, type HttpReceiverConfig } from '../../shared/catalog/http-receiver.ts';
import { FlowError } from '../../shared/errors.ts';
import { attachment, message, rawMail, receiverContext } from '../testing/factories.ts';
import { startHttpSink, type HttpSink } from '../testing/http-sink.ts';
import { secretsOf } from '../testing/secrets.ts';
import { receiverContract } from '../testing/receiver-contract.ts';
import { httpReceiverAdapter } from './http-receiver.ts';

let sink: HttpSink;
beforeEach(async () => {
  sink = await startHttpSink();
});
afterEach(() => sink.close());

const config = (overrides: Partial<HttpReceiverConfig> = {}): HttpReceiverConfig => ({
  ...httpReceiver.config.parse({ url: sink.url }),
  ...overrides,
});
const context = (overrides: Parameters<typeof receiverContext>[1] = {}) => receiverContext('/nowhere', overrides);
const failure = async (overrides: Partial<HttpReceiverConfig> = {}, surroundings = context()): Promise<unknown> =>
  httpReceiverAdapter.deliver(message(), config(overrides), surroundings).then(
    () => 'delivered',
    (error: unknown) => error,
  );
const jsonOf = (body: Buffer): unknown => JSON.parse(body.toString());

receiverContract(httpReceiver, httpReceiverAdapter, {
  config: () => config({ authentication: 'basic', credential: 'orders' }),
  context,
  delivered: async () => sink.distinct().map(({ body }) => body.toString()),
  failing: () => {
    sink.respond((_, response) => response.writeHead(503).end());
    return { config: config(), context: context() };
  },
});

describe('HTTP receiver', () => {
  test('a token that is refused before its time is replaced, and the call repeated once with the whole message', async () => {
    const asked: (string | undefined)[] = [];
    const useClientToken = async (_name: string, _host: string, refused?: string) => {
      asked.push(refused);
      return refused === undefined ? 'token-1' : 'token-2';
    };
    sink.answerWith(({ headers }) => (headers.authorization === 'Bearer token-2' ? 200 : 401));
    for (const format of ['json', 'mime'] as const)
      await httpReceiverAdapter.deliver(
        message(),
        config({ authentication: 'oauth2-client', credential: 'shop', format }),
        context({ secrets: secretsOf({ useClientToken }) }),
      );
    expect(sink.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer token-1',
      'Bearer token-2',
      'Bearer token-1',
      'Bearer token-2',
    ]);
    const bodies = sink.requests.map(({ body }) => body.toString());
    expect(bodies[1]).toBe(bodies[0]);
    expect(bodies[3]).toBe(bodies[2]);
    expect(bodies[3]).not.toBe('');
    expect(asked).toEqual([undefined, 'token-1', undefined, 'token-1']);
  });

  test('a token that is refused twice says so, without showing it', async () => {
    const useClientToken = async (_name: string, _host: string, refused?: string) => (refused === undefined ? 'token-1' : 'token-2');
    let calls = 0;
    sink.respond(({ headers }, response) => {
      calls += 1;
      response.writeHead(401).end(`not ${headers.authorization}`);
    });
    const error = await failure(
      { authentication: 'oauth2-client', credential: 'shop' },
      context({ secrets: secretsOf({ useClientToken }) }),
    );
    expect(error).toMatchObject({ code: 'HTTP_SIGN_IN_REFUSED', details: 'not Bearer •••' });
    expect(calls).toBe(2);
  });

  test('JSON holds headers, body and attachments, and no properties', async () => {
    const facts = context();
    const input = message({ attachments: [attachment({ sizeBytes: 12 }), attachment({ index: 1, name: 'b "2".csv' })] });
    await httpReceiverAdapter.deliver(input, config(), facts);
    const [request] = sink.requests;
    expect(jsonOf(request?.body ?? Buffer.alloc(0))).toEqual({
      id: facts.exchangeId,
      flow: 'Orders',
      receivedAt: '2026-03-01T08:30:00.000Z',
      headers: input.headers,
      body: 'Please send 3 pumps.',
      bodyContentType: 'text/plain',
      attachments: [
        { name: 'order.csv', contentType: 'text/csv', sizeBytes: 12, content: Buffer.from('attachment 0').toString('base64') },
        { name: 'b "2".csv', contentType: 'text/csv', sizeBytes: 12, content: Buffer.from('attachment 1').toString('base64') },
      ],
    });
    expect(request?.headers).toMatchObject({ 'content-type': 'application/json', 'idempotency-key': facts.idempotencyKey });
  });

  test('names and sizes only leave the contents out', async () => {
    const surroundings = context({
      openAttachment: () => {
        throw new Error('must not be opened');
      },
    });
    await httpReceiverAdapter.deliver(message({ attachments: [attachment()] }), config({ attachments: 'names' }), surroundings);
    expect(jsonOf(sink.requests[0]?.body ?? Buffer.alloc(0))).toMatchObject({
      attachments: [{ name: 'order.csv', contentType: 'text/csv', sizeBytes: 12 }],
    });
  });

  test.each([0, 1, 2, 3])('a large attachment is streamed as base64 whatever its chunks (length modulo 3: %i)', async (extra) => {
    const chunk = Buffer.alloc(70_001, 'pump');
    const whole = Buffer.concat([...Array<Buffer>(10).fill(chunk), Buffer.alloc(extra, 1)]);
    const surroundings = context({
      openAttachment: async function* () {
        for (let start = 0; start < whole.length; start += chunk.length) yield whole.subarray(start, start + chunk.length);
      },
    });
    const input = message({ attachments: [attachment({ sizeBytes: whole.length })] });
    await httpReceiverAdapter.deliver(input, config(), surroundings);
    expect(sink.requests[0]?.headers['transfer-encoding']).toBe('chunked');
    expect(jsonOf(sink.requests[0]?.body ?? Buffer.alloc(0))).toMatchObject({ attachments: [{ content: whole.toString('base64') }] });
  });

  test('50 MB of attachments are read only as fast as they are taken', async () => {
    const chunk = Buffer.alloc(256 * 1024, 7);
    const chunks = 200;
    let taken = 0;
    let ahead = 0;
    sink.respond((request, response) => {
      request.on('data', (data: Buffer) => (taken += data.length));
      request.on('end', () => response.end());
    });
    const surroundings = context({
      openAttachment: async function* () {
        for (let count = 0; count < chunks; count += 1) {
          ahead = Math.max(ahead, count * chunk.length - (taken * 3) / 4);
          yield chunk;
        }
      },
    });
    await httpReceiverAdapter.deliver(message({ attachments: [attachment({ sizeBytes: chunk.length * chunks })] }), config(), surroundings);
    expect(taken).toBeGreaterThan((chunk.length * chunks * 4) / 3);
    expect(ahead).toBeLessThan(10 * 1024 * 1024);
  });

  test.each([1_000, 2_000_000])('MIME is the mail byte by byte (%i bytes)', async (size) => {
    const bytes = Buffer.alloc(size, Buffer.from([...Array(256).keys()]));
    await httpReceiverAdapter.deliver(message(), config({ format: 'mime' }), context({ raw: rawMail(bytes) }));
    const [request] = sink.requests;
    expect(request?.body.equals(bytes)).toBe(true);
    expect(request?.headers).toMatchObject({ 'content-type': 'message/rfc822', 'content-length': String(size) });
  });

  test('user and password of the credential are sent as Basic, asked for with the host they go to', async () => {
    const asked: string[] = [];
    const surroundings = context({
      secrets: secretsOf({
        useCredential: async (name, host) => {
          asked.push(name, host);
          return { name, user: 'änna', password: 'pump & välve' };
        },
      }),
    });
    await httpReceiverAdapter.deliver(message(), config({ authentication: 'basic', credential: 'orders' }), surroundings);
    expect(asked).toEqual(['orders', '127.0.0.1']);
    expect(sink.requests[0]?.headers.authorization).toBe(`Basic ${Buffer.from('änna:pump & välve').toString('base64')}`);
  });

  test('a credential that may not go there is not sent', async () => {
    const refused = new FlowError('CREDENTIAL_HOST_NOT_ALLOWED', { name: 'orders', host: '127.0.0.1' });
    const surroundings = context({ secrets: secretsOf({ useCredential: () => Promise.reject(refused) }) });
    expect(await failure({ authentication: 'basic', credential: 'orders' }, surroundings)).toBe(refused);
    expect(sink.requests).toEqual([]);
  });

  test('the value of a Secure Parameter is sent in the header that is named, asked for with the host, and shows nowhere else', async () => {
    const asked: string[] = [];
    const surroundings = context({
      secrets: secretsOf({
        useParameter: async (name, host) => {
          asked.push(name, host);
          return 's3cret-key';
        },
      }),
    });
    const header = { authentication: 'header' as const, credential: 'shop' };
    await httpReceiverAdapter.deliver(message(), config({ ...header, headerName: 'X-API-Key' }), surroundings);
    await httpReceiverAdapter.deliver(message(), config({ ...header, headerPrefix: 'Bearer ' }), surroundings);
    expect(asked).toEqual(['shop', '127.0.0.1', 'shop', '127.0.0.1']);
    expect(sink.requests.map(({ headers }) => [headers['x-api-key'], headers.authorization])).toEqual([
      ['s3cret-key', undefined],
      [undefined, 'Bearer s3cret-key'],
    ]);
    sink.respond((request, response) => response.writeHead(401).end(`no: ${String(request.headers['x-api-key'])}`));
    expect(await failure({ ...header, headerName: 'X-API-Key' }, surroundings)).toMatchObject({
      code: 'HTTP_SIGN_IN_REFUSED',
      details: 'no: •••',
    });
    await expect(
      httpReceiverAdapter.tryOut?.(config({ ...header, headerName: 'X-API-Key' }), surroundings) ?? Promise.resolve(),
    ).rejects.toMatchObject({ code: 'HTTP_SIGN_IN_REFUSED' });
  });

  test('one connection serves many messages', async () => {
    for (let count = 0; count < 5; count += 1) await httpReceiverAdapter.deliver(message(), config(), context());
    expect(new Set(sink.requests.map(({ connection }) => connection)).size).toBe(1);
  });

  test('an idle connection that the server has closed is replaced unnoticed', async () => {
    await httpReceiverAdapter.deliver(message(), config(), context());
    sink.closeIdle();
    await httpReceiverAdapter.deliver(message(), config(), context());
    expect(sink.requests).toHaveLength(2);
  });

  test.each([
    [408, 'HTTP_UNAVAILABLE', true],
    [425, 'HTTP_UNAVAILABLE', true],
    [429, 'HTTP_UNAVAILABLE', true],
    [500, 'HTTP_UNAVAILABLE', true],
    [503, 'HTTP_UNAVAILABLE', true],
    [304, 'HTTP_REFUSED', false],
    [400, 'HTTP_REFUSED', false],
    [401, 'HTTP_REFUSED', false],
    [422, 'HTTP_REFUSED', false],
  ])('status %i is %s (tried again: %s)', async (status, code, retryable) => {
    sink.respond((request, response) => {
      request.resume().on('end', () => response.writeHead(status).end());
    });
    expect(await failure()).toMatchObject({ code, retryable, message: expect.stringContaining(String(status)) });
  });

  test('a credential that is not let in is told apart from a message that is not taken', async () => {
    sink.respond((request, response) => {
      request.resume().on('end', () => response.writeHead(401).end());
    });
    expect(await failure({ authentication: 'basic', credential: 'orders' })).toMatchObject({
      code: 'HTTP_SIGN_IN_REFUSED',
      retryable: false,
    });
  });

  test('the first KiB of a refusal is kept, without control characters and without the password', async () => {
    sink.respond((request, response) => {
      request.resume().on('end', () => {
        const sent = request.headers.authorization?.slice(6);
        response.writeHead(400).end(`no \u0007 such customer; you sent ${sent} = pump & valve ${'x'.repeat(5_000)}`);
      });
    });
    const error = await failure({ authentication: 'basic', credential: 'orders' });
    expect(error).toMatchObject({ details: expect.stringMatching(/^no {2}such customer; you sent ••• = ••• x{900,1024}$/) });
  });

  test('a redirect is not followed, and the query of the address is not shown', async () => {
    const other = await startHttpSink();
    sink.respond((request, response) => {
      request.resume().on('end', () => response.writeHead(307, { location: other.url }).end());
    });
    const error = await failure({ url: `${sink.url}?key=secret`, authentication: 'basic', credential: 'orders' });
    await other.close();
    expect(error).toMatchObject({ code: 'HTTP_REFUSED', details: expect.stringContaining(other.url) });
    expect(JSON.stringify((error as FlowError).view())).not.toContain('secret');
    expect(other.requests).toEqual([]);
  });

  test('an answer given before a large body is sent is read, not lost', async () => {
    sink.respond((_, response) => response.writeHead(413).end('too large'));
    const raw = rawMail(Buffer.alloc(20_000_000));
    expect(await failure({ format: 'mime' }, context({ raw }))).toMatchObject({ code: 'HTTP_REFUSED', details: 'too large' });
  });

  test('the timeout covers the whole answer', async () => {
    sink.respond((request, response) => {
      request.resume().on('end', () => response.writeHead(200).write('almost'));
    });
    expect(await failure({ timeoutMs: 200 })).toMatchObject({ code: 'HTTP_TIMEOUT', retryable: true });
  });

  test('a connection cut in the middle of the answer is not a delivery', async () => {
    sink.respond((request, response) => {
      request.resume().on('end', () => {
        response.writeHead(200, { 'content-length': 100 }).write('half');
        setImmediate(() => response.destroy());
      });
    });
    expect(await failure()).toMatchObject({ code: 'HTTP_UNREACHABLE', retryable: true });
  });

  test('nobody listening is HTTP_UNREACHABLE with the reason', async () => {
    const { url } = sink;
    await sink.close();
    expect(await failure({ url })).toMatchObject({ code: 'HTTP_UNREACHABLE', details: expect.stringContaining('ECONNREFUSED') });
  });

  test('a system that speaks no HTTP is HTTP_UNREACHABLE', async () => {
    expect(await failure({ url: sink.url.replace('http:', 'https:') })).toMatchObject({ code: 'HTTP_UNREACHABLE' });
  });

  test('an answer without end is cut off and the status counts', async () => {
    sink.respond((request, response) => {
      request.resume();
      const fill = (): void => {
        while (!response.destroyed && response.write('x'.repeat(64 * 1024)));
      };
      response.on('drain', fill);
      fill();
    });
    const { answer } = await httpReceiverAdapter.deliver(message(), config(), context());
    expect(JSON.stringify(answer).length).toBeLessThan(2_000);
  });

  test('a mail that can not be read is told as such, whatever its size', async () => {
    const lost = new FlowError('MAIL_NOT_PARSEABLE', { reason: 'cut off' });
    for (const sizeBytes of [10, 10_000_000]) {
      const raw = {
        sizeBytes,
        open: async function* () {
          yield Buffer.from('half');
          throw lost;
        },
      };
      expect(await failure({ format: 'mime' }, context({ raw }))).toBe(lost);
    }
  });

  test('an abort ends a call that waits for its answer', async () => {
    const controller = new AbortController();
    const reason = new Error('stop');
    sink.respond(() => controller.abort(reason));
    expect(await failure({}, context({ signal: controller.signal }))).toBe(reason);
  });

  test('a key with characters that no header takes is sent encoded', async () => {
    await httpReceiverAdapter.deliver(message(), config(), context({ idempotencyKey: 'e-1/Büro\r\nX: 1' }));
    expect(sink.requests[0]?.headers['idempotency-key']).toBe('e-1/B%C3%BCro%0D%0AX:%201');
  });
});
