import MailComposer from 'nodemailer/lib/mail-composer';
import type { TypedMail } from '../../../shared/api/simulations.ts';

/** A mail as a mail program would send it (RFC 5322), of what a person has typed; addresses that are none stay as they are written. */
export async function compose({ from, to, subject, text, isHtml }: TypedMail): Promise<Uint8Array> {
  const mail = new MailComposer({
    from,
    to,
    subject,
    ...(isHtml ? { html: text } : { text }),
    disableFileAccess: true,
    disableUrlAccess: true,
    newline: 'windows',
  });
  return await mail.compile().build();
}
