import { createHash, randomBytes } from 'node:crypto';
import { FlowError } from '../../shared/errors.ts';
import { secretName } from './oauth2-rows.ts';
import type { KeyRing } from './key-ring.ts';
import { seal, unseal } from './secret-box.ts';
import type { Sql } from './sql.ts';

/** Authorizations that a browser is away for: whose they are, for ten minutes, once. In the database, so that any web process can end them. */

const lifetimeMinutes = 10;

export interface AuthorizationRequest {
  credential: string;
  redirectUrl: string;
  /** RFC 7636, section 4.1 */
  codeVerifier: string;
}

/** @returns `state` for the provider (RFC 6749, section 10.12); only its hash stays */
export async function keepRequest(
  sql: Sql,
  keys: KeyRing,
  sessionId: string,
  { credential, redirectUrl, codeVerifier }: AuthorizationRequest,
): Promise<string> {
  const state = randomBytes(32).toString('base64url');
  await sql.query('delete from oauth2_request where expires_at <= now()');
  await sql.query(
    `insert into oauth2_request (state_hash, credential, session_id, redirect_url, code_verifier, expires_at)
     values ($1, $2, $3, $4, $5, now() + $6 * interval '1 minute')`,
    [hash(state), credential, sessionId, redirectUrl, seal(keys, secretName.codeVerifier(credential), codeVerifier), lifetimeMinutes],
  );
  return state;
}

/** @throws FlowError OAUTH2_REQUEST_UNKNOWN; whatever comes of it, the state is used up */
export async function takeRequest(sql: Sql, keys: KeyRing, sessionId: string, state: string): Promise<AuthorizationRequest> {
  const [row] = await sql.query<{ credential: string; sessionId: string; redirectUrl: string; codeVerifier: Buffer; isAlive: boolean }>(
    `delete from oauth2_request where state_hash = $1
     returning credential, session_id as "sessionId", redirect_url as "redirectUrl", code_verifier as "codeVerifier", expires_at > now() as "isAlive"`,
    [hash(state)],
  );
  if (!row?.isAlive || row.sessionId !== sessionId) throw new FlowError('OAUTH2_REQUEST_UNKNOWN', {});
  const { credential, redirectUrl, codeVerifier } = row;
  return { credential, redirectUrl, codeVerifier: unseal(keys, secretName.codeVerifier(credential), codeVerifier) };
}

function hash(state: string): string {
  return createHash('sha256').update(state).digest('hex');
}
