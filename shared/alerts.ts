/** Every alert there is: what the watchdog may raise, how bad it is, and what a person can do. */

export const alertSeverities = ['warning', 'error'] as const;
export type AlertSeverity = (typeof alertSeverities)[number];

interface AlertEntry<P = never> {
  severity: AlertSeverity;
  /** A few words for lists and choices. */
  title: string;
  message: (params: P) => string;
  remedy: string;
}

interface OfChannel {
  channel: string;
  flow: string;
}

export const alertTable = {
  NO_WORKER: {
    severity: 'error',
    title: 'No worker',
    message: () => 'No worker is alive: no mailbox is polled, and no message is run.',
    remedy: 'Start a process with MAILROOM_ROLE=worker or all, and look into the log of the one that ended. Nothing is lost meanwhile.',
  },
  CHANNEL_LATE: {
    severity: 'error',
    title: 'Channel late',
    message: (p: OfChannel & { since: string | null }) =>
      `Channel '${p.channel}' of '${p.flow}' should have been polled by now. ${p.since === null ? 'It has not completed a poll yet.' : `Its last completed poll ended at ${p.since}.`}`,
    remedy: 'Look at Monitor > Polls and at the log of the workers: all of them may be busy, or another process holds the mailbox.',
  },
  CHANNEL_FAILING: {
    severity: 'error',
    title: 'Channel failing',
    message: (p: OfChannel & { count: number }) =>
      `Channel '${p.channel}' of '${p.flow}' can't read its mailbox: ${p.count} polls in a row failed.`,
    remedy: 'Do what the error of the last poll says; "Test connection" shows how far it gets. Mails stay on the server until then.',
  },
  CHANNEL_PAUSED: {
    severity: 'warning',
    title: 'Channel paused',
    message: (p: OfChannel) => `Channel '${p.channel}' of '${p.flow}' takes no mails in at the moment.`,
    remedy: 'Do what the last poll says: a receiver is too slow or down, or the disk is nearly full. Mails stay on the server until then.',
  },
  NO_MAIL: {
    severity: 'warning',
    title: 'No mail',
    message: (p: { flow: string; hours: number; since: string }) =>
      `No mail has come in for '${p.flow}' for ${p.hours} h. ${p.since === '' ? 'None has come in so far.' : `The last one came at ${p.since}.`}`,
    remedy: 'Look at Monitor > Integration content: it says why nothing was picked up. Ask the sender if the mailbox is really empty.',
  },
  MESSAGES_FAILED: {
    severity: 'error',
    title: 'Messages failed',
    message: (p: { flow: string; count: number }) =>
      p.count === 1 ? `A message of '${p.flow}' has failed.` : `${p.count} messages of '${p.flow}' have failed.`,
    remedy: 'Look at the error, correct the flow or the receiver, and run them again. Acknowledge the alert to leave them as they are.',
  },
  MAILS_SET_ASIDE: {
    severity: 'warning',
    title: 'Mails set aside',
    message: (p: { flow: string; count: number }) =>
      p.count === 1 ? `A mail for '${p.flow}' waits in quarantine.` : `${p.count} mails for '${p.flow}' wait in quarantine.`,
    remedy: 'Decide in Monitor > Quarantine: try them again, or discard them.',
  },
  DEPLOYMENT_ERROR: {
    severity: 'error',
    title: 'Deployment in error',
    message: (p: { flow: string; version: number }) => `Version ${p.version} of '${p.flow}' could not be started.`,
    remedy: 'Do what the error says, then deploy the flow again.',
  },
  QUEUE_BACKLOG: {
    severity: 'warning',
    title: 'Messages wait too long',
    message: (p: { flow: string; minutes: number }) =>
      `Messages wait to be run; the oldest, of '${p.flow}', has waited for ${p.minutes} min.`,
    remedy: 'Look for a slow receiver or a failing worker. More worker processes help when all of them are busy.',
  },
  TRACE_ON: {
    severity: 'warning',
    title: 'Trace is on',
    message: (p: { flow: string; until: string; by: string }) =>
      `The log level of '${p.flow}' is Trace until ${p.until}: what its mails hold is kept at each step. ${p.by} has set it.`,
    remedy: 'It ends by itself. Set the log level back in Monitor > Integration content to end it now.',
  },
  CREDENTIAL_UNAUTHORIZED: {
    severity: 'error',
    title: 'OAuth2 not authorized',
    message: (p: { name: string }) => `The OAuth2 artifact '${p.name}' is not authorized: channels that use it can't sign in.`,
    remedy: 'Open Security > OAuth2 and authorize it.',
  },
  CREDENTIAL_ERROR: {
    severity: 'error',
    title: 'OAuth2 in error',
    message: (p: { name: string }) => `The provider refuses the OAuth2 artifact '${p.name}': flows that use it can't sign in.`,
    remedy: 'Open it under Security, and do what its error says.',
  },
  ACCOUNT_LOCKED: {
    severity: 'warning',
    title: 'Account locked',
    message: (p: { email: string }) => `The account of ${p.email} is locked after too many failed sign-ins.`,
    remedy: 'Ask the person whether it was them, look into the audit log, and unlock the account under Access > Users.',
  },
  CERTIFICATE_EXPIRING: {
    severity: 'warning',
    title: 'Certificate expires soon',
    message: (p: { name: string; until: string }) => `The trusted certificate '${p.name}' is valid until ${p.until} only.`,
    remedy: 'Ask the owner of the server for the new certificate, and deploy it under Security > Certificates before that.',
  },
  CERTIFICATE_EXPIRED: {
    severity: 'error',
    title: 'Certificate expired',
    message: (p: { name: string; until: string }) => `The trusted certificate '${p.name}' was valid until ${p.until}.`,
    remedy: 'Deploy the new certificate under Security > Certificates, or delete the old one if nothing needs it.',
  },
  KEY_PAIR_EXPIRING: {
    severity: 'warning',
    title: 'Key pair expires soon',
    message: (p: { name: string; until: string }) => `The certificate of the key pair '${p.name}' is valid until ${p.until} only.`,
    remedy: 'Deploy a new key pair under Security > Key Pairs, and hand its certificate to those who send encrypted mails.',
  },
  KEY_PAIR_EXPIRED: {
    severity: 'warning',
    title: 'Key pair expired',
    message: (p: { name: string; until: string }) => `The certificate of the key pair '${p.name}' was valid until ${p.until}.`,
    remedy: 'Deploy a new key pair under Security > Key Pairs. Keep the old one for mails that were encrypted for it.',
  },
  ALERTS_UNDELIVERED: {
    severity: 'error',
    title: 'Alerts not delivered',
    message: (p: { target: string; since: string }) => `Alerts have not reached '${p.target}' since ${p.since}.`,
    remedy: 'Do what the error says, then use "Send test" of the target. What waits is sent as soon as it can be.',
  },
} satisfies Record<string, AlertEntry>;

export type AlertKind = keyof typeof alertTable;
export const alertKinds = Object.keys(alertTable) as [AlertKind, ...AlertKind[]];

/** The facts the message of an alert is made of; none for some. */
export type AlertParams<K extends AlertKind> =
  Parameters<(typeof alertTable)[K]['message']> extends [infer Facts] ? Facts : Record<string, never>;

export function alertMessage<K extends AlertKind>(kind: K, params: AlertParams<K>): string {
  // The table's entry and its parameters are tied by K, which TypeScript can't follow through the lookup.
  return (alertTable[kind].message as (params: AlertParams<K>) => string)(params);
}

/** What a target is told: that an alert was raised, is still open, or has cleared. */
export const alertEvents = ['opened', 'reminder', 'cleared', 'test'] as const;
export type AlertEvent = (typeof alertEvents)[number];
