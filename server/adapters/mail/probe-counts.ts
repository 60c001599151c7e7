import type { MailSenderConfig } from '../../../shared/catalog/mail-sender.ts';
import type { MailCounts } from '../../../shared/probe.ts';

const bytesPerMb = 1024 * 1024;

export function summed(mails: { sizeBytes: number }[], maxMailMb: number): Pick<MailCounts, 'wantedBytes' | 'tooLarge'> {
  return {
    wantedBytes: mails.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    tooLarge: mails.filter(({ sizeBytes }) => sizeBytes > maxMailMb * bytesPerMb).length,
  };
}

/** "120 mails, 3 unread. 3 would be taken now, 1.2 MB, unless they were taken before." */
export function countsSentence(counts: MailCounts, { startWith, maxMailMb }: Pick<MailSenderConfig, 'startWith' | 'maxMailMb'>): string {
  const { total, unread, wanted, wantedBytes, tooLarge, leftOut, looked } = counts;
  const are = (count: number) => `${count} ${count === 1 ? 'is' : 'are'}`;
  return [
    `${mails(total)}${unread === null ? '' : `, ${unread} unread`}.`,
    wanted === 0 ? 'None would be taken now.' : `${wanted} would be taken now, ${sizeText(wantedBytes)}, unless they were taken before.`,
    leftOut > 0 && `${are(leftOut)} left out by Search.`,
    looked !== undefined && `Only the oldest ${looked} were looked at for Search.`,
    tooLarge > 0 && `${are(tooLarge)} larger than ${maxMailMb} MB and would go to quarantine.`,
    wanted > 0 && startWith === 'new' && 'At the first start they are left out, as Start With says.',
  ]
    .filter((sentence) => sentence !== false)
    .join(' ');
}

export function previewSentence(count: number): string {
  return count === 1 ? 'The next mail, left as it is on the server.' : `The next ${count} mails, left as they are on the server.`;
}

function mails(count: number): string {
  return count === 1 ? '1 mail' : `${count} mails`;
}

function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  if (bytes < bytesPerMb) return `${Math.round(bytes / 1024)} KB`;
  return `${(bytes / bytesPerMb).toFixed(1)} MB`;
}
