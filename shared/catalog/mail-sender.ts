import { z } from 'zod';
import { impliedPort, isLoopback, parseAddress, type MailProtocol, type Protection } from '../mail-address.ts';
import { everyMinute, expectedIntervalMs, scheduleSchema, scheduleText } from '../schedule.ts';
import { describe, field, type ConfigView, type Rule } from './define.ts';

const isImap = (c: ConfigView) => c['protocol'] === 'imap4';
const isPop3 = (c: ConfigView) => c['protocol'] === 'pop3';
const archives = (c: ConfigView) => isImap(c) && String(c['postProcessing']).startsWith('archive');

const config = z.object({
  name: field(z.string().trim().max(100).default('Mail'), {
    tab: 'General',
    label: 'Name',
    control: 'text',
    help: 'How the channel is called in this flow.',
  }),
  description: field(z.string().max(2_000).default(''), { tab: 'General', label: 'Description', control: 'textarea' }),

  protocol: field(z.enum(['imap4', 'pop3']).default('imap4'), {
    tab: 'Connection',
    label: 'Transport Protocol',
    control: 'radio',
    options: { imap4: 'IMAP4', pop3: 'POP3' },
    help: 'IMAP4 knows folders and read marks. POP3 knows only the inbox.',
  }),
  address: field(z.string().trim().max(300).default(''), {
    tab: 'Connection',
    label: 'Address',
    control: 'text',
    required: true,
    placeholder: (c) => `mail.example.com:${impliedPort(c['protocol'] as MailProtocol, c['protection'] as Protection)}`,
    help: 'Host name of the mail server, with a port if it is not the usual one.',
    note: (c) => {
      const port = impliedPort(c['protocol'] as MailProtocol, c['protection'] as Protection);
      const isImplied = parseAddress(String(c['address']), 0) === undefined && parseAddress(String(c['address']), port) !== undefined;
      return isImplied ? `Port ${port}, as no other is named.` : undefined;
    },
  }),
  timeoutMs: field(z.int('a whole number').min(1_000, 'at least 1000').max(300_000, 'at most 300000').default(30_000), {
    tab: 'Connection',
    label: 'Timeout',
    control: 'number',
    unit: 'ms',
    help: 'How long to wait for the server to accept the connection.',
  }),
  protection: field(z.enum(['tls', 'starttls-mandatory', 'starttls-optional', 'off']).default('tls'), {
    tab: 'Connection',
    label: 'Protection',
    control: 'select',
    options: (c) => ({
      tls: isPop3(c) ? 'POP3S' : 'IMAPS',
      'starttls-mandatory': 'STARTTLS Mandatory',
      'starttls-optional': 'STARTTLS Optional',
      off: 'Off',
    }),
    help: 'How the connection is encrypted. The certificate is always verified.',
  }),
  authentication: field(z.enum(['encrypted', 'plain']).default('plain'), {
    tab: 'Connection',
    label: 'Authentication',
    control: 'radio',
    options: { encrypted: 'Encrypted User/Password', plain: 'Plain User/Password' },
    help: 'Encrypted: the password is hashed before it is sent. Plain: only over an encrypted connection.',
  }),
  credential: field(z.string().trim().max(100).default(''), {
    tab: 'Connection',
    label: 'Credential Name',
    control: 'credential',
    required: true,
    help: 'The User Credentials artifact that holds user and password.',
  }),

  folder: field(z.string().trim().min(1, 'must not be empty').max(500).default('INBOX'), {
    tab: 'Processing',
    label: 'Folder',
    control: 'mail-folder',
    when: isImap,
    whenText: 'Transport Protocol is IMAP4',
    help: 'The folder that is polled.',
  }),
  selection: field(z.enum(['unread', 'all']).default('unread'), {
    tab: 'Processing',
    label: 'Selection',
    control: 'radio',
    options: { unread: 'Only Unread', all: 'All' },
    when: isImap,
    whenText: 'Transport Protocol is IMAP4',
    help: 'Which mails of the folder are taken. No mail is taken twice, whichever you choose.',
  }),
  maxMessages: field(z.int('a whole number').min(1, 'at least 1').max(10_000, 'at most 10000').default(20), {
    tab: 'Processing',
    label: 'Max. Messages per Poll',
    control: 'number',
    help: 'Mails known already do not count. A full poll is followed at once by the next.',
  }),
  maxMailMb: field(z.int('a whole number').min(1, 'at least 1').max(1_000, 'at most 1000').default(50), {
    tab: 'Processing',
    label: 'Max. Mail Size',
    control: 'number',
    unit: 'MB',
    help: 'Larger mails go to quarantine and stay on the server.',
  }),
  lockTimeoutMin: field(z.int('a whole number').min(1, 'at least 1').max(1_440, 'at most 1440').default(15), {
    tab: 'Processing',
    label: 'Lock Timeout',
    control: 'number',
    unit: 'min',
    help: 'Longest time a poll may go without progress before its lock is given up.',
  }),
  postProcessing: field(z.enum(['mark-read', 'delete', 'archive', 'archive-mark-read', 'none']).default('mark-read'), {
    tab: 'Processing',
    label: 'Post-Processing',
    control: 'select',
    when: isImap,
    whenText: 'Transport Protocol is IMAP4',
    options: {
      'mark-read': 'Mark as Read',
      delete: 'Delete',
      archive: 'Archive',
      'archive-mark-read': 'Archive and Mark as Read',
      none: 'None',
    },
    help: 'What happens to the mail on the server once it is done.',
  }),
  pop3PostProcessing: field(z.enum(['leave', 'delete']).default('leave'), {
    tab: 'Processing',
    label: 'Post-Processing',
    control: 'select',
    when: isPop3,
    whenText: 'Transport Protocol is POP3',
    options: { leave: 'Leave on Server', delete: 'Delete' },
    help: 'What happens to the mail on the server once it is done.',
  }),
  postProcessWhen: field(z.enum(['completed', 'stored']).default('completed'), {
    tab: 'Processing',
    label: 'Post-Process When',
    control: 'radio',
    options: { completed: 'Completed', stored: 'Stored' },
    when: (c) => (isImap(c) ? c['postProcessing'] !== 'none' : c['pop3PostProcessing'] !== 'leave'),
    whenText: 'Post-Processing changes the mail',
    help: 'Completed: after the flow has ended well. Stored: as soon as the mail is safe here.',
  }),
  archiveFolder: field(z.string().trim().max(500).default(''), {
    tab: 'Processing',
    label: 'Archive Folder',
    control: 'mail-folder',
    required: true,
    when: archives,
    whenText: 'Post-Processing is one of the Archive kinds',
    help: 'Where done mails are moved. It must exist.',
  }),

  schedule: field(scheduleSchema.default(everyMinute), {
    tab: 'Scheduler',
    label: 'Schedule',
    control: 'schedule',
    help: 'How often the mailbox is visited. A visit that comes late is made once.',
  }),
});

