import { z } from 'zod';
import { describe, field } from './define.ts';
import { longestWaitRule, receiverRetryFields } from './retry-fields.ts';

const config = z.object({
  name: field(z.string().trim().max(100).default('File'), { tab: 'General', label: 'Name', control: 'text' }),
  folder: field(z.string().trim().max(300).default(''), {
    tab: 'File',
    label: 'Folder',
    control: 'text',
    placeholder: 'invoices',
    help: 'Below the outbox of the data directory; made when missing. ${header.subject} and ${property.name} are filled in.',
  }),
  content: field(z.enum(['mime', 'body', 'attachments']).default('mime'), {
    tab: 'File',
    label: 'Write',
    control: 'radio',
    options: { mime: 'Whole mail as .eml', body: 'Body', attachments: 'Attachments' },
    help: 'Attachments: one file each, in a folder per message.',
  }),
  fileName: field(z.string().trim().max(300).default('${property.exchange.id}'), {
    tab: 'File',
    label: 'File Name',
    control: 'text',
    help: 'The extension follows what is written. ${header.subject} and ${property.name} are filled in.',
  }),
  ...receiverRetryFields(),
});
export type FileReceiverConfig = z.output<typeof config>;

export const fileReceiver = describe({
  type: 'file-receiver',
  role: 'receiver',
  title: 'File',
  icon: 'folder-down',
  summary: 'Writes the message to a folder below the outbox of this machine.',
  config,
  rules: [
    longestWaitRule,
    (c) =>
      c.folder.startsWith('/') || c.folder.split(/[\\/]/).includes('..')
        ? {
            field: 'folder',
            level: 'error',
            code: 'FOLDER_OUTSIDE',
            message: 'Folder must lie below the outbox.',
            remedy: 'Write a relative path without "..".',
          }
        : undefined,
  ],
  checklist: [],
  subtitle: (c) => `outbox/${c.folder}`,
});
