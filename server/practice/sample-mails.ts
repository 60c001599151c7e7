import { randomUUID } from 'node:crypto';
import MailComposer, { type MailComposerOptions } from 'nodemailer/lib/mail-composer';

/** Mails to practise with, each different in what a flow can make of it. */

export async function sampleMails(now: Date): Promise<Buffer[]> {
  const minutesAgo = (minutes: number): Date => new Date(now.getTime() - minutes * 60_000);
  return Promise.all([
    composeMail({ ...newsletter, date: minutesAgo(95) }),
    composeMail({ ...supportMail, date: minutesAgo(41) }),
    composeMail({ ...order, date: minutesAgo(17) }),
    composeMail({ ...invoice, date: minutesAgo(4) }),
  ]);
}

/** A mail as a person would send it to try a flow. */
export async function testMail(mail: { subject?: string | undefined; text?: string | undefined }, now: Date): Promise<Buffer> {
  const time = `${now.toISOString().slice(11, 19)} UTC`;
  return composeMail({
    from: 'You <you@practice.example>',
    to: me,
    subject: mail.subject?.trim() || `Test mail of ${time}`,
    text: mail.text?.trim() || 'Hello,\n\nthis is a test mail from the practice mailbox. It was made to travel through your flow.\n',
    date: now,
  });
}

const me = 'Practice <practice@practice.example>';

const invoice: MailComposerOptions = {
  from: 'Nordlicht Pumps <billing@nordlicht.example>',
  to: me,
  subject: 'Invoice 2026-0417',
  text: 'Dear customer,\n\nplease find our invoice 2026-0417 over 1,284.50 EUR attached. It is due within 14 days.\n\nKind regards\nNordlicht Pumps\n',
  attachments: [{ filename: 'invoice-2026-0417.pdf', contentType: 'application/pdf', content: pdf('Invoice 2026-0417: 1,284.50 EUR') }],
};

const order: MailComposerOptions = {
  from: 'Maria Lopez <maria.lopez@harbour-tools.example>',
  to: me,
  subject: 'Order 4711: 3 pumps, 12 valves',
  text: 'Hello,\n\nthe order is attached as CSV. Please confirm the delivery date.\n\nMaria Lopez\nHarbour Tools\n',
  headers: { 'X-Priority': '1 (Highest)' },
  attachments: [
    {
      filename: 'order-4711.csv',
      contentType: 'text/csv; charset=utf-8',
      content: 'item;quantity;price\r\nPump P-300;3;389.00\r\nValve V-12;12;14.90\r\n',
    },
  ],
};

const supportMail: MailComposerOptions = {
  from: 'Jörg Müßig <joerg.muessig@grün.example>',
  to: me,
  subject: 'Störung an Anlage 3 – bitte prüfen 🔧',
  text: 'Guten Tag,\n\nseit heute früh läuft die Pumpe an Anlage 3 nicht mehr rund. Können Sie übermorgen vorbeischauen?\n\nViele Grüße 👋\nJörg Müßig\n',
};

const newsletter: MailComposerOptions = {
  from: 'Pump World <news@pumpworld.example>',
  to: me,
  subject: 'Pump World weekly: five ways to quieter pumps',
  text: 'Five ways to quieter pumps: balance, bearings, base, bends and breaks.\n',
  html: '<h1>Five ways to quieter pumps</h1><ol><li>Balance</li><li>Bearings</li><li>Base</li><li>Bends</li><li>Breaks</li></ol><p><a href="https://pumpworld.example/">Read on</a></p>',
  headers: { 'List-Id': 'Pump World weekly <weekly.pumpworld.example>', 'List-Unsubscribe': '<mailto:leave@pumpworld.example>' },
};

async function composeMail(mail: MailComposerOptions): Promise<Buffer> {
  return new MailComposer({ ...mail, messageId: `<${randomUUID()}@practice.example>` }).compile().build();
}

/** The smallest PDF that viewers open, with one line on one page. */
function pdf(line: string): Buffer {
  const text = `BT /F1 18 Tf 60 760 Td (${line}) Tj ET`;
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${text.length} >>\nstream\n${text}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ];
  let file = '%PDF-1.4\n';
  const offsets = objects.map((object, index) => {
    const offset = file.length;
    file += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const start = file.length;
  const entries = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  file += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${entries}`;
  file += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`;
  return Buffer.from(file, 'latin1');
}
