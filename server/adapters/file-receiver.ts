import { dirname, join, relative } from 'node:path';
import { fileReceiver, type FileReceiverConfig } from '../../shared/catalog/file-receiver.ts';
import { FlowError } from '../../shared/errors.ts';
import type { Message } from '../../shared/flow.ts';
import { fillTemplate } from '../../shared/template.ts';
import type { Delivery, Receiver, ReceiverContext } from '../ports/steps.ts';
import { makeDirectory, writeDirectoryAtomic, writeFileAtomic, type Content } from './atomic-file.ts';
import { deliverySuffix, distinctNames, extensionOf, safeName } from './file-name.ts';

const maxFolderDepth = 16;

/**
 * Writes below the outbox, atomically. Names end in a suffix that belongs to the delivery: a repetition replaces its own file,
 * another message with the same name gets its own.
 */
export const fileReceiverAdapter: Receiver<FileReceiverConfig> = {
  type: fileReceiver.type,
  async deliver(message, config, context) {
    const directory = join(context.outboxDirectory, ...folderOf(message, config, context));
    const name = `${safeName(fillTemplate(config.fileName, message, context))}-${deliverySuffix(context.idempotencyKey)}`;
    if (config.content === 'attachments') return writeAttachments(message, join(directory, name), context);
    const file =
      config.content === 'mime'
        ? { path: join(directory, `${name}.eml`), content: context.raw.open() }
        : { path: join(directory, name + extensionOf(message.body.contentType)), content: bytesOf(message.body.text) };
    return writeOne(file.path, file.content, context);
  },
};

/**
 * The folder's parts, each filled in and made harmless on its own: a value from the mail never adds a level.
 *
 * @throws FlowError FILE_NAME_NOT_ALLOWED when the configuration itself leads out of the outbox
 */
function folderOf(message: Message, { folder }: FileReceiverConfig, context: ReceiverContext): string[] {
  const parts = folder.split(/[\\/]/);
  const isOutside = parts.some((part) => part.trim() === '..') || /^([\\/]|[a-z]:)/i.test(folder);
  if (isOutside || parts.length > maxFolderDepth) throw new FlowError('FILE_NAME_NOT_ALLOWED', { name: folder });
  return parts.filter((part) => part.trim() !== '' && part.trim() !== '.').map((part) => safeName(fillTemplate(part, message, context)));
}

async function writeOne(path: string, content: Content, context: ReceiverContext): Promise<Delivery> {
  await below(path, context, async (source) => {
    await makeDirectory(dirname(path));
    await writeFileAtomic(path, source(content), context.signal);
  });
  const shown = shownPath(path, context);
  return { summary: `wrote ${shown}`, answer: { path: shown } };
}

async function writeAttachments({ attachments }: Message, path: string, context: ReceiverContext): Promise<Delivery> {
  if (attachments.length === 0) return { summary: 'no attachments, nothing written', answer: { files: 0 } };
  const names = distinctNames(attachments.map(({ name }) => safeName(name)));
  await below(path, context, async (source) => {
    await makeDirectory(dirname(path));
    const files = attachments.map((attachment, index) => ({
      name: names[index] ?? String(attachment.index),
      content: source(context.openAttachment(attachment)),
    }));
    await writeDirectoryAtomic(path, files, context.signal);
  });
  const shown = shownPath(path, context);
  const count = attachments.length === 1 ? '1 file' : `${attachments.length} files`;
  return { summary: `wrote ${count} to ${shown}`, answer: { path: shown, files: attachments.length } };
}

async function* bytesOf(text: string): Content {
  yield Buffer.from(text);
}

/**
 * Runs `write` and says FILE_NOT_WRITABLE when the disk fails. What reading the mail throws, and an abort, stay what they are:
 * `write` reads through the `source` it is given, which remembers such a failure.
 */
async function below(
  path: string,
  context: ReceiverContext,
  write: (source: (content: Content) => Content) => Promise<void>,
): Promise<void> {
  let reading: { error: unknown } | undefined;
  async function* source(content: Content): Content {
    try {
      yield* content;
    } catch (error) {
      reading = { error };
      throw error;
    }
  }
  try {
    context.signal.throwIfAborted();
    await write(source);
  } catch (cause) {
    context.signal.throwIfAborted();
    if (reading) throw reading.error;
    const details = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
    throw new FlowError('FILE_NOT_WRITABLE', { path: shownPath(path, context) }, { cause, ...(details === undefined ? {} : { details }) });
  }
}

/** As people know it; where the outbox lies on this machine is nobody's business. */
function shownPath(path: string, { outboxDirectory }: ReceiverContext): string {
  return join('outbox', relative(outboxDirectory, path));
}
