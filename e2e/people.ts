import type { Browser, Page } from '@playwright/test';
import type { Role } from '../shared/roles.ts';
import { cookieAfter, httpClient } from '../server/testing/http-client.ts';
import type { MailroomProcess } from '../server/testing/mailroom-process.ts';

export const password = 'brass gears hum at noon';

/** A person of one's own who has chosen `password`. @param name unique among the stories */
export async function invited(mailroom: MailroomProcess, name: string, role: Role): Promise<{ id: string; email: string; cookie: string }> {
  const email = `${name.toLowerCase().replaceAll(' ', '.')}@example.com`;
  const { user, link } = await mailroom.call('createUser', { body: { name, email, role } });
  const token = new URLSearchParams(new URL(link).hash.slice(1)).get('token') ?? '';
  const { response } = await httpClient(mailroom.url).callWithResponse('welcome', { body: { token, password } });
  return { id: user.id, email, cookie: cookieAfter(response) };
}

/** A browser of their own, signed in, on the list of flows; closed with `page.context().close()`. */
export async function browserOf(browser: Browser, mailroom: MailroomProcess, { cookie }: { cookie: string }): Promise<Page> {
  const context = await browser.newContext();
  const [name = '', value = ''] = cookie.split(/=(.*)/s);
  await context.addCookies([{ name, value, url: mailroom.url, httpOnly: true, sameSite: 'Strict' }]);
  const page = await context.newPage();
  await page.goto(mailroom.url);
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
  return page;
}
