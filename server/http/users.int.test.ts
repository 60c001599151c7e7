import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Role } from '../../shared/roles.ts';
import { eventually } from '../testing/eventually.ts';
import { cookieAfter, httpClient, type HttpClient } from '../testing/http-client.ts';
import { administrator, startTestServer, type TestServer } from '../testing/http-server.ts';

/** People, what their roles come to, and what each does with the own account. */

let server: TestServer;
/** The browser of the administrator. */
let ada: HttpClient;

beforeAll(async () => {
  server = await startTestServer();
  await server.accounts.ensureAdministrator(administrator);
  ada = await signIn(administrator.email, administrator.password);
});
afterAll(() => server.close());

async function signIn(email: string, password: string): Promise<HttpClient> {
  const { response } = await httpClient(server.url).callWithResponse('signIn', { body: { email, password } });
  return httpClient(server.url, { cookie: cookieAfter(response) });
}

const password = 'brass gears hum at noon';
let people = 0;

/** A person who has chosen a password, with a browser. */
async function person(role: Role) {
  const email = `person-${(people += 1)}@example.com`;
  const { user, link } = await ada.call('createUser', { body: { name: `Person ${people}`, email, role } });
  const { response } = await httpClient(server.url).callWithResponse('welcome', { body: { token: tokenOf(link), password } });
  return { id: user.id, email, browser: httpClient(server.url, { cookie: cookieAfter(response) }) };
}

const tokenOf = (link: string) => new URLSearchParams(new URL(link).hash.slice(1)).get('token') ?? '';
const shown = async (id: string) => (await ada.call('listUsers')).items.find((user) => user.id === id);
const refusal = (code: string) => ({ answer: { code } });

describe('an invited person', () => {
  it('chooses a password with the link, once, and is in', async () => {
    const { user, link } = await ada.call('createUser', { body: { name: 'Grace', email: 'Grace@Example.com', role: 'operator' } });
    expect(user).toMatchObject({ email: 'grace@example.com', isInvited: true, lastSignInAt: null });
    expect(link).toContain(`${server.url}/welcome#token=`);
    const stranger = httpClient(server.url);
    const token = tokenOf(link);
    expect(await stranger.call('readWelcome', { body: { token } })).toEqual({ name: 'Grace', email: 'grace@example.com' });
    await expect(stranger.call('welcome', { body: { token, password: 'grace grace grace' } })).rejects.toMatchObject({
      status: 422,
      ...refusal('PASSWORD_TOO_WEAK'),
    });

    const tries = await Promise.allSettled(
      ['brass gears hum at noon', 'tin gears hum at night'].map((wanted) =>
        stranger.call('welcome', { body: { token, password: wanted } }),
      ),
    );
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await expect(stranger.call('welcome', { body: { token, password } })).rejects.toMatchObject(refusal('LINK_USED'));
    expect(await shown(user.id)).toMatchObject({ isInvited: false, sessions: 1, lastSignInAt: expect.any(String) });
  });

  it('can not sign in before, and not by a link that was replaced or has run out', async () => {
    const { user, link } = await ada.call('createUser', { body: { name: 'Late', email: 'late@example.com', role: 'viewer' } });
    await expect(signIn('late@example.com', password)).rejects.toMatchObject(refusal('SIGN_IN_FAILED'));
    const again = await ada.call('resetUser', { params: { id: user.id }, body: {} });
    await expect(httpClient(server.url).call('welcome', { body: { token: tokenOf(link), password } })).rejects.toMatchObject({
      status: 409,
    });
    await server.database.pool.query(`update welcome_token set expires_at = now() - interval '1 s' where user_id = $1`, [user.id]);
    await expect(httpClient(server.url).call('welcome', { body: { token: tokenOf(again.link), password } })).rejects.toMatchObject({
      status: 409,
    });
    expect(await shown(user.id)).toMatchObject({ isInvited: true, linkUntil: null });
  });

  it('has an address that nobody else has', async () => {
    const body = { name: 'Ada again', email: administrator.email.toUpperCase(), role: 'viewer' as const };
    await expect(ada.call('createUser', { body })).rejects.toMatchObject({ status: 409, ...refusal('USER_EXISTS') });
  });
});

