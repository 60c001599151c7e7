import { isHostAllowed } from '../../shared/check-artifacts.ts';
import { FlowError } from '../../shared/errors.ts';
import type { Logger } from '../ports/common.ts';
import type { Events } from '../ports/engine.ts';
import type { OAuth2Tokens } from '../ports/oauth2.ts';
import type { UseAccessToken } from '../ports/secrets.ts';
import { atMost } from './at-most.ts';
import type { Database } from './database.ts';
import type { KeyRing } from './key-ring.ts';
import { forgetTokens, readTokens, writeTokens, type OAuth2Kind, type StoredTokens } from './oauth2-rows.ts';
import { jsonOrNull, sqlOn, transaction, type Sql } from './sql.ts';

/** Each holds a database connection for as long as the provider takes. */
const refreshesAtOnce = 4;
const firstRestS = 5;
const longestRestS = 5 * 60;

export interface TokenParts {
  database: Pick<Database, 'pool'>;
  keys: KeyRing;
  publish: Events['publish'];
  log: Logger;
}

/** What stands behind the tokens of a kind of artifact. */
export interface TokenGrant {
  kind: OAuth2Kind;
  /** What people call the artifact. */
  title: string;
  /** Between two replacements of tokens that were refused before their time; none where whoever refuses is left alone anyway. */
  replacedRestMs: number;
  /**
   * How another access token is asked for.
   *
   * @throws FlowError OAUTH2_NOT_AUTHORIZED where a person has to act first
   */
  begin(sql: Sql, name: string, stored: StoredTokens): Promise<() => Promise<OAuth2Tokens>>;
}

/**
 * Access tokens, refreshed ahead of their end. The row of the artifact is locked meanwhile, across all processes: two refreshes with
 * one refresh token would look like theft to a provider that rotates them, and it would revoke both. The new refresh token is
 * committed with the access token. A refresh that has begun is never aborted: the old refresh token may be spent by then.
 */
export function openTokenUse(parts: TokenParts, grant: TokenGrant): UseAccessToken {
  const { database, keys } = parts;
  const sql = sqlOn(database.pool);
  const underWay = new Map<string, Promise<string>>();
  /** By artifact: when a token that somebody refused was last replaced. */
  const replacedAt = new Map<string, number>();
  const inTurn = atMost(refreshesAtOnce);

  /** Those who ask while a refresh is under way in this process share its outcome. */
  function refreshed(name: string, refused: string | undefined): Promise<string> {
    // What is right for those who know of no refusal need not be for those who do.
    const asking = JSON.stringify([name, refused]);
    const running = underWay.get(asking);
    if (running) return running;
    const refresh = inTurn(() => refreshOnce(parts, grant, name, refused)).finally(() => underWay.delete(asking));
    underWay.set(asking, refresh);
    return refresh;
  }

  return async (name, host, refused) => {
    const stored = await readTokens(sql, keys, grant.kind, name);
    if (!stored) throw notDeployed(grant, name);
    if (!isHostAllowed(stored.allowedHosts, host)) throw new FlowError('CREDENTIAL_HOST_NOT_ALLOWED', { name, host });
    const known = usable(stored, refused);
    if (known !== undefined) return { name, user: stored.user, token: known };
    // Whoever refuses a new one as well means something else: the provider is not asked for each message.
    const isJustReplaced = performance.now() - (replacedAt.get(name) ?? -Infinity) < grant.replacedRestMs;
    if (refused !== undefined && isJustReplaced && stored.isValid) return { name, user: stored.user, token: refused };
    const token = await refreshed(name, refused);
    if (refused !== undefined) replacedAt.set(name, performance.now());
    return { name, user: stored.user, token };
  };
}

function notDeployed({ title }: TokenGrant, name: string): FlowError {
  return new FlowError('CREDENTIAL_NOT_DEPLOYED', { name, kind: title });
}

/** The stored token, where it needs no refresh. */
function usable({ accessToken, isDue }: StoredTokens, refused: string | undefined): string | undefined {
  return isDue || accessToken === refused ? undefined : accessToken;
}

/** The stored token, where nothing better can be had. */
function stillValid({ accessToken, isValid }: StoredTokens, refused: string | undefined): string | undefined {
  return isValid && accessToken !== refused ? accessToken : undefined;
}

async function refreshOnce(
  { database, keys, publish, log }: TokenParts,
  grant: TokenGrant,
  name: string,
  refused?: string,
): Promise<string> {
  const outcome = await transaction(database.pool, async (tx) => {
    const stored = await readTokens(tx, keys, grant.kind, name, 'for update of o');
    if (!stored) throw notDeployed(grant, name);
    // Another process was first.
    const token = usable(stored, refused);
    if (token !== undefined) return { token, hasChanged: false };
    const ask = await grant.begin(tx, name, stored);
    if (stored.restsUntil)
      return { token: stillValid(stored, refused), hasChanged: false, failure: resting(name, stored.restsUntil, stored) };
    try {
      const tokens = await ask();
      await writeTokens(tx, keys, name, tokens);
      return { token: tokens.accessToken, hasChanged: true };
    } catch (error) {
      if (!(error instanceof FlowError)) throw error;
      const isOver = error.code === 'OAUTH2_NOT_AUTHORIZED';
      await writeFailure(tx, name, error, stored.refreshFailures + 1);
      return { token: isOver ? undefined : stillValid(stored, refused), hasChanged: true, failure: error };
    }
  });
  if (outcome.hasChanged) publish({ kind: 'credential', id: name });
  if (outcome.hasChanged && outcome.failure) {
    const { code, message } = outcome.failure;
    log.warn({ credential: name, code, reason: message }, 'an OAuth2 token could not be refreshed');
  }
  if (outcome.token !== undefined) return outcome.token;
  throw outcome.failure ?? new FlowError('OAUTH2_NOT_AUTHORIZED', { name });
}

function resting(name: string, until: Date, stored: StoredTokens): FlowError {
  return new FlowError('OAUTH2_REFRESH_PAUSED', { name, until: until.toISOString() }, becauseOf(stored));
}

export function becauseOf({ reason }: StoredTokens): { details?: string } {
  return reason === null ? {} : { details: reason };
}

/** A provider that is away changes no state; one that refuses the client makes it Error; a grant that is over, Unauthorized. */
async function writeFailure(sql: Sql, name: string, error: FlowError, failures: number): Promise<void> {
  const restS = Math.min(longestRestS, firstRestS * 2 ** Math.min(failures - 1, 10));
  await sql.query(
    `update oauth2_credential
        set state = case when $2 then 'Error' else state end, error = $3, refresh_failures = $4,
            retry_at = clock_timestamp() + $5 * interval '1 second'
      where name = $1`,
    [name, error.code === 'OAUTH2_PROVIDER_REFUSED', jsonOrNull(error.view()), failures, restS],
  );
  if (error.code === 'OAUTH2_NOT_AUTHORIZED') await forgetTokens(sql, name);
}
