import { z } from 'zod';
import { parseAddress } from '../mail-address.ts';
import { describe, field, type ConfigView } from './define.ts';
import { longestWaitRule, receiverRetryFields } from './retry-fields.ts';

export const sshPort = 22;

const hostOf = ({ address }: ConfigView) => (typeof address === 'string' ? parseAddress(address, sshPort)?.host : undefined);

const config = z.object({
  name: field(z.string().trim().max(100).default('SFTP'), { tab: 'General', label: 'Name', control: 'text' }),
  address: field(z.string().trim().max(300).default(''), {
    tab: 'Connection',
    label: 'Address',
    control: 'text',
    required: true,
    placeholder: 'sftp.example.com',
    help: 'Host of the server, with ":" and a port unless it is 22.',
  }),
  knownHosts: field(z.string().trim().max(100).default(''), {
    tab: 'Connection',
    label: 'Known Hosts',
    control: 'known-hosts',
    required: true,
    help: 'The artifact that says which key the server has. Nothing is sent to a server with another key.',
  }),
  authentication: field(z.enum(['password', 'public-key']).default('password'), {
    tab: 'Connection',
    label: 'Authentication',
    control: 'radio',
    options: { password: 'User Name/Password', 'public-key': 'Public Key' },
  }),
  credential: field(z.string().trim().max(100).default(''), {
    tab: 'Connection',
    label: 'Credential Name',
    control: 'credential',
    required: true,
    credential: { kind: () => 'user', host: hostOf },
    when: (c) => c['authentication'] === 'password',
    whenText: 'Authentication is User Name/Password',
    help: 'The deployed User Credentials that sign in.',
  }),
  user: field(z.string().trim().max(300).default(''), {
    tab: 'Connection',
    label: 'User Name',
    control: 'text',
    required: true,
    when: (c) => c['authentication'] === 'public-key',
    whenText: 'Authentication is Public Key',
  }),
  privateKeyAlias: field(z.string().trim().max(100).default(''), {
    tab: 'Connection',
    label: 'Private Key Alias',
    control: 'key-pair',
    required: true,
    when: (c) => c['authentication'] === 'public-key',
    whenText: 'Authentication is Public Key',
    help: 'The deployed key pair that signs in. Its public key, for the server, is shown under Security, Key Pairs.',
  }),
  timeoutMs: field(z.int('a whole number').min(1_000, 'at least 1000').max(300_000, 'at most 300000').default(30_000), {
    tab: 'Connection',
    label: 'Timeout',
    control: 'number',
    unit: 'ms',
    help: 'How long to wait for the connection, and for each answer of the server.',
  }),
  directory: field(z.string().trim().max(500).default(''), {
    tab: 'File',
    label: 'Directory',
    control: 'text',
    placeholder: 'inbound/orders',
    help: 'Below the home directory of the user, unless it begins with "/". ${header.subject} and ${property.name} are filled in.',
  }),
  createDirectories: field(z.boolean().default(true), {
    tab: 'File',
    label: 'Create Directories',
    control: 'switch',
    help: 'Off: a directory that is missing fails the message.',
  }),
  content: field(z.enum(['mime', 'body', 'attachments']).default('mime'), {
    tab: 'File',
    label: 'Write',
    control: 'radio',
    options: { mime: 'Whole mail as .eml', body: 'Body', attachments: 'Attachments' },
    help: 'Attachments: one file each, in a directory per message.',
  }),
  fileName: field(z.string().trim().max(300).default('${property.exchange.id}'), {
    tab: 'File',
    label: 'File Name',
    control: 'text',
    help: 'The extension follows what is written. ${header.subject} and ${property.name} are filled in.',
  }),
  existing: field(z.enum(['unique', 'replace']).default('unique'), {
    tab: 'File',
    label: 'Existing Files',
    control: 'radio',
    options: { unique: 'Keep: each message has a name of its own', replace: 'Replace' },
    when: (c) => c['content'] !== 'attachments',
    whenText: 'Write is not Attachments',
    help: 'Keep: 16 letters that belong to the message are added to the name.',
  }),
  ...receiverRetryFields(),
});
export type SftpReceiverConfig = z.output<typeof config>;

export const sftpReceiver = describe({
  type: 'sftp-receiver',
  role: 'receiver',
  title: 'SFTP',
  icon: 'folder-up',
  summary: 'Writes the message to a directory of an SFTP server.',
  config,
  rules: [
    longestWaitRule,
    (c) =>
      c.address !== '' && !parseAddress(c.address, sshPort)
        ? {
            field: 'address',
            level: 'error',
            code: 'ADDRESS_INVALID',
            message: `Address '${c.address}' is not the address of a server.`,
            remedy: 'Write host or host:port, without sftp:// and without a path.',
          }
        : undefined,
    (c) =>
      c.directory.split(/[\\/]/).includes('..')
        ? {
            field: 'directory',
            level: 'error',
            code: 'FOLDER_OUTSIDE',
            message: 'Directory must not lead upwards.',
            remedy: 'Write a path without "..".',
          }
        : undefined,
  ],
  checklist: [],
  subtitle: (c) => (parseAddress(c.address, sshPort) ? `${c.address}/${c.directory.replace(/^\//, '')}` : 'no address yet'),
});
