import { createHash, hkdfSync, randomUUID, timingSafeEqual } from 'node:crypto';
import { drizzleAdapter } from 'better-auth/adapters/drizzle';
import { APIError } from 'better-auth/api';
import { hashPassword } from 'better-auth/crypto';
import { betterAuth } from 'better-auth/minimal';
import { sql } from 'drizzle-orm';
import { FlowError } from '../../shared/errors.ts';
import { roleOf, roleTable } from '../../shared/roles.ts';
import type { Clock, Logger } from '../ports/common.ts';
import type { Accounts, NewAdministrator, SessionChange, Visitor } from '../ports/security.ts';
import { account, session, user, verification } from './accounts-schema.ts';
import { openApiTokens, type ApiTokens } from './api-tokens.ts';
import type { Database } from './database.ts';

const sessionSeconds = 7 * 24 * 3_600;

export interface AccountsParts {
  database: Database;
  /** Signs session cookies and makes the set-up token; 32 bytes, the same in every process. */
  masterKey: Buffer;
  /** Where browsers find us, if not on loopback; `https:` makes cookies Secure. */
  publicUrl: string | undefined;
  clock: Clock;
  log: Logger;
}

export interface ManagedAccounts extends Accounts, Pick<ApiTokens, 'ensureToken'> {
  /** What the first visitor must type; worth nothing once an administrator exists. The same in every process. */
  setUpToken: string;
  /** For unattended starts: creates the administrator unless one exists. */
  ensureAdministrator(administrator: NewAdministrator): Promise<void>;
}

/** People and API tokens. better-auth keeps passwords and sessions; its own HTTP routes are not mounted, only called. */
export function createAccounts({ database, masterKey, publicUrl, clock, log }: AccountsParts): ManagedAccounts {
  const { db } = database;
  const tokens = openApiTokens(database, clock);
  const setUpToken = derive(masterKey, 'mailroom set-up token', 18).toString('base64url');
  const auth = betterAuth({
    appName: 'Mailroom',
    baseURL: publicUrl ?? 'http://127.0.0.1',
    secret: derive(masterKey, 'mailroom sessions', 32).toString('base64url'),
    database: drizzleAdapter(db, { provider: 'pg', schema: { user, session, account, verification } }),
    emailAndPassword: { enabled: true, disableSignUp: true, maxPasswordLength: 200 },
    // Not prolonged by use, so that the cookie and the row end together.
    session: { expiresIn: sessionSeconds, disableSessionRefresh: true },
    user: { additionalFields: { role: { type: 'string', input: false, required: true, defaultValue: 'administrator' } } },
    advanced: {
      cookiePrefix: 'mailroom',
      useSecureCookies: publicUrl?.startsWith('https:') ?? false,
      defaultCookieAttributes: { sameSite: 'strict' },
      ipAddress: { disableIpTracking: true },
    },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: { level: 'error', log: (_level, message) => log.error({ room: 'accounts' }, message) },
  });

  async function isSetUpNeeded() {
    return (await db.$count(user)) === 0;
  }

  /** False when somebody was first. The lock makes "there is none yet" and "here it is" one step. */
  async function addFirstAdministrator({ name, email, password }: NewAdministrator): Promise<boolean> {
    const hash = await hashPassword(password);
    return db.transaction(async (tx) => {
      await tx.execute(sql`select pg_advisory_xact_lock(hashtext('mailroom first administrator'))`);
      if ((await tx.$count(user)) > 0) return false;
      const id = randomUUID();
      await tx.insert(user).values({ id, name, email: email.toLowerCase(), role: 'administrator' });
      await tx.insert(account).values({ id: randomUUID(), userId: id, accountId: id, providerId: 'credential', password: hash });
      return true;
    });
  }

  async function signIn(email: string, password: string, userAgent: string | undefined): Promise<SessionChange> {
    const headers = new Headers(userAgent === undefined ? {} : { 'user-agent': userAgent.slice(0, 500) });
    try {
      const signedIn = await auth.api.signInEmail({ body: { email, password }, headers, returnHeaders: true });
      const cookies = signedIn.headers.getSetCookie();
      const visitor = await ofSession(new Headers({ cookie: cookies.map((line) => line.split(';', 1)[0]).join('; ') }));
      if (!visitor) throw new Error('A session that was just begun is not there');
      return { visitor, cookies };
    } catch (error) {
      if (error instanceof APIError && error.statusCode < 500) throw new FlowError('SIGN_IN_FAILED', {}, { cause: error });
      throw error;
    }
  }

  async function ofSession(headers: Headers): Promise<Visitor | undefined> {
    const found = await auth.api.getSession({ headers });
    if (!found) return undefined;
    const { id, name, email } = found.user;
    const role = roleOf(found.user.role);
    return { kind: 'session', id, name, email, role, may: roleTable[role].may, sessionId: found.session.id };
  }

  return {
    ...tokens,
    setUpToken,
    isSetUpNeeded,

    async setUp(token, administrator) {
      if (!(await isSetUpNeeded())) throw new FlowError('SETUP_DONE', {});
      if (!isEqual(token.trim(), setUpToken)) throw new FlowError('SETUP_TOKEN_WRONG', {});
      if (!(await addFirstAdministrator(administrator))) throw new FlowError('SETUP_DONE', {});
      return signIn(administrator.email, administrator.password, undefined);
    },

    async ensureAdministrator(administrator) {
      const { email } = administrator;
      if (await addFirstAdministrator(administrator)) log.info({ email }, 'Administrator created from the environment');
    },

    signIn,

    async signOut(headers) {
      const signedOut = await auth.api.signOut({ headers, returnHeaders: true });
      return { visitor: null, cookies: signedOut.headers.getSetCookie() };
    },

    async visitor(headers) {
      const authorization = headers.get('authorization');
      if (authorization === null) return ofSession(headers);
      const bearer = /^Bearer +([^\s]{1,500})$/i.exec(authorization)?.[1];
      return bearer === undefined ? undefined : tokens.visitorOfToken(bearer);
    },
  };
}

function isEqual(a: string, b: string): boolean {
  return timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest());
}

/** HKDF (RFC 5869) without salt: one independent key per purpose. */
function derive(masterKey: Buffer, purpose: string, bytes: number): Buffer {
  return Buffer.from(hkdfSync('sha256', masterKey, '', purpose, bytes));
}
