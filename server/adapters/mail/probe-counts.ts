import type { MailSenderConfig } from '../../../shared/catalog/mail-sender.ts';
import type { MailCounts } from '../../../shared/probe.ts';

const bytesPerMb = 1024 * 1024;

export function summed(sizes: number[], maxMailMb: number): Pick<MailCounts, 'wantedBytes' | 'tooLarge'> {
  return {
    wantedBytes: sizes.reduce((sum, size) => sum + size, 0),
    tooLarge: sizes.filter((size) => size > maxMailMb * bytesPerMb).length,
  };
}

/** "120 mails, 3 unread. 3 would be taken now, 1.2 MB, unless they were taken before." */
export function countsSentence(counts: MailCounts, { startWith, maxMailMb }: Pick<MailSenderConfig, 'startWith' | 'maxMailMb'>): string {
  const { total, unread, wanted, wantedBytes, tooLarge, isAtLeast, heads } = counts;
  const there = `${mails(total)}${unread === null ? '' : `, ${unread} unread`}.`;
  const looked = isAtLeast && heads !== undefined ? ` Only the oldest ${heads} were looked at for Search.` : '';
  if (wanted === 0) return `${there} None would be taken now.${looked}`;
  const size = `${isAtLeast ? 'more than ' : ''}${sizeText(wantedBytes)}`;
  const large =
    tooLarge > 0 ? ` ${tooLarge} of them ${tooLarge === 1 ? 'is' : 'are'} larger than ${maxMailMb} MB and would go to quarantine.` : '';
  const start = startWith === 'new' ? ' At the first start they are left out, as Start With says.' : '';
  return `${there} ${wanted} would be taken now, ${size}, unless they were taken before.${looked}${large}${start}`;
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
