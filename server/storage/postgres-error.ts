/** SQLSTATE (PostgreSQL, appendix A) or the system's code (`ECONNREFUSED`) of a failed call to PostgreSQL. */
export function postgresCode(error: unknown): string | undefined {
  if (error instanceof AggregateError) return postgresCode(error.errors[0]);
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** Shutting down (57P01), a crash of another connection (57P02), starting up (57P03), too many clients (53300), or nobody there: worth another try. */
const passing = new Set([
  '57P01',
  '57P02',
  '57P03',
  '53300',
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** The server has not answered within `query_timeout`: the connection is worth nothing any more. pg gives it no code. */
export function saysNoAnswer(error: unknown): boolean {
  return error instanceof Error && error.message === 'Query read timeout';
}

export function saysNotReady(error: unknown): boolean {
  const code = postgresCode(error);
  if (code !== undefined) return passing.has(code);
  // pg gives these two without a code.
  return error instanceof Error && /^(Connection terminated|timeout expired)/.test(error.message);
}
