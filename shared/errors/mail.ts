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
    message: (p: { address: string; issuer: string; fingerprint: string }) =>
      `The certificate of ${p.address} is not from a known authority (issuer ${p.issuer}, SHA-256 ${p.fingerprint}).`,
    remedy:
      'Have the server present its full chain, or start Mailroom with NODE_EXTRA_CA_CERTS naming a file with the issuing certificate.',
  },
  MAIL_CERTIFICATE_EXPIRED: {
    status: 502,
    retryable: false,
    message: (p: { address: string; until: string }) => `The certificate of ${p.address} expired on ${p.until}.`,
    remedy: 'Renew the certificate on the mail server.',
  },
  MAIL_CERTIFICATE_WRONG_HOST: {
    status: 502,
    retryable: false,
    message: (p: { address: string; names: string }) => `The certificate of ${p.address} is for ${p.names}.`,
    remedy: 'Use one of those names in Address.',
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
    message: (p: { address: string }) => `The connection to ${p.address} is not encrypted, so the plain password was not sent.`,
    remedy: 'Set Protection to IMAPS / POP3S or STARTTLS Mandatory, or Authentication to Encrypted User/Password.',
  },
  MAIL_MECHANISM_NOT_OFFERED: {
    status: 502,
    retryable: false,
    message: (p: { address: string; wanted: string; offered: string }) =>
      `${p.address} does not offer ${p.wanted}. It offers: ${p.offered}.`,
    remedy: 'Choose an Authentication that the server offers.',
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
  MAIL_POST_PROCESSING_FAILED: {
    status: 502,
    retryable: true,
    message: (p: { action: string; count: number }) => `The mail server did not carry out '${p.action}' for ${p.count} mail(s).`,
    remedy: 'It is tried again at the next poll. If it stays, check the rights of this account on the folder.',
  },
  MAIL_WITHOUT_UID: {
    status: 502,
    retryable: false,
    message: (p: { address: string; protocol: string }) => `${p.address} does not give its mails lasting ids (${p.protocol}).`,
    remedy: 'Without them a mail could be taken twice. Use a server with UIDL (POP3) or UIDVALIDITY (IMAP4).',
  },
  MAIL_TOO_LARGE: {
    status: 422,
    retryable: false,
    message: (p: { sizeMb: string; limitMb: number }) => `The mail has ${p.sizeMb} MB; the limit of the channel is ${p.limitMb} MB.`,
    remedy: 'Raise Max. Mail Size in the channel and deploy, then release the mail from quarantine.',
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
} satisfies ErrorTable;