describe('a change of a role', () => {
  it('counts with the next request, of sessions and of tokens', async () => {
    const { id, email, browser } = await person('developer');
    const made = await browser.call('createToken', { body: { name: 'pipeline' } });
    expect(made).toMatchObject({ role: 'developer', owner: { id } });
    const program = httpClient(server.url, { token: made.token });
    await program.call('createFlow', { body: { name: `Of ${email}` } });
    await ada.call('saveUser', { params: { id }, body: { name: 'Person', role: 'viewer', isDisabled: false } });
    for (const client of [browser, program]) {
      await expect(client.call('createFlow', { body: { name: 'Too late' } })).rejects.toMatchObject(refusal('NOT_ALLOWED'));
      expect((await client.call('getSession')).user?.may).toEqual(['see']);
    }
    await ada.call('saveUser', { params: { id }, body: { name: 'Person', role: 'administrator', isDisabled: false } });
    expect((await browser.call('getSession')).user?.role).toBe('administrator');
    expect((await program.call('getSession')).user).toMatchObject({ role: 'developer' });
    await ada.call('deleteUser', { params: { id } });
  });
});

describe('a disabled account', () => {
  it('loses sessions and event streams at once, its tokens rest, and its password looks wrong', async () => {
    const { id, email, browser } = await person('operator');
    const { token } = await browser.call('createToken', { body: { name: 'rests' } });
    const program = httpClient(server.url, { token });
    const streams = await Promise.all([browser.send('GET', '/events'), program.send('GET', '/events')]);
    const ended = Promise.all(streams.map((stream) => stream.text()));
    const body = { name: 'Person', role: 'operator' as const };
    expect(await ada.call('saveUser', { params: { id }, body: { ...body, isDisabled: true } })).toMatchObject({ sessions: 0 });
    const startedAt = Date.now();
    await ended;
    expect(Date.now() - startedAt).toBeLessThan(10_000);
    await expect(browser.call('listFlows')).rejects.toMatchObject({ status: 401 });
    await expect(program.call('listFlows')).rejects.toMatchObject({ status: 401 });
    await expect(signIn(email, password)).rejects.toMatchObject(refusal('SIGN_IN_FAILED'));
    expect(await shown(id)).toMatchObject({ isDisabled: true, sessions: 0 });

    await ada.call('saveUser', { params: { id }, body: { ...body, isDisabled: false } });
    await program.call('listFlows');
    await signIn(email, password);
  });
});

describe('the last administrator', () => {
  const self = async () => (await ada.call('getSession')).user?.id ?? '';

  it('can be neither removed, nor disabled, nor demoted, so that the set-up token never counts again', async () => {
    const id = await self();
    // One who has not chosen a password yet can help nobody.
    const { user } = await ada.call('createUser', { body: { name: 'Soon', email: 'soon@example.com', role: 'administrator' } });
    const name = administrator.name;
    const changes = [
      () => ada.call('deleteUser', { params: { id } }),
      () => ada.call('saveUser', { params: { id }, body: { name, role: 'developer', isDisabled: false } }),
      () => ada.call('saveUser', { params: { id }, body: { name, role: 'administrator', isDisabled: true } }),
    ];
    for (const change of changes) await expect(change()).rejects.toMatchObject({ status: 409, ...refusal('LAST_ADMINISTRATOR') });
    await expect(ada.call('resetUser', { params: { id }, body: {} })).rejects.toMatchObject(refusal('OWN_RESET'));
    const environment = await server.as('administrator');
    await expect(environment.call('resetUser', { params: { id }, body: {} })).rejects.toMatchObject(refusal('LAST_ADMINISTRATOR'));
    expect(await shown(id)).toMatchObject({ role: 'administrator', isDisabled: false, isInvited: false });
    expect((await ada.call('getSession')).isSetUpNeeded).toBe(false);
    await ada.call('deleteUser', { params: { id: user.id } });
  });

  it('need not be there yet where a program invites the first people, but the last of them stays', async () => {
    const fresh = await startTestServer();
    try {
      const program = await fresh.as('administrator');
      const [first, second] = await Promise.all(
        ['first', 'second'].map((name) => program.call('createUser', { body: { name, email: `${name}@example.com`, role: 'viewer' } })),
      );
      const id = first?.user.id ?? '';
      await program.call('saveUser', { params: { id }, body: { name: 'First', role: 'operator', isDisabled: false } });
      await program.call('deleteUser', { params: { id } });
      await expect(program.call('deleteUser', { params: { id: second?.user.id ?? '' } })).rejects.toMatchObject(
        refusal('LAST_ADMINISTRATOR'),
      );
      expect(await fresh.accounts.isSetUpNeeded()).toBe(false);
    } finally {
      await fresh.close();
    }
  });

  it('is left when two demote each other at the same moment', async () => {
    const other = await person('administrator');
    const id = await self();
    const demoted = { name: 'Demoted', role: 'viewer' as const, isDisabled: false };
    const results = await Promise.allSettled([
      ada.call('saveUser', { params: { id: other.id }, body: demoted }),
      other.browser.call('saveUser', { params: { id }, body: demoted }),
    ]);
    expect(results.filter(({ status }) => status === 'fulfilled').length).toBeLessThan(2);
    const { rows } = await server.database.pool.query(`select id from "user" where role = 'administrator' and not is_disabled`);
    expect(rows.length).toBeGreaterThan(0);
    await server.database.pool.query(`update "user" set role = 'administrator' where id = $1`, [id]);
    await ada.call('deleteUser', { params: { id: other.id } });
  });
});

