import type { ErrorTable } from './entry.ts';

/** The server itself: requests, sign-in, database, disk. */
export const systemErrors = {
  INTERNAL: {
    status: 500,
    retryable: true,
    message: () => 'Something went wrong inside Mailroom.',
    remedy: 'Try again. If it stays, send the request id and the log of the server to whoever runs it.',
  },
  BAD_REQUEST: {
    status: 400,
    retryable: false,
    message: (p: { problems: { path: string; message: string }[] }) =>
      `The request is not valid: ${p.problems.map((x) => (x.path ? `${x.path}: ${x.message}` : x.message)).join('; ')}`,
    remedy: 'Correct the named fields and send the request again.',
  },
  BODY_TOO_LARGE: {
    status: 413,
    retryable: false,
    message: (p: { limit: string }) => `The request is larger than ${p.limit}.`,
    remedy: 'Send less at once.',
  },
  NOT_SIGNED_IN: {
    status: 401,
    retryable: false,
    message: () => 'You are not signed in.',
    remedy: 'Sign in, or send an API token as "Authorization: Bearer …".',
  },
  SIGN_IN_FAILED: {
    status: 401,
    retryable: false,
    message: () => 'E-mail or password is wrong.',
    remedy: 'Try again.',
  },
  TOO_MANY_ATTEMPTS: {
    status: 429,
    retryable: true,
    message: (p: { seconds: number }) =>
      `Too many failed sign-ins. The next one is possible in ${p.seconds < 100 ? `${p.seconds} s` : `${Math.ceil(p.seconds / 60)} min`}.`,
    remedy: 'Wait, then try again.',
  },
  TOO_MANY_STREAMS: {
    status: 429,
    retryable: true,
    message: (p: { limit: number }) => `${p.limit} event streams are open already.`,
    remedy: 'Close other windows of Mailroom, or end programs that read /api/v1/events.',
  },
  CROSS_ORIGIN_REFUSED: {
    status: 403,
    retryable: false,
    message: (p: { origin: string }) => `A page of another site (${p.origin}) tried to change something here.`,
    remedy: 'Use the pages of Mailroom itself, or an API token.',
  },
  HOST_NOT_ALLOWED: {
    status: 421,
    retryable: false,
    message: (p: { host: string }) => `This server does not answer to the name '${p.host}'.`,
    remedy: 'Open it under the address it printed at start, or start it with HOST set to that name.',
  },
  TOO_MANY_REQUESTS: {
    status: 429,
    retryable: true,
    message: (p: { seconds: number }) => `Too many requests came from you; the next is answered in ${p.seconds} s.`,
    remedy: 'Wait that long. A program should ask less often, or for more at once.',
  },
  REQUEST_RUNS: {
    status: 409,
    retryable: true,
    message: () => 'A request with this Idempotency-Key is running, or was cut off.',
    remedy: 'Ask again later with the same key. If this stays, look whether the change was made before you send it with a new key.',
  },
  REQUEST_KEY_REUSED: {
    status: 409,
    retryable: false,
    message: () => 'This Idempotency-Key was used for another request.',
    remedy: 'Use a new key for each change; repeat a key only with the very same request.',
  },
  REQUEST_DONE: {
    status: 409,
    retryable: false,
    message: () => 'This request was done already, and its answer, which held a secret or something of a mail, was not kept.',
    remedy: 'Look at what it did. If a secret that is shown once is lost, delete what was made and create it anew with a new key.',
  },
  NOT_THROUGH_PROXY: {
    status: 403,
    retryable: false,
    message: (p: { address: string }) => `${p.address} is no proxy that this server trusts, and only those are answered.`,
    remedy: 'Open Mailroom under the address of its proxy, or name the proxy in MAILROOM_TRUSTED_PROXY.',
  },
  SETUP_TOKEN_WRONG: {
    status: 403,
    retryable: false,
    message: () => 'The set-up token is not right.',
    remedy: 'Copy the token that the server printed when it started.',
  },
  SETUP_DONE: {
    status: 409,
    retryable: false,
    message: () => 'An administrator exists already.',
    remedy: 'Sign in instead.',
  },
  DATABASE_UNAVAILABLE: {
    status: 503,
    retryable: true,
    message: () => 'The database does not answer.',
    remedy: 'Nothing is lost. Mailroom goes on when the database is back.',
  },
  DATABASE_DISK_FULL: {
    status: 507,
    retryable: true,
    message: () => 'The disk of the database is full.',
    remedy:
      'Free some space on that disk, or make it larger. Nothing is lost: mails wait on the mail server, messages where they are, and both are tried again by themselves.',
  },
  DATA_DIRECTORY_IN_USE: {
    status: 500,
    retryable: false,
    message: (p: { directory: string; pid: number }) => `Another Mailroom (process ${p.pid}) is using the data directory ${p.directory}.`,
    remedy: 'Use the running one, stop it first, or set MAILROOM_DATA_DIR to another directory.',
  },
  BLOB_MISSING: {
    status: 500,
    retryable: false,
    message: (p: { hash: string }) => `The stored content ${p.hash} is missing.`,
    remedy: 'Bring the folder of stored mails back from a backup; what is still on the mail server can be taken in again.',
  },
  BLOB_TOO_LARGE: {
    status: 413,
    retryable: false,
    message: (p: { limitBytes: number }) => `The content has more than ${p.limitBytes} bytes.`,
    remedy: 'Raise the limit, if that much is meant to be stored.',
  },
  DISK_FULL: {
    status: 507,
    retryable: true,
    message: (p: { directory: string }) => `There is no space left for ${p.directory}.`,
    remedy: 'Free some space on that disk. Nothing is lost: what could not be stored is still on the mail server and is fetched again.',
  },
  MASTER_KEY_WRONG: {
    status: 500,
    retryable: false,
    message: (p: { name: string }) => `The secret of '${p.name}' can't be opened with this master key.`,
    remedy: 'Start Mailroom with the master key the secret was stored with, or enter the secret again under Security.',
  },
  PRACTICE_FULL: {
    status: 409,
    retryable: false,
    message: (p: { count: number }) => `The practice mailbox is full: ${p.count} mails wait in it.`,
    remedy: 'Deploy a flow that reads it, or delete its mails with a mail program.',
  },
  PRACTICE_UNAVAILABLE: {
    status: 409,
    retryable: false,
    message: () => 'The practice mailbox does not run in this process.',
    remedy: 'Start Mailroom with MAILROOM_ROLE=all to have it.',
  },
} satisfies ErrorTable;
