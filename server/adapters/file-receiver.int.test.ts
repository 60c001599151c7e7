import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fileReceiver, type FileReceiverConfig } from '../../shared/catalog/file-receiver.ts';
import { FlowError } from '../../shared/errors.ts';
import { attachment, message, receiverContext } from '../testing/factories.ts';
import { receiverContract } from '../testing/receiver-contract.ts';
import { fileReceiverAdapter } from './file-receiver.ts';

let directory: string;
let outbox: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'mailroom-file-'));
  outbox = join(directory, 'outbox');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const config = (overrides: Partial<FileReceiverConfig> = {}): FileReceiverConfig => ({ ...fileReceiver.config.parse({}), ...overrides });

async function filesBelow(path: string): Promise<string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
const names = async () => (await filesBelow(directory)).map((path) => path.slice(outbox.length + 1));

receiverContract(fileReceiver, fileReceiverAdapter, {
  config: () => config({ content: 'body' }),
  context: (overrides) => receiverContext(outbox, overrides),
  delivered: async () => {
    await mkdir(outbox, { recursive: true });
    return Promise.all((await filesBelow(outbox)).map((path) => readFile(path, 'utf8')));
  },
  failing: () => ({ config: config(), context: receiverContext('/dev/null/outbox') }),
});

describe('file receiver', () => {
  test('the whole mail is written byte by byte, below folders filled in from the message', async () => {
    const bytes = Buffer.from([...Array(256).keys()]);
    const context = receiverContext(outbox, {
      raw: {
        sizeBytes: bytes.length,
        open: async function* () {
          yield bytes.subarray(0, 100);
          yield bytes.subarray(100);
        },
      },
    });
    const { summary } = await fileReceiverAdapter.deliver(message(), config({ folder: 'in/${header.subject}' }), context);
    const [path = ''] = await filesBelow(outbox);
    expect(path.slice(outbox.length + 1)).toMatch(new RegExp(`^in/Order 17/${context.exchangeId}-[0-9a-f]{16}\\.eml$`));
    expect(await readFile(path)).toEqual(bytes);
    expect(summary).toBe(`wrote ${join('outbox', path.slice(outbox.length + 1))}`);
  });

  test.each(['../../x', '/etc/x', '..\\..\\x', '..', 'a/../../b', '\u0000', '.'])(
    'the value %j from a mail does not lead out of the outbox',
    async (value) => {
      const input = message({ headers: { subject: value } });
      await fileReceiverAdapter.deliver(
        input,
        config({ folder: 'in/${header.subject}', fileName: '${header.subject}' }),
        receiverContext(outbox),
      );
      const [path = ''] = await names();
      expect(path.split('/')).toHaveLength(3);
      expect(path).toMatch(/^in\/[^/]+\/[^/]+\.eml$/);
    },
  );

  test.each(['../x', '/etc', 'a/../../b', 'C:\\x', 'a/'.repeat(20)])('the configured folder %j is refused', async (folder) => {
    await expect(fileReceiverAdapter.deliver(message(), config({ folder }), receiverContext(outbox))).rejects.toMatchObject({
      code: 'FILE_NAME_NOT_ALLOWED',
      retryable: false,
    });
  });

  test('attachments go to a folder per message, equal names apart', async () => {
    const input = message({
      attachments: [attachment({ name: 'a.csv' }), attachment({ index: 1, name: '../a.csv' }), attachment({ index: 2, name: 'A.csv' })],
    });
    const context = receiverContext(outbox);
    await fileReceiverAdapter.deliver(input, config({ content: 'attachments', fileName: 'order' }), context);
    const paths = await filesBelow(outbox);
    expect(await Promise.all(paths.map((path) => readFile(path, 'utf8')))).toEqual(['attachment 2', 'attachment 1', 'attachment 0']);
    expect(new Set(paths.map((path) => path.split('/').at(-2)))).toHaveProperty('size', 1);

    await fileReceiverAdapter.deliver(input, config({ content: 'attachments', fileName: 'order' }), context);
    expect(await filesBelow(outbox)).toEqual(paths);
  });

  test('a message without attachments leaves no folder behind', async () => {
    const { summary } = await fileReceiverAdapter.deliver(message(), config({ content: 'attachments' }), receiverContext(outbox));
    expect(summary).toBe('no attachments, nothing written');
    await expect(readdir(outbox)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('when the mail can not be read to its end, nothing is left and the reason is told', async () => {
    const lost = new FlowError('MAIL_NOT_PARSEABLE', { reason: 'cut off' });
    const context = receiverContext(outbox, {
      raw: {
        sizeBytes: 10,
        open: async function* () {
          yield Buffer.from('half');
          throw lost;
        },
      },
    });
    await expect(fileReceiverAdapter.deliver(message(), config(), context)).rejects.toBe(lost);
    expect(await names()).toEqual([]);
  });

  test('an abort in the middle leaves no half file', async () => {
    const controller = new AbortController();
    const context = receiverContext(outbox, {
      signal: controller.signal,
      raw: {
        sizeBytes: 10,
        open: async function* () {
          yield Buffer.from('half');
          controller.abort(new Error('stop'));
          yield Buffer.from('more');
        },
      },
    });
    await expect(fileReceiverAdapter.deliver(message(), config(), context)).rejects.toThrow('stop');
    expect(await names()).toEqual([]);
  });

  test('an outbox that can not be written is told with the path below it only', async () => {
    await writeFile(outbox, 'a file where the folder should be');
    const error = await fileReceiverAdapter.deliver(message(), config(), receiverContext(outbox)).catch((error: unknown) => error);
    expect(error).toMatchObject({
      code: 'FILE_NOT_WRITABLE',
      details: expect.stringMatching(/^E[A-Z]+$/),
      message: expect.not.stringContaining(directory),
    });
  });
});
