import { z } from 'zod';
import { impliedPort, isLoopback, parseAddress, type MailProtocol, type Protection } from '../mail-address.ts';
import { mailSearchSchema } from '../mail-search.ts';
import { everyMinute, scheduleSchema } from '../schedule.ts';
import { describe, field, type ConfigView } from './define.ts';
import { mailSenderRules } from './mail-sender-rules.ts';

const isImap = (c: ConfigView) => c['protocol'] === 'imap4';
const isPop3 = (c: ConfigView) => c['protocol'] === 'pop3';
const archives = (c: ConfigView) => isImap(c) && String(c['postProcessing']).startsWith('archive');
const usesProxy = (c: ConfigView) => c['proxyType'] !== 'none';
/** Whether the connection may end up without encryption. */
const mayBeOpen = (c: ConfigView) => c['protection'] === 'off' || c['protection'] === 'starttls-optional';
/** A proxy on this machine leads to other machines, too. */
const staysHere = (c: ConfigView) => !usesProxy(c) && isLoopback(hostAt('address')(c) ?? '');
const hostAt = (field: string) => (c: ConfigView) => parseAddress(String(c[field]), 1)?.host;

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
    control: 'mail-address',
    required: true,
    placeholder: (c) => `mail.example.com:${impliedPort(c['protocol'] as MailProtocol, c['protection'] as Protection)}`,
    help: 'Host name of the mail server, with a port if it is not the usual one.',
    note: (c) => {
      const port = impliedPort(c['protocol'] as MailProtocol, c['protection'] as Protection);
      const isImplied = parseAddress(String(c['address']), 0) === undefined && parseAddress(String(c['address']), port) !== undefined;
      return isImplied ? `Port ${port}, as no other is named.` : undefined;
    },
  }),
  proxyType: field(z.enum(['none', 'socks5', 'http-connect']).default('none'), {
    tab: 'Connection',
    label: 'Proxy Type',
    control: 'select',
    options: { none: 'None', socks5: 'SOCKS5', 'http-connect': 'HTTP CONNECT' },
    help: 'How the mail server is reached where there is no direct way.',
  }),
  proxyAddress: field(z.string().trim().max(300).default(''), {
    tab: 'Connection',
    label: 'Proxy Address',
    control: 'text',
    required: true,
    placeholder: (c) => (c['proxyType'] === 'socks5' ? 'proxy.example.com:1080' : 'proxy.example.com:3128'),
    when: usesProxy,
    whenText: 'Proxy Type is not None',
    help: 'Host name and port of the proxy. It looks up the name of the mail server itself.',
  }),
  proxyCredential: field(z.string().trim().max(100).default(''), {
    tab: 'Connection',
    label: 'Proxy Credential',
    control: 'credential',
    credential: { kind: () => 'user', host: hostAt('proxyAddress') },
    when: usesProxy,
    whenText: 'Proxy Type is not None',
    help: 'The User Credentials artifact for the proxy; empty where it asks for none. It reaches the proxy unencrypted.',
  }),
  timeoutMs: field(z.int('a whole number').min(1_000, 'at least 1000').max(300_000, 'at most 300000').default(30_000), {
    tab: 'Connection',
    label: 'Timeout',
    control: 'number',
    unit: 'ms',
    help: 'How long getting a connection may take, proxy and encryption included.',
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
  trustedCertificate: field(z.string().trim().max(100).default(''), {
    tab: 'Connection',
    label: 'Trusted Certificate',
    control: 'certificate',
    when: (c) => c['protection'] !== 'off',
    whenText: 'Protection is not Off',
    placeholder: 'Authorities known to this machine',
    help: "Trusted for this server besides the authorities this machine knows. An authority's: the server's name must match. The server's own: exactly this one is accepted, whatever its name, until it expires.",
  }),
  authentication: field(z.enum(['encrypted', 'plain', 'oauth2']).default('plain'), {
    tab: 'Connection',
    label: 'Authentication',
    control: 'radio',
    options: { encrypted: 'Encrypted User/Password', plain: 'Plain User/Password', oauth2: 'OAuth2 Authorization Code' },
    help: 'Encrypted: the password is hashed before it is sent. Plain and OAuth2: only over an encrypted connection.',
  }),
  credential: field(z.string().trim().max(100).default(''), {
    tab: 'Connection',
    label: 'Credential Name',
    control: 'credential',
    required: true,
    credential: { kind: (c) => (c['authentication'] === 'oauth2' ? 'oauth2' : 'user'), host: hostAt('address') },
    help: 'The deployed artifact that holds user and password, or the OAuth2 authorization.',
  }),
  allowUnprotected: field(z.boolean().default(false), {
    tab: 'Connection',
    label: 'Allow Unencrypted Sign-In',
    control: 'switch',
    when: (c) => c['authentication'] !== 'encrypted' && mayBeOpen(c) && !staysHere(c),
    whenText: 'a password or token could travel over a connection that is not encrypted',
    help: 'An exception for this channel: whoever can listen on the way can read the password.',
  }),

  folder: field(z.string().trim().min(1, 'must not be empty').max(500).default('INBOX'), {
    tab: 'Processing',
    section: 'Which mails',
    label: 'Folder',
    control: 'mail-folder',
    when: isImap,
    whenText: 'Transport Protocol is IMAP4',
    help: 'The folder that is polled.',
  }),
  selection: field(z.enum(['unread', 'all']).default('unread'), {
    tab: 'Processing',
    section: 'Which mails',
    label: 'Selection',
    control: 'radio',
    options: { unread: 'Only Unread', all: 'All' },
    when: isImap,
    whenText: 'Transport Protocol is IMAP4',
    help: 'Which mails of the folder are taken. No mail is taken twice, whichever you choose.',
  }),
  search: field(mailSearchSchema.default({}), {
    tab: 'Processing',
    section: 'Which mails',
    label: 'Search',
    control: 'mail-search',
    help: 'Only mails for which all of this holds. IMAP4 searches on the server, POP3 reads the headers.',
  }),
  startWith: field(z.enum(['existing', 'new']).default('existing'), {
    tab: 'Processing',
    section: 'Which mails',
    label: 'Start With',
    control: 'radio',
    options: { existing: 'Mails already there', new: 'Only mails that arrive from now on' },
    help: 'Counts when the channel is started for the first time; later deployments go on where it was.',
  }),
  maxMessages: field(z.int('a whole number').min(1, 'at least 1').max(10_000, 'at most 10000').default(20), {
    tab: 'Processing',
    section: 'Limits',
    label: 'Max. Messages per Poll',
    control: 'number',
    help: 'Mails known already do not count. A full poll is followed at once by the next.',
  }),
  maxMailMb: field(z.int('a whole number').min(1, 'at least 1').max(1_000, 'at most 1000').default(50), {
    tab: 'Processing',
    section: 'Limits',
    label: 'Max. Mail Size',
    control: 'number',
    unit: 'MB',
    help: 'Larger mails go to quarantine with their headers and stay on the server.',
  }),
  lockTimeoutMin: field(z.int('a whole number').min(1, 'at least 1').max(1_440, 'at most 1440').default(15), {
    tab: 'Processing',
    section: 'Limits',
    label: 'Lock Timeout',
    control: 'number',
    unit: 'min',
    help: 'Longest time a poll may go without progress before its lock is given up.',
  }),
  processingOrder: field(z.enum(['parallel', 'in-order']).default('parallel'), {
    tab: 'Processing',
    section: 'Limits',
    label: 'Processing Order',
    control: 'radio',
    options: { parallel: 'Parallel', 'in-order': 'In Order' },
    help: 'In Order: one mail at a time, oldest first; a mail in RETRY holds the ones behind it.',
  }),
  postProcessing: field(z.enum(['mark-read', 'delete', 'archive', 'archive-mark-read', 'none']).default('mark-read'), {
    tab: 'Processing',
    section: 'On the server',
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
  pop3PostProcessing: field(z.enum(['leave', 'delete', 'delete-after-days']).default('leave'), {
    tab: 'Processing',
    section: 'On the server',
    label: 'Post-Processing',
    control: 'select',
    when: isPop3,
    whenText: 'Transport Protocol is POP3',
    options: { leave: 'Leave on Server', delete: 'Delete', 'delete-after-days': 'Delete After Days' },
    help: 'What happens to the mail on the server once it is done.',
  }),
  deleteAfterDays: field(z.int('a whole number').min(1, 'at least 1').max(3_650, 'at most 3650').default(30), {
    tab: 'Processing',
    section: 'On the server',
    label: 'Delete After',
    control: 'number',
    unit: 'days',
    when: (c) => isPop3(c) && c['pop3PostProcessing'] === 'delete-after-days',
    whenText: 'Post-Processing is Delete After Days',
    help: 'Counted from the moment the mail was taken.',
  }),
  postProcessWhen: field(z.enum(['completed', 'stored']).default('completed'), {
    tab: 'Processing',
    section: 'On the server',
    label: 'Post-Process When',
    control: 'radio',
    options: { completed: 'Completed', stored: 'Stored' },
    when: (c) => (isImap(c) ? c['postProcessing'] !== 'none' : c['pop3PostProcessing'] !== 'leave'),
    whenText: 'Post-Processing changes the mail',
    help: 'Completed: after the flow has ended well. Stored: as soon as the mail is safe here.',
  }),
  archiveFolder: field(z.string().trim().max(500).default(''), {
    tab: 'Processing',
    section: 'On the server',
    label: 'Archive Folder',
    control: 'mail-folder',
    canCreateFolder: true,
    required: true,
    when: archives,
    whenText: 'Post-Processing is one of the Archive kinds',
    help: 'Where done mails are moved.',
  }),
  onFinalFailure: field(z.enum(['leave', 'move']).default('leave'), {
    tab: 'Processing',
    section: 'On the server',
    label: 'On Final Failure',
    control: 'radio',
    options: { leave: 'Leave', move: 'Move to Folder' },
    when: isImap,
    whenText: 'Transport Protocol is IMAP4',
    help: 'What happens to the mail on the server when its attempts are used up, or a person cancels it.',
  }),
  failureFolder: field(z.string().trim().max(500).default(''), {
    tab: 'Processing',
    section: 'On the server',
    label: 'Failure Folder',
    control: 'mail-folder',
    canCreateFolder: true,
    required: true,
    when: (c) => isImap(c) && c['onFinalFailure'] === 'move',
    whenText: 'On Final Failure is Move to Folder',
    help: 'Where mails that could not be processed are moved.',
  }),
  autoDisconnect: field(z.boolean().default(true), {
    tab: 'Processing',
    section: 'On the server',
    label: 'Automatically Disconnect',
    control: 'switch',
    help: 'Off: one connection stays open, and IMAP4 servers push new mail at once (IDLE). The schedule remains the safety net.',
  }),

  body: field(z.enum(['text', 'html', 'mime']).default('text'), {
    tab: 'Processing',
    section: 'The message',
    label: 'Body',
    control: 'select',
    options: { text: 'Text', html: 'HTML', mime: 'Whole mail as MIME' },
    help: 'Text: the plain text, or HTML where a mail has no other. HTML: the other way round.',
  }),
  allowedHeaders: field(z.string().trim().max(4_000).default('*'), {
    tab: 'Processing',
    section: 'The message',
    label: 'Allowed Headers',
    control: 'text',
    help: 'Further headers that reach the flow: names parted by |, with * as wildcard. Subject, From, To and the like always do.',
  }),
  removeAttachments: field(z.boolean().default(false), {
    tab: 'Processing',
    section: 'The message',
    label: 'Remove Attachments',
    control: 'switch',
    help: 'The flow gets the mail without its attachments.',
  }),
  includeOriginal: field(z.boolean().default(false), {
    tab: 'Processing',
    section: 'The message',
    label: 'Include Original Mail',
    control: 'switch',
    help: 'The flow also gets the mail as it arrived, as property mail.original.',
  }),
  decodeMimeHeaders: field(z.boolean().default(true), {
    tab: 'Processing',
    section: 'The message',
    label: 'Decode MIME Headers',
    control: 'switch',
    help: 'Headers are unfolded and decoded (RFC 2047) before they reach the flow.',
  }),
  trustedAuthservId: field(z.string().trim().max(300).default(''), {
    tab: 'Processing',
    section: 'The message',
    label: 'Trusted authserv-id',
    control: 'text',
    placeholder: 'mx.example.com',
    help: 'Name of your receiving mail server, as in its Authentication-Results: whose SPF, DKIM and DMARC verdicts to believe.',
  }),

  schedule: field(scheduleSchema.default(everyMinute), {
    tab: 'Scheduler',
    label: 'Schedule',
    control: 'schedule',
    help: 'How often the mailbox is visited. A visit that comes late is made once.',
  }),
});

export type MailSenderConfig = z.output<typeof config>;

export const mailSender = describe({
  type: 'mail-sender',
  role: 'sender',
  title: 'Mail',
  icon: 'inbox',
  summary: 'Polls a mailbox over IMAP4 or POP3 and starts the flow with every mail.',
  config,
  rules: mailSenderRules,
  checklist: [
    'protocol',
    'address',
    'proxy',
    'protection',
    'trustedCertificate',
    'authentication',
    'credential',
    'credentialName',
    'signIn',
    'folder',
    'postProcessing',
    'schedule',
  ],
  subtitle: (c) => (c.address ? `${c.protocol === 'imap4' ? 'IMAP4' : 'POP3'} · ${c.address}` : 'not configured yet'),
});
