import type { AlertSettings, AlertTargetInput, AlertTargetView } from '../../shared/alert-schemas.ts';
import type { AlertKind, AlertSeverity } from '../../shared/alerts.ts';
import type { Protection } from '../../shared/mail-address.ts';
import { hostsOf } from '../security/hosts.ts';

/** The form of a target as it is typed. What belongs to the other type stays, in case that is chosen again. */
export interface TargetDraft {
  name: string;
  type: AlertSettings['type'];
  url: string;
  webhookAuthentication: 'none' | 'basic' | 'bearer';
  webhookCredential: string;
  signingCredential: string;
  /** One a line: `Name: value`. */
  headers: string;
  host: string;
  port: number | undefined;
  protection: Protection;
  trustedCertificate: string;
  mailAuthentication: 'none' | 'password';
  mailCredential: string;
  from: string;
  /** One a line. */
  to: string;
  kinds: AlertKind[];
  leastSeverity: AlertSeverity;
  flowIds: string[];
  remindHours: number | undefined;
}

/** Longer than the server waits for the target, in ms. */
export const testTimeoutMs = 45_000;

const emptyDraft: TargetDraft = {
  name: '',
  type: 'webhook',
  url: '',
  webhookAuthentication: 'none',
  webhookCredential: '',
  signingCredential: '',
  headers: '',
  host: '',
  port: undefined,
  protection: 'starttls-mandatory',
  trustedCertificate: '',
  mailAuthentication: 'password',
  mailCredential: '',
  from: '',
  to: '',
  kinds: [],
  leastSeverity: 'warning',
  flowIds: [],
  remindHours: undefined,
};

export function draftOf(target: AlertTargetView | undefined): TargetDraft {
  if (!target) return emptyDraft;
  const { name, settings, kinds, leastSeverity, flowIds, remindHours } = target;
  const draft = { ...emptyDraft, name, type: settings.type, kinds, leastSeverity, flowIds, remindHours: remindHours ?? undefined };
  if (settings.type === 'webhook') {
    const { url, authentication, credential, signingCredential, headers } = settings;
    return {
      ...draft,
      url,
      webhookAuthentication: authentication,
      webhookCredential: credential,
      signingCredential,
      headers: headers.map((header) => `${header.name}: ${header.value}`).join('\n'),
    };
  }
  const { host, port, protection, trustedCertificate, authentication, credential, from, to } = settings;
  return {
    ...draft,
    host,
    port,
    protection,
    trustedCertificate,
    mailAuthentication: authentication,
    mailCredential: credential,
    from,
    to: to.join('\n'),
  };
}

export function settingsOf(draft: TargetDraft): AlertSettings {
  if (draft.type === 'webhook') {
    return {
      type: 'webhook',
      url: draft.url,
      authentication: draft.webhookAuthentication,
      credential: draft.webhookAuthentication === 'none' ? '' : draft.webhookCredential,
      signingCredential: draft.signingCredential,
      headers: headersOf(draft.headers),
    };
  }
  const usesPassword = draft.mailAuthentication === 'password';
  return {
    type: 'mail',
    host: draft.host,
    port: draft.port ?? impliedSmtpPort(draft.protection),
    protection: draft.protection,
    trustedCertificate: draft.protection === 'off' ? '' : draft.trustedCertificate,
    authentication: draft.mailAuthentication,
    credential: usesPassword ? draft.mailCredential : '',
    from: draft.from.trim(),
    to: draft.to.split(/[\s,;]+/).filter(Boolean),
  };
}

export function bodyOf(draft: TargetDraft, isEnabled: boolean): AlertTargetInput {
  const { name, kinds, leastSeverity, flowIds, remindHours } = draft;
  return { name, isEnabled, settings: settingsOf(draft), kinds, leastSeverity, flowIds, remindHours: remindHours ?? null };
}

export function inputOf({ name, isEnabled, settings, kinds, leastSeverity, flowIds, remindHours }: AlertTargetView): AlertTargetInput {
  return { name, isEnabled, settings, kinds, leastSeverity, flowIds, remindHours };
}

/** RFC 8314, section 3.3, and RFC 6409, section 3.1. */
export function impliedSmtpPort(protection: Protection): number {
  if (protection === 'tls') return 465;
  return protection === 'off' ? 25 : 587;
}

/** The host a credential of the draft is sent to; undefined while none is typed. */
export function hostOfDraft(draft: TargetDraft): string | undefined {
  if (draft.type === 'mail') return hostsOf(draft.host)[0];
  return URL.canParse(draft.url) ? new URL(draft.url).hostname.toLowerCase() : undefined;
}

/** A line without a colon is a name without a value. */
function headersOf(text: string): { name: string; value: string }[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [name = '', ...value] = line.split(':');
      return { name: name.trim(), value: value.join(':').trim() };
    });
}
