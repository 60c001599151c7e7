import type { CertificateFacts } from '../certificate.ts';
import type { ErrorTable } from './entry.ts';

/** Visiting a mailbox and reading what is in it. */
export const mailErrors = {
  MAIL_HOST_NOT_FOUND: {
    status: 502,
    retryable: true,
    message: (p: { host: string }) => `The name ${p.host} was not found.`,
    remedy: 'Correct Address in the channel, or check the name server of this machine.',
  },
  MAIL_CONNECTION_REFUSED: {
    status: 502,
    retryable: true,
    message: (p: { address: string }) => `${p.address} refused the connection.`,
    remedy: 'Check the port in Address, and that the mail server is running and lets this machine in.',
  },
  MAIL_HOST_UNREACHABLE: {
    status: 502,
    retryable: true,
    message: (p: { address: string }) => `There is no way from this machine to ${p.address}.`,
    remedy: 'Check network, VPN and firewall of this machine.',
  },
  MAIL_TIMEOUT: {
    status: 504,
    retryable: true,
    message: (p: { address: string; during: string; timeoutMs: number }) =>
      `${p.address} did not answer within ${Math.round(p.timeoutMs / 1000)} s (${p.during}).`,
    remedy: 'Check the network between this machine and the mail server; raise Timeout if the server is only slow.',
  },
  MAIL_CONNECTION_LOST: {
    status: 502,
    retryable: true,
    message: (p: { address: string; during: string }) => `The connection to ${p.address} was lost (${p.during}).`,
    remedy: 'Nothing to do if it happens rarely: the poll is repeated. If it stays, look at the log of the mail server.',
  },
  MAIL_PROTOCOL_ERROR: {
    status: 502,
    retryable: true,
    message: (p: { address: string; during: string }) => `${p.address} gave an answer that can't be understood (${p.during}).`,
    remedy: 'Check that Transport Protocol and the port in Address belong together.',
  },
  MAIL_TLS_ON_CLEAR_PORT: {
    status: 502,
    retryable: false,
    message: (p: { address: string }) => `${p.address} speaks TLS from the first byte, but Protection does not.`,
    remedy: 'Set Protection to IMAPS or POP3S.',
  },
  MAIL_CLEAR_ON_TLS_PORT: {
    status: 502,
    retryable: false,
    message: (p: { address: string }) => `${p.address} does not speak TLS from the first byte.`,
    remedy: 'Set Protection to STARTTLS Mandatory, or correct the port in Address.',
  },
  MAIL_CERTIFICATE_UNKNOWN: {
    status: 502,
    retryable: false,
    message: (p: { address: string; issuer: string; fingerprint: string; chain: CertificateFacts[] }) =>
      `The certificate of ${p.address} is not from a known authority (issuer ${p.issuer}, SHA-256 ${p.fingerprint}).`,
    remedy:
      'Compare the fingerprint with that of the server. If it is the same, deploy the certificate or that of its authority under Security and choose it as Trusted Certificate.',
  },
  MAIL_CERTIFICATE_EXPIRED: {
    status: 502,
    retryable: false,
    message: (p: { address: string; until: string; chain: CertificateFacts[] }) => `The certificate of ${p.address} expired on ${p.until}.`,
    remedy: 'Renew the certificate on the mail server. An expired one is not accepted, even where it is the Trusted Certificate.',
  },
  MAIL_CERTIFICATE_NOT_YET_VALID: {
    status: 502,
    retryable: false,
    message: (p: { address: string; from: string; chain: CertificateFacts[] }) =>
      `The certificate of ${p.address} is not valid before ${p.from}.`,
    remedy: 'Check the clock of this machine, and the certificate on the mail server.',
  },
  MAIL_CERTIFICATE_WRONG_HOST: {
    status: 502,
    retryable: false,
    message: (p: { address: string; names: string; chain: CertificateFacts[] }) => `The certificate of ${p.address} is for ${p.names}.`,
    remedy:
      "Use one of those names in Address. If the server has no other name here, compare the fingerprint and choose the server's own certificate as Trusted Certificate: it counts for any name then.",
  },
  MAIL_TRUSTED_CERTIFICATE_UNREADABLE: {
    status: 409,
    retryable: false,
    message: (p: { name: string }) => `The trusted certificate '${p.name}' can't be read.`,
    remedy: 'Deploy it again under Security, as PEM: it begins with -----BEGIN CERTIFICATE-----.',
  },
  MAIL_TLS_FAILED: {
    status: 502,
    retryable: true,
    message: (p: { address: string }) => `No protected connection to ${p.address} could be agreed on.`,
    remedy: 'The server must offer TLS 1.2 or later. Look at the details and at the log of the mail server.',
  },
  MAIL_STARTTLS_NOT_OFFERED: {
    status: 502,
    retryable: false,
    message: (p: { address: string }) => `${p.address} does not offer STARTTLS.`,
    remedy: 'Set Protection to IMAPS or POP3S, or have STARTTLS switched on at the mail server.',
  },
  MAIL_PLAIN_NOT_PROTECTED: {
    status: 409,
    retryable: false,
    message: (p: { address: string }) => `The connection to ${p.address} is not encrypted, so neither password nor token was sent.`,
    remedy: 'Set Protection to IMAPS / POP3S or STARTTLS Mandatory, or Authentication to Encrypted User/Password.',
  },
  MAIL_PROXY_NOT_FOUND: {
    status: 502,
    retryable: true,
    message: (p: { host: string }) => `The name of the proxy, ${p.host}, was not found.`,
    remedy: 'Correct Proxy Address in the channel, or check the name server of this machine.',
  },
  MAIL_PROXY_UNREACHABLE: {
    status: 502,
    retryable: true,
    message: (p: { proxy: string }) => `The proxy ${p.proxy} can't be reached.`,
    remedy: 'Check the port in Proxy Address, that the proxy is running, and the network between this machine and it.',
  },
  MAIL_PROXY_TIMEOUT: {
    status: 504,
    retryable: true,
    message: (p: { proxy: string; address: string; timeoutMs: number }) =>
      `The proxy ${p.proxy} did not connect to ${p.address} within ${Math.round(p.timeoutMs / 1000)} s.`,
    remedy:
      'Check that Proxy Type and Proxy Address belong together and that the proxy reaches the mail server; raise Timeout if it is only slow.',
  },
  MAIL_PROXY_LOST: {
    status: 502,
    retryable: true,
    message: (p: { proxy: string; address: string }) => `The proxy ${p.proxy} hung up instead of connecting to ${p.address}.`,
    remedy: 'Check that Proxy Type fits the proxy. Some proxies hang up on what they do not allow: look at the log of the proxy.',
  },
  MAIL_PROXY_PROTOCOL_ERROR: {
    status: 502,
    retryable: false,
    message: (p: { proxy: string; protocol: string }) => `${p.proxy} does not answer like a proxy for ${p.protocol}.`,
    remedy: 'Correct Proxy Type or Proxy Address in the channel.',
  },
  MAIL_PROXY_SIGN_IN_WANTED: {
    status: 502,
    retryable: false,
    message: (p: { proxy: string; accepted: string }) => `The proxy ${p.proxy} accepts ${p.accepted}.`,
    remedy: 'Choose the User Credentials artifact for the proxy as Proxy Credential. Mailroom signs in to proxies with user and password.',
  },
  MAIL_PROXY_SIGN_IN_REFUSED: {
    status: 502,
    retryable: false,
    message: (p: { proxy: string; user: string }) => `The proxy ${p.proxy} refused the sign-in of ${p.user}.`,
    remedy: 'Correct user or password in the artifact that is chosen as Proxy Credential.',
  },
  MAIL_PROXY_FORBIDS: {
    status: 502,
    retryable: false,
    message: (p: { proxy: string; address: string }) => `The proxy ${p.proxy} does not allow connections to ${p.address}.`,
    remedy: 'Ask who runs the proxy to allow this host and port. Many proxies allow port 443 only at first.',
  },
  MAIL_PROXY_TARGET_UNREACHABLE: {
    status: 502,
    retryable: true,
    message: (p: { proxy: string; address: string }) => `The proxy ${p.proxy} can't reach ${p.address}.`,
    remedy: 'Correct host and port in Address: the proxy looks the name up, not this machine. Then check the network of the proxy.',
  },
  MAIL_MECHANISM_NOT_OFFERED: {
    status: 502,
    retryable: false,
    message: (p: { address: string; accepted: string; offered: string }) =>
      `${p.address} offers no sign-in that Authentication accepts. It offers: ${p.offered}. Accepted: ${p.accepted}.`,
    remedy: 'Choose an Authentication that the server offers, or have one of the accepted switched on at the mail server.',
  },
  MAIL_SERVER_NOT_PROVEN: {
    status: 502,
    retryable: false,
    message: (p: { address: string; mechanism: string }) =>
      `${p.address} could not prove that it knows the password (${p.mechanism}), so nothing was read from it.`,
    remedy:
      'It may be another server than the one you mean: check Address, and set Protection to IMAPS / POP3S or STARTTLS Mandatory. Ask who runs the mail server.',
  },
  MAIL_SIGN_IN_REFUSED: {
    status: 502,
    retryable: false,
    message: (p: { address: string; user: string }) => `${p.address} refused the sign-in of ${p.user}.`,
    remedy: "Correct user or password in the User Credentials artifact, or allow this protocol in the mailbox's settings.",
  },
  MAIL_SIGN_IN_UNAVAILABLE: {
    status: 502,
    retryable: true,
    message: (p: { address: string; user: string }) => `${p.address} can't check the sign-in of ${p.user} at the moment.`,
    remedy: 'Nothing to do: the sign-in is tried again. If it stays, ask who runs the mail server.',
  },
  MAIL_SIGN_IN_PAUSED: {
    status: 409,
    retryable: true,
    message: (p: { host: string; user: string; until: string }) =>
      `Sign-in of ${p.user} at ${p.host} was refused before and rests until ${p.until}, so that the account is not locked out.`,
    remedy: 'Correct the User Credentials artifact: a change lifts the pause at once.',
  },
  MAIL_TOO_MANY_CONNECTIONS: {
    status: 502,
    retryable: true,
    message: (p: { address: string }) => `${p.address} allows no more connections for this account.`,
    remedy: 'Close other mail programs on this account, or raise the limit on the mail server.',
  },
  MAIL_FOLDER_MISSING: {
    status: 502,
    retryable: false,
    message: (p: { folder: string; nearest: string }) =>
      `The mailbox has no folder '${p.folder}'.${p.nearest ? ` Nearest names: ${p.nearest}.` : ''}`,
    remedy: 'Correct Folder in the channel, or create the folder in the mailbox.',
  },
  MAIL_ARCHIVE_FOLDER_MISSING: {
    status: 502,
    retryable: false,
    message: (p: { folder: string }) => `The archive folder '${p.folder}' does not exist.`,
    remedy: 'Create the folder in the mailbox, or correct Archive Folder in the channel. The mails wait on the server until then.',
  },
  MAIL_FAILURE_FOLDER_MISSING: {
    status: 502,
    retryable: false,
    message: (p: { folder: string }) => `The failure folder '${p.folder}' does not exist.`,
    remedy: 'Create the folder in the mailbox, or correct Failure Folder in the channel. Failed mails stay where they are until then.',
  },
  MAIL_FOLDER_NOT_CREATED: {
    status: 502,
    retryable: false,
    message: (p: { folder: string; address: string }) => `${p.address} did not create the folder '${p.folder}'.`,
    remedy: 'The details hold its words. Another name may help, or the folder can be created in a mail program.',
  },
  MAIL_NO_FOLDERS: {
    status: 409,
    retryable: false,
    message: () => 'POP3 knows no folders: only the inbox is read.',
    remedy: 'Set Transport Protocol to IMAP4 to work with folders.',
  },
  MAIL_FOLDER_READ_ONLY: {
    status: 502,
    retryable: false,
    message: (p: { folder: string }) => `The server lets this account only read the folder '${p.folder}'.`,
    remedy: 'Give the account the right to change mails in it, or set Post-Processing to None.',
  },
  MAIL_POST_PROCESSING_FAILED: {
    status: 502,
    retryable: true,
    message: (p: { action: string; count: number }) => `The mail server did not carry out '${p.action}' for ${p.count} mail(s).`,
    remedy: 'Check the rights of this account on the folder, and its quota. It is tried again after longer and longer waits.',
  },
  MAIL_WITHOUT_UID: {
    status: 502,
    retryable: false,
    message: (p: { address: string; protocol: string }) => `${p.address} does not give its mails lasting ids (${p.protocol}).`,
    remedy: 'Without them a mail could be taken twice. Use a server with UIDL (POP3) or UIDVALIDITY (IMAP4).',
  },
  MAIL_RENUMBERED: {
    status: 502,
    retryable: true,
    message: (p: { address: string; folder: string }) => `${p.address} has numbered the mails of '${p.folder}' anew during the poll.`,
    remedy: 'Nothing to do: nothing more was changed on the server. The next poll recognises the mails by their content.',
  },
  MAIL_SEARCH_REFUSED: {
    status: 502,
    retryable: false,
    message: (p: { address: string }) => `${p.address} refused the search.`,
    remedy:
      'The details hold its words. A server that searches only ASCII says BADCHARSET: leave out letters with accents and other scripts in Search, or decide in the flow with a filter.',
  },
  MAIL_HEADS_NOT_OFFERED: {
    status: 502,
    retryable: false,
    message: (p: { address: string }) => `${p.address} gives headers only together with the whole mail (it has no TOP).`,
    remedy: 'Empty Search in the channel and decide in the flow with a filter, or use IMAP4.',
  },
  MAIL_TOO_LARGE: {
    status: 422,
    retryable: false,
    message: (p: { sizeMb: string; limitMb: number }) => `The mail has ${p.sizeMb} MB; the limit of the channel is ${p.limitMb} MB.`,
    remedy: 'Take this one anyway, or raise Max. Mail Size in the channel and deploy for those to come.',
  },
  MAIL_NOT_FETCHABLE: {
    status: 502,
    retryable: false,
    message: (p: { uid: string; tries: number }) => `The mail with the id ${p.uid} could not be fetched in ${p.tries} tries.`,
    remedy: 'Look at the mail on the server. Release it from quarantine to try again.',
  },
  MAIL_NOT_PARSEABLE: {
    status: 422,
    retryable: false,
    message: (p: { reason: string }) => `The mail can't be read: ${p.reason}.`,
    remedy: 'Its raw bytes are kept. Download them to see what is wrong, or release the mail to try again.',
  },
  MAIL_RENUMBERED_DIFFERS: {
    status: 409,
    retryable: false,
    message: (p: { subject: string }) =>
      `After the server renumbered its mails, '${p.subject}' looks like a mail that was taken before, but its bytes differ.`,
    remedy: 'Decide: release it to run it through the flow, or discard it if it was processed before.',
  },
  MAIL_POLL_OVERRAN: {
    status: 504,
    retryable: true,
    message: (p: { minutes: number }) => `The poll made no progress for ${p.minutes} min and was ended.`,
    remedy: 'The next poll goes on where this one stopped. Lower Max. Messages per Poll if it happens often.',
  },
  MAIL_BREAKS_WORKER: {
    status: 422,
    retryable: false,
    message: (p: { times: number }) => `The worker process ended or hung ${p.times} times in a row while it worked on this mail.`,
    remedy:
      'Download the raw mail and keep it for whoever looks after Mailroom, with the log of the worker. Discard it here, or try it again after an update or with more memory; other mails are not held up.',
  },
  MAIL_LOCK_HELD: {
    status: 409,
    retryable: true,
    message: (p: { mailbox: string; holder: string }) => `The mailbox ${p.mailbox} is being polled by ${p.holder}.`,
    remedy: 'Nothing to do: the next poll tries again. Two channels on one folder take turns.',
  },
  MAIL_LOCK_LOST: {
    status: 409,
    retryable: true,
    message: (p: { mailbox: string }) => `The lock on ${p.mailbox} passed to another worker during the poll.`,
    remedy: 'Nothing to do: the other worker goes on. If it happens often, look at the load of this machine.',
  },
  MAIL_LOCK_RELEASED: {
    status: 409,
    retryable: true,
    message: (p: { mailbox: string; by: string; reason: string }) => `The lock on ${p.mailbox} was released by ${p.by}: ${p.reason}`,
    remedy: 'Nothing to do: what this poll had taken in stays, and the next poll goes on with the rest.',
  },
  LOCK_NOT_HELD: {
    status: 409,
    retryable: false,
    message: () => 'This lock is no longer held: it was given back, has run out or has passed to another worker.',
    remedy: 'Look at the list of locks again.',
  },
} satisfies ErrorTable;