describe('a reset', () => {
  it('takes password and sessions away and gives a link; an unlock lets the account try again', async () => {
    const { id, email, browser } = await person('viewer');
    for (let i = 0; i < 5; i++) await expect(signIn(email, 'wrong')).rejects.toMatchObject({ status: 401 });
    await expect(signIn(email, password)).rejects.toMatchObject(refusal('TOO_MANY_ATTEMPTS'));
    expect(await shown(id)).toMatchObject({ isLocked: false, lockedUntil: expect.any(String) });
    expect(await ada.call('unlockUser', { params: { id } })).toMatchObject({ lockedUntil: null });
    await signIn(email, password);

    const { link } = await ada.call('resetUser', { params: { id }, body: {} });
    await expect(browser.call('listFlows')).rejects.toMatchObject({ status: 401 });
    await expect(signIn(email, password)).rejects.toMatchObject(refusal('SIGN_IN_FAILED'));
    const next = 'a kettle of seven stairs';
    await httpClient(server.url).call('welcome', { body: { token: tokenOf(link), password: next } });
    await signIn(email, next);
  });

  it('takes the API tokens away, unless it is told to leave them', async () => {
    const { id, browser } = await person('developer');
    const { token } = await browser.call('createToken', { body: { name: 'nightly' } });
    const program = httpClient(server.url, { token });
    await ada.call('resetUser', { params: { id }, body: { revokesTokens: false } });
    await program.call('listFlows');
    expect(await shown(id)).toMatchObject({ tokens: 1, sessions: 0 });
    await ada.call('resetUser', { params: { id }, body: {} });
    await expect(program.call('listFlows')).rejects.toMatchObject({ status: 401 });
    expect(await shown(id)).toMatchObject({ tokens: 0 });
  });

  it('leaves no session to a sign-in that compared the password just before', async () => {
    const { id, email } = await person('viewer');
    const { pool } = server.database;
    const resetting = await pool.connect();
    try {
      await resetting.query('begin');
      await resetting.query('delete from account where user_id = $1', [id]);
      await resetting.query('delete from session where user_id = $1', [id]);
      const signingIn = signIn(email, password).then(
        () => 'signed in',
        (error: { answer: { code: string } }) => error.answer.code,
      );
      const waits = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
      await eventually(async () => (await pool.query(waits)).rows.length > 0, { what: 'the sign-in to wait for the reset' });
      await resetting.query('commit');
      expect(await signingIn).toBe('SIGN_IN_FAILED');
    } finally {
      resetting.release();
    }
    expect(await shown(id)).toMatchObject({ sessions: 0 });
  });
});

