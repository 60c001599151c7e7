import MailComposer from 'nodemailer/lib/mail-composer';
import type { AlertNotice } from '../../shared/alert-schemas.ts';
import type { AlertEvent } from '../../shared/alerts.ts';
import type { AlertChannel, AlertDelivery } from '../ports/alerts.ts';
import { sendBySmtp } from './mail/smtp.ts';
import { readTrusted } from './mail/trust.ts';

/** Sends alerts as one plain mail. Its Message-ID is that of the delivery: mail programs show a repetition once. */
export const alertMail: AlertChannel<'mail'> = {
  async send(delivery, settings, { signal, secrets, publicUrl }) {
    const { host, port, protection, authentication, trustedCertificate, from, to } = settings;
    const isTrustNamed = trustedCertificate !== '' && protection !== 'off';
    const route = {
      host,
      port,
      protection,
      trusted: isTrustNamed ? readTrusted(trustedCertificate, await secrets.trustedCertificate(trustedCertificate)) : undefined,
      credential: authentication === 'none' ? undefined : await secrets.useCredential(settings.credential, host.toLowerCase()),
    };
    const raw = await new MailComposer({
      from: { name: 'Mailroom', address: from },
      to,
      subject: subjectOf(delivery.notices),
      text: textOf(delivery, publicUrl),
      messageId: `<${delivery.id}@mailroom.invalid>`,
      headers: { 'Auto-Submitted': 'auto-generated', 'X-Mailroom-Delivery': delivery.id },
      disableFileAccess: true,
      disableUrlAccess: true,
      newline: 'windows',
    })
      .compile()
      .build();
    return sendBySmtp(route, { from, to, raw }, signal);
  },
};

const eventWords: Record<AlertEvent, string> = { opened: 'Alert', reminder: 'Still open', cleared: 'Cleared', test: 'Test' };

function subjectOf(notices: AlertNotice[]): string {
  const [first] = notices;
  if (!first) return '[Mailroom] Nothing to tell';
  const more = notices.length > 1 ? ` (and ${notices.length - 1} more)` : '';
  return `[Mailroom] ${eventWords[first.event]}: ${first.alert.message}${more}`.slice(0, 250);
}

function textOf({ notices }: AlertDelivery, publicUrl: string | undefined): string {
  const foot = publicUrl === undefined ? 'See Monitor > Alerts in Mailroom.' : `${publicUrl}/monitor/alerts`;
  return [...notices.map(noticeText), foot, ''].join('\n\n');
}

function noticeText({ event, alert }: AlertNotice): string {
  const { message, remedy, error, openedAt, clearedAt } = alert;
  if (event === 'cleared') return [`CLEARED: ${message}`, `From ${openedAt} to ${clearedAt ?? 'now'}. Nothing to do.`].join('\n');
  return [
    `${eventWords[event].toUpperCase()}: ${message}`,
    `Since ${openedAt}.`,
    `What to do: ${remedy}`,
    ...(error
      ? [`Last error: ${error.message} ${error.remedy} (${error.code}${error.details === undefined ? '' : `: ${error.details}`})`]
      : []),
  ].join('\n');
}
