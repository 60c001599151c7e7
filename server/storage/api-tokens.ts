import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { desc, eq, ne } from 'drizzle-orm';
import { roleOf, roleTable } from '../../shared/roles.ts';
import type { Clock } from '../ports/common.ts';
import type { Accounts, TokenRow, Visitor } from '../ports/security.ts';
import { apiToken } from './accounts-schema.ts';
import type { Database } from './database.ts';

/** How often "last used" of a token is written at most. */
const lastUsedEveryMs = 60_000;
/** Id and name of the token that the environment sets; others get a UUID. */
const environmentToken = 'environment';

export interface ApiTokens extends Pick<Accounts, 'listTokens' | 'createToken' | 'deleteToken'> {
  visitorOfToken(token: string): Promise<Visitor | undefined>;
  /** For unattended starts: the one token the environment names. Another value replaces it, undefined revokes it. */
  ensureToken(value: string | undefined): Promise<void>;
}

/** API tokens of programs, kept as SHA-256: they are random, so a slow hash would add nothing. */
export function openApiTokens({ db }: Pick<Database, 'db'>, clock: Clock): ApiTokens {
  return {
    async visitorOfToken(token) {
      const now = clock.now();
      const [row] = await db
        .select()
        .from(apiToken)
        .where(eq(apiToken.hash, hashOf(token)));
      if (!row || (row.expiresAt && row.expiresAt <= now)) return undefined;
      if (!row.lastUsedAt || now.getTime() - row.lastUsedAt.getTime() > lastUsedEveryMs) {
        await db.update(apiToken).set({ lastUsedAt: now }).where(eq(apiToken.id, row.id));
      }
      const role = roleOf(row.role);
      return { kind: 'token', id: row.id, name: `token ${row.name}`, email: '', role, may: roleTable[role].may, sessionId: row.id };
    },

    async ensureToken(value) {
      if (value === undefined) {
        await db.delete(apiToken).where(eq(apiToken.id, environmentToken));
        return;
      }
      const hash = hashOf(value);
      const start = startOf(value);
      await db
        .insert(apiToken)
        .values({ id: environmentToken, name: environmentToken, start, hash, createdBy: environmentToken })
        .onConflictDoUpdate({ target: apiToken.id, set: { hash, start, createdAt: clock.now() }, setWhere: ne(apiToken.hash, hash) });
    },

    async listTokens() {
      return db.select(columns).from(apiToken).orderBy(desc(apiToken.createdAt));
    },

    async createToken(name, by) {
      const token = `mailroom_${randomBytes(32).toString('base64url')}`;
      const [row] = await db
        .insert(apiToken)
        .values({ id: randomUUID(), name, start: startOf(token), hash: hashOf(token), createdBy: by, createdAt: clock.now() })
        .returning(columns);
      if (!row) throw new Error('The token that was just created is not there');
      return { ...row, token };
    },

    async deleteToken(id) {
      const removed = await db.delete(apiToken).where(eq(apiToken.id, id)).returning({ id: apiToken.id });
      return removed.length > 0;
    },
  };
}

const columns = {
  id: apiToken.id,
  name: apiToken.name,
  start: apiToken.start,
  createdAt: apiToken.createdAt,
  lastUsedAt: apiToken.lastUsedAt,
  expiresAt: apiToken.expiresAt,
} satisfies Record<keyof TokenRow, unknown>;

/** Tokens are found by their hash, so that comparing tells an attacker nothing about the token itself. */
function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** A token of ours shows `mailroom_` and 4 of its 43 characters; one people chose themselves shows 3. */
function startOf(token: string): string {
  return token.slice(0, token.startsWith('mailroom_') ? 13 : 3);
}
