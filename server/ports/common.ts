/** What every room takes: time, a log, pages of a list, a transaction. */

/** What the rooms of the server know of each other: interfaces only. */

export interface Clock {
  now(): Date;
}

export interface Logger {
  debug(facts: object, text: string): void;
  info(facts: object, text: string): void;
  warn(facts: object, text: string): void;
  error(facts: object, text: string): void;
}

export interface Page {
  limit: number;
  cursor?: string | undefined;
}

export interface Paged<T> {
  items: T[];
  nextCursor: string | null;
}

/** A database transaction as the queue needs it: whoever opens one hands it over, so that job and rows are one commit. */
export interface SqlExecutor {
  executeSql(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
}
