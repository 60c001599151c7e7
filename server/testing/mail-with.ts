/** A mail whose head names everything by its subject. `received` is written into a Received line, as a mail server does. */
export function mailWith(subject: string, { text = 'Hello', received }: { text?: string; received?: Date } = {}): string {
  const trace = received ? `Received: from a.example.com by b.example.com; ${received.toUTCString().replace('GMT', '+0000')}\r\n` : '';
  return `${trace}From: Ada <ada@example.com>\r\nTo: orders@example.com\r\nSubject: ${subject}\r\nMessage-ID: <${subject.replaceAll(' ', '-')}@example.com>\r\nDate: Sun, 22 Nov 2026 10:00:00 +0000\r\n\r\n${text}\r\n`;
}