describe('sessions of others', () => {
  it('are seen and ended one by one by an administrator, and by nobody else', async () => {
    const { id, email, browser } = await person('operator');
    const second = await signIn(email, password);
    const { items } = await ada.call('listUserSessions', { params: { id } });
    expect(items).toHaveLength(2);
    expect(items.every(({ isThis }) => !isThis)).toBe(true);
    const ofSecond = (await second.call('listSessions')).items.find(({ isThis }) => isThis)?.id ?? '';
    await expect(browser.call('endUserSession', { params: { id, sessionId: ofSecond } })).rejects.toMatchObject({ status: 403 });
    await ada.call('endUserSession', { params: { id, sessionId: ofSecond } });
    await expect(second.call('listFlows')).rejects.toMatchObject({ status: 401 });
    await browser.call('listFlows');
    const other = await person('viewer');
    const ofBrowser = (await browser.call('listSessions')).items[0]?.id ?? '';
    await expect(ada.call('endUserSession', { params: { id: other.id, sessionId: ofBrowser } })).rejects.toMatchObject({ status: 404 });
    await browser.call('listFlows');
  });
});

describe('the own account', () => {
  it('shows where it is signed in, and ends one or all of the others', async () => {
    const { email, browser } = await person('viewer');
    const [second, third, fourth] = await Promise.all([signIn(email, password), signIn(email, password), signIn(email, password)]);
    const { items } = await browser.call('listSessions');
    expect(items).toHaveLength(4);
    expect(items.filter((item) => item.isThis)).toHaveLength(1);
    expect(items[0]).toMatchObject({ address: expect.stringMatching(/127\.0\.0\.1/), browser: expect.any(String) });

    const stream = await second?.send('GET', '/events');
    const ended = stream?.text();
    const ofSecond = (await second?.call('listSessions'))?.items.find((item) => item.isThis)?.id ?? '';
    await browser.call('endSession', { params: { id: ofSecond } });
    expect(await ended).toContain('retry:');
    await expect(second?.call('listFlows')).rejects.toMatchObject({ status: 401 });
    expect(await browser.call('endOtherSessions')).toEqual({ ended: 2 });
    for (const other of [third, fourth]) await expect(other?.call('listFlows')).rejects.toMatchObject({ status: 401 });
    await browser.call('listFlows');
  });

  it('ends no session of another person', async () => {
    const [victim, attacker] = [await person('viewer'), await person('viewer')];
    const id = (await victim.browser.call('listSessions')).items[0]?.id ?? '';
    await expect(attacker.browser.call('endSession', { params: { id } })).rejects.toMatchObject({ status: 404 });
    await victim.browser.call('listFlows');
  });

  it('changes its password with the present one, counted like a sign-in, and signs the others out', async () => {
    const { email, browser } = await person('viewer');
    const other = await signIn(email, password);
    const change = (current: string, next: string) => browser.call('changePassword', { body: { current, next } });
    await expect(change('wrong', 'a kettle of seven stairs')).rejects.toMatchObject({ status: 403, ...refusal('PASSWORD_WRONG') });
    await expect(change(password, 'short')).rejects.toMatchObject({ status: 422, ...refusal('PASSWORD_TOO_WEAK') });
    expect(await change(password, 'a kettle of seven stairs')).toEqual({ ended: 1 });
    await expect(other.call('listFlows')).rejects.toMatchObject({ status: 401 });
    await browser.call('listFlows');
    for (let i = 0; i < 5; i++) await expect(change('wrong', password)).rejects.toMatchObject({ status: 403 });
    await expect(change('a kettle of seven stairs', password)).rejects.toMatchObject({ status: 429 });
  });

  it('is not looked after by a token', async () => {
    const { browser } = await person('viewer');
    const { token } = await browser.call('createToken', { body: { name: 'found in a log' } });
    const program = httpClient(server.url, { token });
    await expect(program.call('changePassword', { body: { current: password, next: 'a kettle of seven stairs' } })).rejects.toMatchObject({
      status: 403,
      ...refusal('NEEDS_SESSION'),
    });
    await expect(program.call('endOtherSessions')).rejects.toMatchObject(refusal('NEEDS_SESSION'));
  });

  it('is signed out when a session lay unused for twelve hours', async () => {
    const { id, browser } = await person('viewer');
    await server.database.pool.query(`update session set last_seen_at = now() - interval '11 hours' where user_id = $1`, [id]);
    await browser.call('listFlows');
    await server.database.pool.query(
      `update session set last_seen_at = now() - interval '12 hours 1 minute', created_at = now() - interval '13 hours' where user_id = $1`,
      [id],
    );
    await expect(browser.call('listFlows')).rejects.toMatchObject({ status: 401 });
    expect(await shown(id)).toMatchObject({ sessions: 0 });
  });
});

