import type { Load } from '../ports/pressure.ts';

/** High-water marks: where intake stops, and the lower ones where it goes on, so that it doesn't stop and go with every message. */

export interface PressureLimits {
  /** Open messages and their raw bytes, of all flows and of each. */
  all: Load;
  perFlow: Load;
  /** Of each disk that mails are kept on; the larger of the two counts. */
  freeBytes: number;
  freePercent: number;
}

const goOnBelow = 0.75;
/** Free space has to be this many times the limit, or this many bytes above it. */
const enoughTimes = 1.25;
const enoughOverBytes = 1024 * 1024 * 1024;

export function lowerOf({ messages, bytes }: Load): Load {
  return { messages: Math.ceil(messages * goOnBelow), bytes: Math.ceil(bytes * goOnBelow) };
}

/** @param isPaused whether intake stands still already */
export function isTooMuch(load: Load, high: Load, isPaused: boolean): boolean {
  const mark = isPaused ? lowerOf(high) : high;
  return load.messages >= mark.messages || load.bytes >= mark.bytes;
}

/** @returns bytes that have to be free, and how many are enough to go on */
export function spaceLimits(totalBytes: number, { freeBytes, freePercent }: PressureLimits): { least: number; enough: number } {
  const least = Math.max(freeBytes, (totalBytes * freePercent) / 100);
  return { least, enough: Math.min(least * enoughTimes, least + enoughOverBytes) };
}

export function isTooLittle(free: number, limits: { least: number; enough: number }, isPaused: boolean): boolean {
  return free < (isPaused ? limits.enough : limits.least);
}

const megabyte = 1024 * 1024;

/** "1,024 messages with 31 MB" */
export function loadText({ messages, bytes }: Load): string {
  return `${messages.toLocaleString('en')} ${messages === 1 ? 'message' : 'messages'} with ${sizeText(bytes)}`;
}

/** "10,000 messages or 1 GB" */
export function markText({ messages, bytes }: Load): string {
  return `${messages.toLocaleString('en')} ${messages === 1 ? 'message' : 'messages'} or ${sizeText(bytes)}`;
}

/** "31 MB", "1.5 GB" */
export function sizeText(bytes: number): string {
  const mb = bytes / megabyte;
  if (mb >= 1024) return `${(mb / 1024).toLocaleString('en', { maximumFractionDigits: 1 })} GB`;
  return `${mb.toLocaleString('en', { maximumFractionDigits: mb < 10 ? 1 : 0 })} MB`;
}
