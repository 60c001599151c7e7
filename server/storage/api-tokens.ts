import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { mayAny, roleOf, roleTable } from '../../shared/roles.ts';
import type { Clock } from '../ports/common.ts';
import type { Accounts, TokenRow, Visitor } from '../ports/security.ts';
import { sqlOn } from './sql.ts';

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
export function openApiTokens(pool: Pool, clock: Clock): ApiTokens {
  const sql = sqlOn(pool);
  return {
    async visitorOfToken(token) {
      const now = clock.now();
      const [row] = await sql.query<Used>(
        `select t.id, t.name, t.role, t.user_id as "userId", t.expires_at as "expiresAt", t.last_used_at as "lastUsedAt",
                u.role as "ownerRole", u.is_disabled as "isDisabled"
           from api_token t left join "user" u on u.id = t.user_id
          where t.hash = $1`,
        [hashOf(token)],
      );
      if (!row || row.isDisabled || (row.expiresAt && row.expiresAt <= now)) return undefined;
      if (!row.lastUsedAt || now.getTime() - row.lastUsedAt.getTime() > lastUsedEveryMs) {
        await sql.query('update api_token set last_used_at = $2 where id = $1', [row.id, now]);
      }
      const role = roleOf(row.role);
      // The owner may have less by now than when it was made.
      const allowed = row.ownerRole === null ? roleTable[role].may : roleTable[roleOf(row.ownerRole)].may;
      return {
        kind: 'token',
        id: row.id,
        name: `token ${row.name}`,
        email: '',
        role,
        may: roleTable[role].may.filter((permission) => mayAny(allowed, permission)),
        sessionId: row.id,
        userId: row.userId,
        expiresAt: row.expiresAt,
      };
    },

    async ensureToken(value) {
      if (value === undefined) {
        await sql.query('delete from api_token where id = $1', [environmentToken]);
        return;
      }
      await sql.query(
        `insert into api_token (id, name, start, hash, created_by) values ($1, $1, $2, $3, $1)
         on conflict (id) do update set hash = $3, start = $2, created_at = $4 where api_token.hash <> $3`,
        [environmentToken, startOf(value), hashOf(value), clock.now()],
      );
    },

    async listTokens(userId) {
      const rows = await sql.query<Stored>(
        `select ${columns} from api_token t left join "user" u on u.id = t.user_id
          ${userId === undefined ? '' : 'where t.user_id = $1'} order by t.created_at desc, t.id`,
        userId === undefined ? [] : [userId],
      );
      return rows.map(toToken);
    },

    async createToken({ name, role, userId, expiresAt }, by) {
      const token = `mailroom_${randomBytes(32).toString('base64url')}`;
      const [row] = await sql.query<Stored>(
        `with t as (
           insert into api_token (id, name, start, hash, role, user_id, created_by, created_at, expires_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning *)
         select ${columns} from t left join "user" u on u.id = t.user_id`,
        [randomUUID(), name, startOf(token), hashOf(token), role, userId, by, clock.now(), expiresAt],
      );
      if (!row) throw new Error('The token that was just created is not there');
      return { ...toToken(row), token };
    },

    async deleteToken(id, userId) {
      const [row] = await sql.query<Stored>(
        `with t as (delete from api_token where id = $1 and ($2::text is null or user_id = $2) returning *)
         select ${columns} from t left join "user" u on u.id = t.user_id`,
        [id, userId ?? null],
      );
      return row && toToken(row);
    },
  };
}

interface Used {
  id: string;
  name: string;
  role: string;
  userId: string | null;
  expiresAt: Date | null;
  lastUsedAt: Date | null;
  ownerRole: string | null;
  isDisabled: boolean | null;
}

interface Stored {
  id: string;
  name: string;
  start: string;
  role: string;
  ownerId: string | null;
  ownerName: string | null;
  createdAt: Date;
  lastUsedAt: Date | null;
  expiresAt: Date | null;
}

const columns = `t.id, t.name, t.start, t.role, u.id as "ownerId", u.name as "ownerName",
  t.created_at as "createdAt", t.last_used_at as "lastUsedAt", t.expires_at as "expiresAt"`;

function toToken({ ownerId, ownerName, role, ...token }: Stored): TokenRow {
  return { ...token, role: roleOf(role), owner: ownerId === null ? null : { id: ownerId, name: ownerName ?? '' } };
}

/** Tokens are found by their hash, so that comparing tells an attacker nothing about the token itself. */
function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** A token of ours shows `mailroom_` and 4 of its 43 characters; one people chose themselves shows 3. */
function startOf(token: string): string {
  return token.slice(0, token.startsWith('mailroom_') ? 13 : 3);
}
