import { createHash, hkdfSync, randomUUID, timingSafeEqual } from 'node:crypto';
import { drizzleAdapter } from 'better-auth/adapters/drizzle';
import { APIError } from 'better-auth/api';
import { hashPassword } from 'better-auth/crypto';
import { betterAuth } from 'better-auth/minimal';
import { sql } from 'drizzle-orm';
import { FlowError } from '../../shared/errors.ts';
import { checkPassword } from '../../shared/passwords.ts';
import { roleOf, roleTable } from '../../shared/roles.ts';
import type { Clock, Logger } from '../ports/common.ts';
import type { Accounts, NewAdministrator, SessionChange, Visitor } from '../ports/security.ts';
import type { Origin } from '../ports/users.ts';
import { openAccountLocks } from './account-locks.ts';
import { account, session, user, verification } from './accounts-schema.ts';
import { openApiTokens, type ApiTokens } from './api-tokens.ts';
import type { Database } from './database.ts';
import { openOwnPassword } from './own-password.ts';
import { liveSession, noteSeen, openSessions, sessionHours } from './sessions.ts';
import { sqlOn, transaction } from './sql.ts';

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
  const { db, pool } = database;
  const locks = openAccountLocks(pool);
  const tokens = openApiTokens(pool, clock);
  const setUpToken = derive(masterKey, 'mailroom set-up token', 18).toString('base64url');
  const auth = betterAuth({
    appName: 'Mailroom',
    baseURL: publicUrl ?? 'http://127.0.0.1',
    secret: derive(masterKey, 'mailroom sessions', 32).toString('base64url'),
    database: drizzleAdapter(db, { provider: 'pg', schema: { user, session, account, verification } }),
    emailAndPassword: { enabled: true, disableSignUp: true, maxPasswordLength: 2_000 },
    // Not prolonged by use, so that the cookie and the row end together.
    session: {
      expiresIn: sessionHours * 3_600,
      disableSessionRefresh: true,
      additionalFields: { lastSeenAt: { type: 'date', input: false, required: false } },
    },
    user: {
      additionalFields: {
        role: { type: 'string', input: false, required: true, defaultValue: 'administrator' },
        isDisabled: { type: 'boolean', input: false, required: true, defaultValue: false },
      },
    },
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

  /** Without limits: where something else than a password let the person in, or they are counted around it. */
  async function beginSession(email: string, password: string, { address, userAgent }: Origin): Promise<SessionChange> {
    const headers = new Headers(userAgent === undefined ? {} : { 'user-agent': userAgent.slice(0, 500) });
    const before = await passwordOf(email);
    try {
      const signedIn = await auth.api.signInEmail({ body: { email, password }, headers, returnHeaders: true });
      const cookies = signedIn.headers.getSetCookie();
      const visitor = await ofSession(new Headers({ cookie: cookies.map((line) => line.split(';', 1)[0]).join('; ') }));
      // A disabled account looks like one that is not there, to those who have its password as well.
      if (!visitor || !(await endUnlessStill(before, visitor))) throw new FlowError('SIGN_IN_FAILED', {});
      await noteSignIn(visitor, address);
      return { visitor, cookies };
    } catch (error) {
      if (error instanceof APIError && error.statusCode < 500) throw new FlowError('SIGN_IN_FAILED', {}, { cause: error });
      throw error;
    }
  }

  async function passwordOf(email: string): Promise<string | undefined> {
    const [row] = await sqlOn(pool).query<{ password: string }>(
      `select a.password from account a join "user" u on u.id = a.user_id
        where u.email = $1 and a.provider_id = 'credential' and a.password is not null`,
      [email.toLowerCase()],
    );
    return row?.password;
  }

  /** Ends the session again when the password was taken away or changed while it was compared, which also ends sessions. */
  async function endUnlessStill(password: string | undefined, { id, sessionId }: Visitor): Promise<boolean> {
    return transaction(pool, async (tx) => {
      // Waits for a change that is under way; one that comes later finds the session.
      const still = await tx.query('select 1 from account where user_id = $1 and password = $2 for share', [id, password ?? '']);
      if (still.length > 0) return true;
      await tx.query('delete from session where id = $1', [sessionId]);
      return false;
    });
  }

  async function signIn(email: string, password: string, from: Origin): Promise<SessionChange> {
    return locks.attempt(
      { email, address: from.address },
      () => beginSession(email, password, from),
      (error) => error instanceof FlowError && error.code === 'SIGN_IN_FAILED',
    );
  }

  async function noteSignIn({ id, sessionId }: Visitor, address: string): Promise<void> {
    const run = sqlOn(pool);
    await run.query('update session set ip_address = $2, last_seen_at = clock_timestamp() where id = $1', [sessionId, address]);
    await run.query(`delete from session s where user_id = $1 and not (${liveSession('s')})`, [id]);
    await run.query('update "user" set last_sign_in_at = clock_timestamp() where id = $1', [id]);
  }

  async function ofSession(headers: Headers): Promise<Visitor | undefined> {
    const found = await auth.api.getSession({ headers });
    if (!found) return undefined;
    const { id, name, email, isDisabled } = found.user;
    if (isDisabled || !(await noteSeen(pool, found.session, clock.now()))) {
      await sqlOn(pool).query('delete from session where id = $1', [found.session.id]);
      return undefined;
    }
    const role = roleOf(found.user.role);
    return { kind: 'session', id, name, email, role, may: roleTable[role].may, sessionId: found.session.id, userId: id, expiresAt: null };
  }

  return {
    ...tokens,
    setUpToken,
    isSetUpNeeded,

    async setUp(token, administrator, from) {
      if (!(await isSetUpNeeded())) throw new FlowError('SETUP_DONE', {});
      await locks.attempt(
        { address: from.address },
        async () => {
          if (!isEqual(token.trim(), setUpToken)) throw new FlowError('SETUP_TOKEN_WRONG', {});
        },
        (error) => error instanceof FlowError && error.code === 'SETUP_TOKEN_WRONG',
      );
      requireGood(administrator);
      if (!(await addFirstAdministrator(administrator))) throw new FlowError('SETUP_DONE', {});
      return beginSession(administrator.email, administrator.password, from);
    },

    async ensureAdministrator(administrator) {
      // What was set before there were rules stays as it is.
      if (!(await isSetUpNeeded())) return;
      const { email } = administrator;
      const reason = checkPassword(administrator.password, administrator);
      if (reason !== undefined) throw new FlowError('ADMIN_PASSWORD_TOO_WEAK', { reason });
      if (await addFirstAdministrator(administrator)) log.info({ email }, 'Administrator created from the environment');
    },

    signIn,
    ...openSessions(pool),
    ...openOwnPassword({ pool, locks, beginSession }),

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

/** @throws PASSWORD_TOO_WEAK */
function requireGood({ password, ...owner }: NewAdministrator): void {
  const reason = checkPassword(password, owner);
  if (reason !== undefined) throw new FlowError('PASSWORD_TOO_WEAK', { reason });
}

function isEqual(a: string, b: string): boolean {
  return timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest());
}

/** HKDF (RFC 5869) without salt: one independent key per purpose. */
function derive(masterKey: Buffer, purpose: string, bytes: number): Buffer {
  return Buffer.from(hkdfSync('sha256', masterKey, '', purpose, bytes));
}
