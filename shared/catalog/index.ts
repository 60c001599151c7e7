import { contentModifier } from './content-modifier.ts';
import type { NodeDescription } from './define.ts';
import { fileReceiver } from './file-receiver.ts';
import { filter } from './filter.ts';
import { httpReceiver } from './http-receiver.ts';
import { mailSender } from './mail-sender.ts';
import { router } from './router.ts';
import { sftpReceiver } from './sftp-receiver.ts';

/** Every adapter and step there is, in palette order. */
export const catalog = [
  mailSender,
  contentModifier,
  filter,
  router,
  httpReceiver,
  sftpReceiver,
  fileReceiver,
] as unknown as NodeDescription[];

const byType = new Map(catalog.map((description) => [description.type, description]));

export function describeType(type: string): NodeDescription | undefined {
  return byType.get(type);
}
