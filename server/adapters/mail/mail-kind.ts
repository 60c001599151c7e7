import type { Json } from '../../../shared/flow.ts';
import { firstValue, type HeaderLine } from './parse-head.ts';
import type { MimePart } from './parse-part.ts';

/** What kind of mail it is, so that a flow can answer people and not machines. */
export function kindProperties(root: MimePart): Record<string, Json> {
  const { lines } = root;
  return {
    'mail.isBounce': isBounce(root),
    'mail.autoSubmitted': isAutoSubmitted(lines),
    'mail.isList': isList(lines),
  };
}

/**
 * A notification that a mail could not be delivered (RFC 3464), or what servers without it send.
 * The empty Return-Path alone is no proof: automatic answers have it, too (RFC 3834, section 3.3).
 */
function isBounce({ lines, contentType, parameters }: MimePart): boolean {
  const reportType = contentType === 'multipart/report' ? (parameters['report-type'] ?? '').toLowerCase() : '';
  if (reportType === 'delivery-status') return true;
  if (reportType !== '') return false;
  if (firstValue(lines, 'x-failed-recipients') !== '') return true;
  const isDaemon = /(^|[\s<"])mailer-daemon@/i.test(firstValue(lines, 'from'));
  const isAnswer = /^auto-replied/i.test(firstValue(lines, 'auto-submitted')) || firstValue(lines, 'x-autoreply') !== '';
  return isDaemon || (firstValue(lines, 'return-path') === '<>' && !isAnswer);
}

/** Written by a program: RFC 3834, section 5, and what was used before and beside it. */
function isAutoSubmitted(lines: HeaderLine[]): boolean {
  const autoSubmitted = firstValue(lines, 'auto-submitted').toLowerCase();
  if (autoSubmitted !== '') return !/^no\b/.test(autoSubmitted);
  const isMarked = ['x-autoreply', 'x-autorespond', 'x-auto-response-suppress'].some((name) => {
    const value = firstValue(lines, name).toLowerCase();
    return value !== '' && value !== 'no' && value !== 'none';
  });
  return isMarked || ['auto_reply', 'bulk', 'junk'].includes(precedence(lines));
}

/** RFC 2919 and RFC 2369. */
function isList(lines: HeaderLine[]): boolean {
  return ['list-id', 'list-post', 'list-unsubscribe'].some((name) => firstValue(lines, name) !== '') || precedence(lines) === 'list';
}

function precedence(lines: HeaderLine[]): string {
  return firstValue(lines, 'precedence').toLowerCase();
}