describe('an API token', () => {
  it('gets no role that allows more than its maker has, and ends within a year', async () => {
    const { browser } = await person('operator');
    await expect(browser.call('createToken', { body: { name: 'more', role: 'developer' } })).rejects.toMatchObject(
      refusal('ROLE_BEYOND_OWN'),
    );
    const viewing = await browser.call('createToken', { body: { name: 'less', role: 'viewer' } });
    const inDays = (Date.parse(viewing.expiresAt ?? '') - Date.now()) / 86_400_000;
    expect(inDays).toBeGreaterThan(89);
    expect(inDays).toBeLessThan(91);
    const far = new Date(Date.now() + 400 * 86_400_000).toISOString();
    await expect(browser.call('createToken', { body: { name: 'for ever', expiresAt: far } })).rejects.toMatchObject({ status: 400 });

    const program = httpClient(server.url, { token: viewing.token });
    await expect(program.call('createToken', { body: { name: 'more', role: 'operator' } })).rejects.toMatchObject(
      refusal('ROLE_BEYOND_OWN'),
    );
    const later = new Date(Date.parse(viewing.expiresAt ?? '') + 60_000).toISOString();
    await expect(program.call('createToken', { body: { name: 'outlives', expiresAt: later } })).rejects.toMatchObject({ status: 400 });
  });

  it('is refused once it has run out, and shown as such', async () => {
    const { browser } = await person('viewer');
    const { id, token } = await browser.call('createToken', { body: { name: 'short' } });
    await server.database.pool.query(`update api_token set expires_at = now() - interval '1 s' where id = $1`, [id]);
    await expect(httpClient(server.url, { token }).call('listFlows')).rejects.toMatchObject({ status: 401 });
    expect((await browser.call('listTokens')).items).toMatchObject([{ name: 'short', isExpired: true }]);
  });

  it('is seen and revoked by its owner and by administrators, and by nobody else', async () => {
    const [owner, other] = [await person('developer'), await person('developer')];
    const { id, token } = await owner.browser.call('createToken', { body: { name: 'mine' } });
    expect((await other.browser.call('listTokens')).items).toEqual([]);
    await expect(other.browser.call('deleteToken', { params: { id } })).rejects.toMatchObject({ status: 404 });
    await httpClient(server.url, { token }).call('listFlows');
    expect((await ada.call('listTokens')).items.map((item) => item.name)).toContain('mine');
    await ada.call('deleteToken', { params: { id } });
    await expect(httpClient(server.url, { token }).call('listFlows')).rejects.toMatchObject({ status: 401 });
  });

  it('neither shows nor revokes the other tokens of its owner', async () => {
    const owner = await person('developer');
    const found = await owner.browser.call('createToken', { body: { name: 'found by somebody' } });
    const other = await owner.browser.call('createToken', { body: { name: 'in use' } });
    const thief = httpClient(server.url, { token: found.token });
    expect((await thief.call('listTokens')).items.map(({ id }) => id)).toEqual([found.id]);
    await expect(thief.call('deleteToken', { params: { id: other.id } })).rejects.toMatchObject({ status: 404 });
    await httpClient(server.url, { token: other.token }).call('listFlows');
    await thief.call('deleteToken', { params: { id: found.id } });
  });

  it('goes with its owner', async () => {
    const { id, browser } = await person('developer');
    const { token } = await browser.call('createToken', { body: { name: 'goes' } });
    await ada.call('deleteUser', { params: { id } });
    await expect(httpClient(server.url, { token }).call('listFlows')).rejects.toMatchObject({ status: 401 });
    await expect(browser.call('listFlows')).rejects.toMatchObject({ status: 401 });
  });
});
