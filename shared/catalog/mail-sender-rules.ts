import { isLoopback, parseAddress } from '../mail-address.ts';
import { isSearchEmpty } from '../mail-search.ts';
import { nextRun, shortestGapMs } from '../schedule-runs.ts';
import { scheduleText } from '../schedule-text.ts';
import type { Rule } from './define.ts';
import type { MailSenderConfig } from './mail-sender.ts';

/** What must hold between the fields of the Mail sender. */

const isImap = (c: MailSenderConfig) => c.protocol === 'imap4';
const archives = (c: MailSenderConfig) => isImap(c) && c.postProcessing.startsWith('archive');
const sameFolder = (a: string, b: string) => (a.toUpperCase() === 'INBOX' ? b.toUpperCase() === 'INBOX' : a === b);

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

/** A proxy has no usual port to imply. */
export const proxyAddressHasPort: Rule<MailSenderConfig> = (c) =>
  c.proxyType === 'none' || parseAddress(c.proxyAddress, 0)
    ? undefined
    : {
        field: 'proxyAddress',
        level: 'error',
        code: 'PROXY_ADDRESS_INVALID',
        message: `Proxy Address '${c.proxyAddress}' is not a host name with a port.`,
        remedy: 'Write host:port or [ipv6]:port, without a scheme and without a path.',
      };

/** Nothing that can be read and used on the way travels unencrypted, unless the server is here or a person took the risk for this channel. */
export const secretNeedsProtection: Rule<MailSenderConfig> = (c) => {
  if (c.authentication === 'encrypted' || c.protection === 'tls' || c.protection === 'starttls-mandatory') return undefined;
  const address = parseAddress(c.address, 1);
  if (!address) return undefined;
  const secret = c.authentication === 'oauth2' ? 'access token' : 'password';
  if (c.proxyType === 'none' && isLoopback(address.host)) {
    return {
      field: 'protection',
      level: 'warning',
      code: 'PLAIN_ON_LOOPBACK',
      message: `The ${secret} is sent unencrypted; allowed only because the server is on this machine.`,
      remedy: 'Use IMAPS / POP3S or STARTTLS Mandatory as soon as the server is elsewhere.',
    };
  }
  if (c.allowUnprotected) {
    return {
      field: 'allowUnprotected',
      level: 'warning',
      code: 'UNPROTECTED_ALLOWED',
      message: `The ${secret} may be sent unencrypted, as allowed for this channel: whoever listens on the way can use it.`,
      remedy: 'Set Protection to IMAPS / POP3S or STARTTLS Mandatory as soon as the server can do it.',
    };
  }
  return {
    field: 'authentication',
    level: 'error',
    code: 'PLAIN_NOT_PROTECTED',
    message: `The ${secret} must not travel over a connection that may be unencrypted.`,
    remedy: 'Set Protection to IMAPS / POP3S or STARTTLS Mandatory, or Authentication to Encrypted User/Password.',
  };
};

export const archiveFolderDiffersFromFolder: Rule<MailSenderConfig> = (c) =>
  archives(c) && sameFolder(c.archiveFolder, c.folder)
    ? {
        field: 'archiveFolder',
        level: 'error',
        code: 'ARCHIVE_IS_FOLDER',
        message: 'Archive Folder is the folder that is polled.',
        remedy: 'Choose another folder to archive to.',
      }
    : undefined;

export const failureFolderDiffersFromFolder: Rule<MailSenderConfig> = (c) =>
  isImap(c) && c.onFinalFailure === 'move' && sameFolder(c.failureFolder, c.folder)
    ? {
        field: 'failureFolder',
        level: 'error',
        code: 'FAILURE_FOLDER_IS_FOLDER',
        message: 'Failure Folder is the folder that is polled.',
        remedy: 'Choose another folder to move failed mails to.',
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

export const sizesLeaveRoom: Rule<MailSenderConfig> = ({ search }) =>
  search.largerKb !== undefined && search.smallerKb !== undefined && search.largerKb >= search.smallerKb
    ? {
        field: 'search',
        level: 'error',
        code: 'SEARCH_FINDS_NOTHING',
        message: `No mail is larger than ${search.largerKb} KB and smaller than ${search.smallerKb} KB.`,
        remedy: 'Correct one of the two sizes.',
      }
    : undefined;

export const pop3SearchReadsHeaders: Rule<MailSenderConfig> = (c) =>
  c.protocol === 'pop3' && !isSearchEmpty(c.search)
    ? {
        field: 'search',
        level: 'info',
        code: 'POP3_SEARCH_READS_HEADERS',
        message:
          'POP3 servers cannot search: the headers of each new mail are read once to decide. The day of arrival is that of the topmost Received line, else of Date.',
        remedy: 'Use IMAP4 where the mailbox is large.',
      }
    : undefined;

export const pushNeedsImap: Rule<MailSenderConfig> = (c) =>
  c.protocol === 'pop3' && !c.autoDisconnect
    ? {
        field: 'autoDisconnect',
        level: 'info',
        code: 'POP3_ALWAYS_DISCONNECTS',
        message: 'POP3 shows new mail only to a new connection, so each poll makes its own.',
        remedy: 'Switch Automatically Disconnect on, or use IMAP4.',
      }
    : undefined;

export const belowOneMinuteIsRare: Rule<MailSenderConfig> = (c) =>
  (shortestGapMs(c.schedule, new Date()) ?? 60_000) < 60_000
    ? {
        field: 'schedule',
        level: 'info',
        code: 'INTERVAL_SHORT',
        message: `The mailbox is visited ${scheduleText(c.schedule)}.`,
        remedy: 'Poll more than once a minute only if it is really needed; some servers limit sign-ins.',
      }
    : undefined;

export const scheduleHasRuns: Rule<MailSenderConfig> = (c) =>
  c.schedule.kind === 'day' && nextRun(c.schedule, new Date()) === undefined
    ? {
        field: 'schedule',
        level: 'warning',
        code: 'SCHEDULE_OVER',
        message: `The mailbox is visited ${scheduleText(c.schedule)}: that is over.`,
        remedy: 'Choose a later date or time, or use Poll now after Deploy.',
      }
    : undefined;

export const mailSenderRules: Rule<MailSenderConfig>[] = [
  addressIsValid,
  proxyAddressHasPort,
  secretNeedsProtection,
  archiveFolderDiffersFromFolder,
  failureFolderDiffersFromFolder,
  allWithMarkAsReadIsKept,
  sizesLeaveRoom,
  pop3SearchReadsHeaders,
  pushNeedsImap,
  belowOneMinuteIsRare,
  scheduleHasRuns,
];