export type MailSenderConfig = z.output<typeof config>;

export const addressIsValid: Rule<MailSenderConfig> = (c) =>
  parseAddress(c.address, 1)
    ? undefined
    : {
        field: 'address',
        level: 'error',
        code: 'ADDRESS_INVALID',
        message: `Address '${c.address}' is not a host name with an optional port.`,
        remedy: 'Write host, host:port or [ipv6]:port, without a scheme such as imap:// and without a path.',
      };

export const plainNeedsProtection: Rule<MailSenderConfig> = (c) => {
  if (c.authentication !== 'plain' || c.protection === 'tls' || c.protection === 'starttls-mandatory') return undefined;
  const address = parseAddress(c.address, 1);
  if (!address) return undefined;
  if (isLoopback(address.host)) {
    return {
      field: 'protection',
      level: 'warning',
      code: 'PLAIN_ON_LOOPBACK',
      message: 'The password is sent unencrypted; allowed only because the server is on this machine.',
      remedy: 'Use IMAPS / POP3S or STARTTLS Mandatory as soon as the server is elsewhere.',
    };
  }
  return {
    field: 'authentication',
    level: 'error',
    code: 'PLAIN_NOT_PROTECTED',
    message: 'A plain password must not travel over a connection that may be unencrypted.',
    remedy: 'Set Protection to IMAPS / POP3S or STARTTLS Mandatory, or Authentication to Encrypted User/Password.',
  };
};

export const archiveFolderDiffersFromFolder: Rule<MailSenderConfig> = (c) =>
  archives(c) && c.archiveFolder.toLowerCase() === c.folder.toLowerCase()
    ? {
        field: 'archiveFolder',
        level: 'error',
        code: 'ARCHIVE_IS_FOLDER',
        message: 'Archive Folder is the folder that is polled.',
        remedy: 'Choose another folder to archive to.',
      }
    : undefined;

export const allWithMarkAsReadIsKept: Rule<MailSenderConfig> = (c) =>
  isImap(c) && c.selection === 'all' && c.postProcessing === 'mark-read'
    ? {
        field: 'selection',
        level: 'info',
        code: 'ALL_WITH_MARK_READ',
        message: 'All mails are listed at each poll; those taken before are recognised and not taken again.',
        remedy: 'Choose Only Unread to list fewer mails.',
      }
    : undefined;

export const belowOneMinuteIsRare: Rule<MailSenderConfig> = (c) =>
  expectedIntervalMs(c.schedule) < 60_000
    ? {
        field: 'schedule',
        level: 'info',
        code: 'INTERVAL_SHORT',
        message: `The mailbox is visited ${scheduleText(c.schedule)}.`,
        remedy: 'Poll more than once a minute only if it is really needed; some servers limit sign-ins.',
      }
    : undefined;

export const mailSender = describe({
  type: 'mail-sender',
  role: 'sender',
  title: 'Mail',
  icon: 'inbox',
  summary: 'Polls a mailbox over IMAP4 or POP3 and starts the flow with every mail.',
  config,
  rules: [addressIsValid, plainNeedsProtection, archiveFolderDiffersFromFolder, allWithMarkAsReadIsKept, belowOneMinuteIsRare],
  checklist: ['protocol', 'address', 'protection', 'authentication', 'credential', 'signIn', 'folder', 'postProcessing', 'schedule'],
  subtitle: (c) => (c.address ? `${c.protocol === 'imap4' ? 'IMAP4' : 'POP3'} · ${c.address}` : 'not configured yet'),
});
