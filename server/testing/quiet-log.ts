import type { Logger } from '../ports.ts';

/** A log that nobody reads. */
export const quietLog: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
