import { z } from 'zod';
import { alertEvents, alertKinds, alertSeverities } from './alerts.ts';
import { ruleProblems } from './alert-rules.ts';
import { errorSchema } from './errors/view.ts';

/** Alerts and their targets as the API shows and takes them. */

const time = z.iso.datetime();
const id = z.uuid();

export const alertSchema = z.object({
  id,
  kind: z.enum(alertKinds),
  severity: z.enum(alertSeverities),
  title: z.string(),
  message: z.string(),
  remedy: z.string(),
  /** The error behind it: that of the last poll, the newest message, the deployment. */
  error: errorSchema.nullable(),
  /** Messages, mails or polls it is about. */
  count: z.int(),
  flowId: id.nullable(),
  nodeId: z.string().nullable(),
  /** Of the artifact or target it is about. */
  name: z.string().nullable(),
  openedAt: time,
  /** When the watchdog saw it last. */
  seenAt: time,
  clearedAt: time.nullable(),
  acknowledgedAt: time.nullable(),
  acknowledgedBy: z.string().nullable(),
  /** How often it has come back soon after it had cleared. */
  returns: z.int(),
});
export type AlertView = z.output<typeof alertSchema>;

/** A rule as it holds: changed by somebody, or as Mailroom comes with it. */
export const alertRuleSchema = z.object({
  kind: z.enum(alertKinds),
  /** Null: for all flows. */
  flowId: id.nullable(),
  flowName: z.string().nullable(),
  isEnabled: z.boolean(),
  /** In the unit of its kind; null for kinds without a threshold. */
  value: z.int().nullable(),
  /** Null where it is as Mailroom comes with it. */
  changedAt: time.nullable(),
  changedBy: z.string().nullable(),
});
export type AlertRuleView = z.output<typeof alertRuleSchema>;

export const alertRuleInputSchema = z
  .object({ kind: z.enum(alertKinds), flowId: id.nullable(), isEnabled: z.boolean(), value: z.int().nullable() })
  .check(({ value, issues }) => {
    for (const { path, message } of ruleProblems(value)) issues.push({ code: 'custom', path: [path], message, input: value });
  });

const credentialName = z.string().trim().max(100);
/** Ours, or about the connection: a person can't set them. */
const ownHeaders =
  /^(host|connection|content-.*|transfer-encoding|upgrade|te|trailer|expect|keep-alive|proxy-.*|authorization|cookie|idempotency-key|webhook-.*|user-agent)$/i;

export const webhookSettingsSchema = z.object({
  type: z.literal('webhook'),
  url: z.string().trim().max(2_000).refine(isHttpUrl, 'must start with http:// or https://, without user and password'),
  /** `basic`: user and password of the credential. `bearer`: its password as the token. */
  authentication: z.enum(['none', 'basic', 'bearer']).default('none'),
  credential: credentialName.default(''),
  /** User Credentials whose password signs each request; empty: not signed. */
  signingCredential: credentialName.default(''),
  headers: z
    .array(
      z.object({
        name: z
          .string()
          .trim()
          .max(100)
          .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'is not the name of a header')
          .refine((name) => !ownHeaders.test(name), 'is set by Mailroom'),
        value: z
          .string()
          .max(1_000)
          .regex(/^[\t\x20-\x7E]*$/, 'printable ASCII only'),
      }),
    )
    .max(20)
    .default([]),
});
export type WebhookSettings = z.output<typeof webhookSettingsSchema>;

const address = z.email('is not an e-mail address').max(300);

export const mailSettingsSchema = z.object({
  type: z.literal('mail'),
  host: z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(253)
    .regex(/^[^\s/@:]+$|^[0-9A-Fa-f:.]+$/, 'must be a host name, without port'),
  port: z.int().min(1).max(65_535).default(587),
  protection: z.enum(['tls', 'starttls-mandatory', 'starttls-optional', 'off']).default('starttls-mandatory'),
  /** Empty: the authorities this machine knows. */
  trustedCertificate: z.string().trim().max(100).default(''),
  authentication: z.enum(['none', 'password']).default('password'),
  credential: credentialName.default(''),
  from: address,
  to: z.array(address).min(1, 'at least one').max(50),
});
export type MailSettings = z.output<typeof mailSettingsSchema>;

export const alertSettingsSchema = z.discriminatedUnion('type', [webhookSettingsSchema, mailSettingsSchema]).check(({ value, issues }) => {
  const wrong = (path: string, message: string) => issues.push({ code: 'custom', path: [path], message, input: value });
  if (value.authentication !== 'none' && value.credential === '') wrong('credential', 'must not be empty');
  // RFC 4954, section 4, and the rule of the mail channels: a password travels encrypted only.
  const isOpen = value.type === 'mail' && (value.protection === 'off' || value.protection === 'starttls-optional');
  if (isOpen && value.authentication === 'password')
    wrong('protection', 'must be TLS or STARTTLS Mandatory, so that the password travels encrypted');
});
export type AlertSettings = z.output<typeof alertSettingsSchema>;

/** What a person enters. */
export const alertTargetInputSchema = z.object({
  name: z.string().trim().min(1, 'must not be empty').max(100),
  isEnabled: z.boolean().default(true),
  settings: alertSettingsSchema,
  /** Empty: all. */
  kinds: z.array(z.enum(alertKinds)).max(alertKinds.length).default([]),
  leastSeverity: z.enum(alertSeverities).default('warning'),
  /** Only alerts of these flows; empty: all alerts, also those of no flow. */
  flowIds: z.array(id).max(1_000).default([]),
  /** Tell of an open alert that nobody has acknowledged again after so many hours; null: never. */
  remindHours: z.int().min(1).max(720).nullable().default(null),
});
export type AlertTargetInput = z.output<typeof alertTargetInputSchema>;

export const alertTargetSchema = z.object({
  id,
  name: z.string(),
  isEnabled: z.boolean(),
  settings: z.discriminatedUnion('type', [webhookSettingsSchema, mailSettingsSchema]),
  kinds: z.array(z.enum(alertKinds)),
  leastSeverity: z.enum(alertSeverities),
  flowIds: z.array(id),
  remindHours: z.int().nullable(),
  changedAt: time,
  changedBy: z.string(),
  lastSentAt: time.nullable(),
  /** Deliveries that wait, and why the first of them could not be sent yet. */
  waiting: z.int(),
  error: errorSchema.nullable(),
  nextTryAt: time.nullable(),
  /** Deliveries of the last 30 days that grew too old while the target could not be reached. */
  givenUp: z.int(),
});
export type AlertTargetView = z.output<typeof alertTargetSchema>;

/** One thing a target is told. */
export const alertNoticeSchema = z.object({
  event: z.enum(alertEvents),
  /** When it happened. */
  at: time,
  alert: z.object({
    id,
    /** `TEST` for that of the test button. */
    kind: z.enum([...alertKinds, 'TEST']),
    severity: z.enum(alertSeverities),
    title: z.string(),
    message: z.string(),
    remedy: z.string(),
    /** Words of the other side, with the code of the error. */
    error: errorSchema.nullable(),
    count: z.int(),
    flowId: id.nullable(),
    openedAt: time,
    clearedAt: time.nullable(),
  }),
});
export type AlertNotice = z.output<typeof alertNoticeSchema>;

function isHttpUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return (url.protocol === 'http:' || url.protocol === 'https:') && url.username === '' && url.password === '';
}
