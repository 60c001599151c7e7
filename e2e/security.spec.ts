import type { Page } from '@playwright/test';
import { answerAtProvider, startAuthorizationServer, type AuthorizationServer } from '../server/testing/authorization-server.ts';
import { makeCertificate, makePkcs12 } from '../server/testing/openssl.ts';
import { chain, deployFlow, mailToHttp, node } from '../server/testing/flows.ts';
import { mailWith } from '../server/testing/mail-with.ts';
import type { MailroomProcess } from '../server/testing/mailroom-process.ts';
import { canvas, openTab, properties } from './editor.ts';
import { expectAccessible } from './accessible.ts';
import { startSshServer } from '../server/testing/ssh-server.ts';
import { expect, keepScreenshot, test as base } from './fixtures.ts';

/** Security material: what a person does with OAuth2 artifacts, certificates and key pairs. */

const test = base.extend<{ provider: AuthorizationServer }>({
  provider: async ({ mailroom }, use) => {
    const provider = await startAuthorizationServer({ redirectUrls: [`${mailroom.url}/api/v1/oauth2/callback`] });
    await use(provider);
    await provider.close();
  },
});

const dialog = (page: Page) => page.getByRole('dialog');
const row = (page: Page, name: string) => page.getByRole('row', { name: new RegExp(`^${name}\\b`) });

async function open(page: Page, area: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Security' }).click();
  await page.getByRole('navigation', { name: 'Security' }).getByRole('link', { name: area, exact: true }).click();
}

async function fillOAuth2(page: Page, provider: AuthorizationServer, name: string | undefined): Promise<void> {
  const form = dialog(page);
  if (name !== undefined) await form.getByLabel('Name', { exact: true }).fill(name);
  await form.getByLabel('Provider').click();
  await page.getByRole('option', { name: 'Another provider' }).click();
  await form.getByLabel('Authorization URL').fill(provider.authorizationUrl);
  await form.getByLabel('Token Service URL').fill(provider.tokenUrl);
  await form.getByLabel('Client ID').fill(provider.clientId);
  await form.getByLabel('Client Secret').fill(provider.clientSecret);
  await form.getByLabel('User Name').fill('ada@example.com');
  await form.getByLabel('Scope').fill('openid offline_access mail');
}

const settingsOf = ({ authorizationUrl, tokenUrl, clientId, clientSecret }: AuthorizationServer) => ({
  provider: 'generic' as const,
  authorizationUrl,
  tokenUrl,
  clientId,
  clientSecret,
  user: 'ada@example.com',
  scope: 'openid offline_access mail',
  allowedHosts: ['localhost'],
});

test('an OAuth2 artifact is created, authorized at the provider, and shown as Deployed without a reload', async ({
  signedIn: page,
  provider,
  mailroom,
}) => {
  await open(page, 'OAuth2');
  await page.getByRole('button', { name: 'New OAuth2 artifact' }).first().click();
  await expect(dialog(page).getByLabel('Redirect URL')).toHaveValue(`${mailroom.url}/api/v1/oauth2/callback`);
  await expect(dialog(page).getByLabel('Allowed hosts')).toHaveValue('outlook.office365.com');
  await expectAccessible(page);
  await keepScreenshot(page, 'oauth2-dialog');
  await fillOAuth2(page, provider, 'office');
  await dialog(page).getByLabel('Allowed hosts').fill('localhost');
  const opened = page.waitForEvent('popup');
  await dialog(page).getByRole('button', { name: 'Deploy and authorize' }).click();
  const tab = await opened;
  await expect(row(page, 'office')).toContainText('Unauthorized');

  await expect(tab.getByLabel('User')).toHaveValue('ada@example.com');
  await tab.getByRole('button', { name: 'Allow' }).click();
  await expect(tab.getByRole('heading', { name: 'Authorized' })).toBeVisible();
  await expect(tab.getByText('‘office’ can sign in as ada@example.com')).toBeVisible();
  // The code is good for one use, and gone from the address.
  expect(new URL(tab.url()).hash).toBe('');
  await expectAccessible(tab);
  await keepScreenshot(tab, 'oauth2-authorized');
  await expect(row(page, 'office')).toContainText('Deployed');
  await keepScreenshot(page, 'oauth2-page');
  const closed = tab.waitForEvent('close');
  // The click takes away the page it is made on, and may not come to its own end.
  const click = tab.getByRole('button', { name: 'Close this tab' }).click();
  await click.catch((error: unknown) => {
    if (!tab.isClosed()) throw error;
  });
  await closed;
});

test('a person who declines at the provider reads why, and can try again', async ({ signedIn: page, provider, mailroom }) => {
  await mailroom.call('createOAuth2Credential', { body: { name: 'declined', ...settingsOf(provider) } });
  await open(page, 'OAuth2');
  const opened = page.waitForEvent('popup');
  await row(page, 'declined').getByRole('button', { name: 'Authorize declined' }).click();
  const tab = await opened;
  await tab.getByRole('button', { name: 'Decline' }).click();
  await expect(tab.getByRole('heading', { name: 'Not authorized' })).toBeVisible();
  await expect(tab.getByRole('alert')).toContainText('the request was declined at the provider ("The person said no")');
  await expect(tab.getByRole('alert')).toContainText('Press Authorize again');
  await keepScreenshot(tab, 'oauth2-declined');
  await expect(row(page, 'declined')).toContainText('Unauthorized');
});

test('an authorization that was begun elsewhere is not ended here', async ({ signedIn: page, provider, mailroom }) => {
  await mailroom.call('createOAuth2Credential', { body: { name: 'elsewhere', ...settingsOf(provider) } });
  // Begun by a program, as an attacker would who wants a person to end it.
  const { url } = await mailroom.call('authorizeOAuth2Credential', { params: { name: 'elsewhere' } });
  await page.goto((await answerAtProvider(url, 'eve@example.com')).href);
  await expect(page.getByRole('alert')).toContainText('begun in another browser');
  const { items } = await mailroom.call('listOAuth2Credentials');
  expect(items.find(({ name }) => name === 'elsewhere')?.state).toBe('Unauthorized');
});

test('a certificate is trusted, read, replaced, and no longer trusted', async ({ signedIn: page }) => {
  const { certificate } = await makeCertificate({ subject: '/CN=mail.example.com/O=Example Ltd', days: 12 });
  const other = await makeCertificate({ subject: '/CN=new.example.com', days: 365 });
  await open(page, 'Certificates');
  await page.getByRole('button', { name: 'Trust a certificate' }).first().click();
  await dialog(page).getByLabel('Name').fill('mail-server');
  await dialog(page).getByRole('textbox', { name: 'Certificate' }).fill('hello');
  await dialog(page).getByRole('button', { name: 'Trust and deploy' }).click();
  await expect(dialog(page).getByRole('alert')).toContainText('no certificate that can be deployed');
  await dialog(page).getByRole('textbox', { name: 'Certificate' }).fill(certificate);
  await dialog(page).getByRole('button', { name: 'Trust and deploy' }).click();
  await expect(row(page, 'mail-server')).toContainText('mail.example.com');
  await expect(row(page, 'mail-server')).toContainText('expires in 11 days');

  await row(page, 'mail-server').getByRole('button', { name: 'Edit mail-server' }).click();
  await expect(dialog(page).getByRole('list', { name: 'Certificates' })).toContainText('O=Example Ltd');
  await expectAccessible(page);
  await keepScreenshot(page, 'certificate-dialog');
  const file = { name: 'new.pem', mimeType: 'application/x-pem-file', buffer: Buffer.from(other.certificate) };
  await dialog(page).getByLabel('Choose a file…').first().setInputFiles(file);
  await dialog(page).getByRole('button', { name: 'Save and deploy' }).click();
  await expect(row(page, 'mail-server')).toContainText('new.example.com');

  await row(page, 'mail-server').getByRole('button', { name: 'Delete mail-server' }).click();
  await dialog(page).getByRole('button', { name: 'Delete' }).click();
  await expect(row(page, 'mail-server')).toHaveCount(0);
});

test('a key pair comes from a PKCS #12 file or from PEM', async ({ signedIn: page }) => {
  const rsa = await makeCertificate({ subject: '/CN=Orders', names: ['email:orders@example.com'], kind: 'rsa' });
  const buffer = Buffer.from(await makePkcs12(rsa, 'pump & valve'), 'base64');
  await open(page, 'Key Pairs');
  await page.getByRole('button', { name: 'New key pair' }).first().click();
  await dialog(page).getByLabel('Name').fill('smime');
  await dialog(page).getByLabel('File', { exact: true }).setInputFiles({ name: 'orders.p12', mimeType: 'application/x-pkcs12', buffer });
  await expect(dialog(page)).toContainText('orders.p12');
  await dialog(page).getByLabel('Passphrase').fill('wrong');
  await dialog(page).getByRole('button', { name: 'Deploy' }).click();
  await expect(dialog(page).getByRole('alert')).toContainText('the passphrase is wrong');
  await expectAccessible(page);
  await keepScreenshot(page, 'key-pair-dialog');
  await dialog(page).getByLabel('Passphrase').fill('pump & valve');
  await dialog(page).getByRole('button', { name: 'Deploy' }).click();
  await expect(row(page, 'smime')).toContainText('Orders');

  await page.getByRole('button', { name: 'New key pair' }).click();
  await dialog(page).getByLabel('Name').fill('from-pem');
  await dialog(page).getByText('PEM', { exact: true }).click();
  await dialog(page).getByRole('textbox', { name: 'Certificate' }).fill(rsa.certificate);
  await dialog(page).getByRole('textbox', { name: 'Private key' }).fill(rsa.privateKey);
  await dialog(page).getByRole('button', { name: 'Deploy' }).click();
  await expect(row(page, 'from-pem')).toContainText('RSA 2048 bit');
});

async function openSender(page: Page, mailroom: MailroomProcess, config: Record<string, unknown>): Promise<void> {
  const sender = node('mail', 'mail-sender', { name: 'Orders mailbox', address: 'localhost', ...config });
  const draft = chain(sender, { ...node('file', 'file-receiver', {}), position: { x: 300, y: 0 } });
  const { id } = await mailroom.call('createFlow', { body: { name: `Orders ${Date.now()}`, draft } });
  await page.goto(`${mailroom.url}/flows/${id}`);
  await canvas(page)
    .getByRole('group', { name: /Mail sender/ })
    .dblclick();
}

test('a form creates the OAuth2 artifact in place; the checklist says what is to do until it is authorized', async ({
  signedIn: page,
  provider,
  mailroom,
}) => {
  await openSender(page, mailroom, { authentication: 'oauth2' });
  await openTab(page, 'Connection');
  await properties(page).getByLabel('Credential Name').fill('from-form');
  await properties(page).getByRole('button', { name: 'Create and deploy…' }).click();
  await expect(dialog(page).getByLabel('Name', { exact: true })).toHaveValue('from-form');
  await expect(dialog(page).getByLabel('Allowed hosts')).toHaveValue('localhost');
  await fillOAuth2(page, provider, undefined);
  await dialog(page).getByRole('button', { name: 'Deploy', exact: true }).click();
  await expect(properties(page).getByText("'from-form' is not authorized yet.")).toBeVisible();
  await keepScreenshot(page, 'oauth2-in-form');

  await openTab(page, 'Checklist');
  const item = properties(page).getByRole('listitem').filter({ hasText: 'OAuth2 artifact authorized' });
  await expect(item).toContainText('To do');
  await keepScreenshot(page, 'oauth2-checklist');
  const opened = page.waitForEvent('popup');
  await item.getByRole('button', { name: /^Authorize/ }).click();
  const tab = await opened;
  await tab.getByRole('button', { name: 'Allow' }).click();
  await expect(tab.getByRole('heading', { name: 'Authorized' })).toBeVisible();
  await expect(item).toContainText('Done');
});

test('a form offers the deployed certificates and deploys another', async ({ signedIn: page, mailroom }) => {
  const { certificate } = await makeCertificate();
  await mailroom.call('createCertificate', { body: { name: 'known', pem: certificate } });
  await openSender(page, mailroom, {});
  await openTab(page, 'Connection');
  await properties(page).getByRole('button', { name: 'Deployed certificates' }).click();
  await page.getByRole('menuitem', { name: /^known/ }).click();
  await expect(properties(page).getByLabel('Trusted Certificate')).toHaveValue('known');
  await expect(properties(page).getByText(/mail\.example\.com · expires in 29 days/)).toBeVisible();

  await properties(page).getByLabel('Trusted Certificate').fill('another');
  await expect(properties(page).getByText("No trusted certificate named 'another' is deployed.")).toBeVisible();
  await properties(page).getByRole('button', { name: 'Deploy certificate…' }).click();
  await dialog(page)
    .getByRole('textbox', { name: 'Certificate' })
    .fill((await makeCertificate({ subject: '/CN=other' })).certificate);
  await dialog(page).getByRole('button', { name: 'Trust and deploy' }).click();
  await expect(properties(page).getByText("No trusted certificate named 'another' is deployed.")).toHaveCount(0);
  await expect(properties(page).getByText(/^other · /)).toBeVisible();
});

test('a refused password is shown, tried before it is saved, and used from then on without a new deployment', async ({
  signedIn: page,
  mailroom,
  mailServer,
  mailbox,
  sink,
}) => {
  const name = 'rotated';
  await mailroom.call('createCredential', { body: { name, user: mailbox.user, password: 'no longer right', allowedHosts: ['localhost'] } });
  await deployFlow(mailroom, 'Rotation', mailToHttp(mailServer, 'imap4', sink.url, { credential: name }));
  await open(page, 'All Material');
  await expect(row(page, name)).toContainText('Refused');
  await expect(row(page, name)).toContainText(`localhost/${mailbox.user} refuses the sign-in with 'rotated'`);
  await expect(row(page, name).getByRole('link', { name: 'Rotation › Orders mailbox' })).toHaveAttribute('href', /#mail$/);
  await expectAccessible(page);
  await keepScreenshot(page, 'security-material-refused');

  await row(page, name).getByRole('button', { name: 'Test rotated' }).click();
  await expect(dialog(page)).toContainText('It fails in 1 of 1 place.');
  await expect(dialog(page)).toContainText(`refused the sign-in of ${mailbox.user}`);
  await expectAccessible(page);
  await keepScreenshot(page, 'security-material-test');
  await dialog(page).getByRole('button', { name: 'Close' }).last().click();

  await row(page, name).getByRole('link', { name }).first().click();
  await page.getByRole('button', { name: 'Edit rotated' }).click();
  await dialog(page).getByLabel('Password').fill(mailbox.password);
  await dialog(page).getByRole('button', { name: 'Test' }).click();
  await expect(dialog(page)).toContainText('It works.');
  await expectAccessible(page);
  await keepScreenshot(page, 'security-credential-tested');
  const stored = (await mailroom.call('listCredentials')).items.find((item) => item.name === name);
  expect(stored?.state, 'nothing was saved yet').toBe('Refused');
  await dialog(page).getByRole('button', { name: 'Save and deploy' }).click();
  await expect(row(page, name)).toContainText('Deployed');

  await mailbox.deliver(mailWith('After the change'));
  await expect(async () => expect(sink.requests).toHaveLength(1)).toPass({ timeout: 30_000 });
  expect((await mailroom.call('listDeployments')).items.find(({ flowName }) => flowName === 'Rotation')).toMatchObject({ version: 1 });
});

test('the key of an SFTP server is fetched, compared and taken over in the form of the receiver', async ({ signedIn: page, mailroom }) => {
  const ssh = await startSshServer();
  try {
    const draft = chain(node('mail', 'mail-sender', { name: 'Orders mailbox' }), {
      ...node('sftp', 'sftp-receiver', { address: ssh.address, authentication: 'public-key', user: 'mailroom' }),
      position: { x: 300, y: 0 },
    });
    const { id } = await mailroom.call('createFlow', { body: { name: 'To the partner', draft } });
    await page.goto(`${mailroom.url}/flows/${id}`);
    await canvas(page).getByRole('group', { name: /^SFTP/ }).dblclick();
    const panel = page.getByRole('complementary', { name: 'Properties' });
    await panel.getByRole('tab', { name: 'Connection' }).click();
    await panel.getByLabel('Known Hosts', { exact: true }).fill('partners');
    await panel.getByRole('button', { name: 'Create and deploy…' }).click();
    await expect(dialog(page).getByLabel('Name')).toHaveValue('partners');
    await expect(dialog(page).getByLabel('Fetch from server')).toHaveValue(ssh.address);
    await dialog(page).getByRole('button', { name: 'Fetch' }).click();
    await expect(dialog(page)).toContainText('SHA256:');
    await dialog(page).getByRole('button', { name: 'Take them over' }).click();
    await expect(dialog(page).getByLabel('Lines')).toHaveValue(ssh.knownHosts);
    await expectAccessible(page);
    await keepScreenshot(page, 'security-known-hosts-fetched');
    await dialog(page).getByRole('button', { name: 'Deploy' }).click();
    await expect(dialog(page)).toHaveCount(0);
    await expect(panel.getByRole('button', { name: 'Change and deploy…' })).toBeVisible();
    await keepScreenshot(page, 'sftp-receiver-form');
    await expectAccessible(page);
    expect((await mailroom.call('listKnownHosts')).items).toMatchObject([{ name: 'partners', text: ssh.knownHosts }]);
  } finally {
    await ssh.stop();
  }
});

/** What the name of an artifact begins with, since no name stands for two. */
const prefixes: Record<string, string> = { 'oauth2-clients': 'client-', parameters: 'key-' };

for (const colorScheme of ['light', 'dark'] as const) {
  for (const [device, viewport] of [
    ['desk', { width: 1280, height: 800 }],
    ['phone', { width: 390, height: 844 }],
  ] as const) {
    test(`the pages of security material can be used by everybody, ${colorScheme}, on a ${device}`, async ({
      signedIn: page,
      mailroom,
      provider,
    }) => {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize(viewport);
      const name = `office-${colorScheme}-${device}`;
      const settings = { ...settingsOf(provider), description: 'Orders of the office, by the mailbox of purchasing' };
      await mailroom.call('createOAuth2Credential', { body: { name, ...settings } });
      await mailroom.call('createOAuth2Client', {
        body: {
          name: `client-${name}`,
          description: settings.description,
          tokenUrl: settings.tokenUrl,
          clientId: 'mailroom',
          clientSecret: settings.clientSecret,
          allowedHosts: ['api.example.com'],
        },
      });
      await mailroom.call('createSecureParameter', { body: { name: `key-${name}`, secret: 'key', allowedHosts: ['api.example.com'] } });
      const rsa = await makeCertificate({ kind: 'rsa', days: 400, subject: '/CN=Example Issuing Authority/O=Example Ltd' });
      await mailroom.call('createCertificate', { body: { name, pem: rsa.certificate + (await makeCertificate({ days: 3 })).certificate } });
      const material = { kind: 'pem' as const, certificate: rsa.certificate, privateKey: rsa.privateKey };
      await mailroom.call('createKeyPair', { body: { name, material } });
      const line = 'sftp.example.com,10.0.0.7 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKq7c8y7zT1zqk2nM3o9W2WQh1b6m0XlFq7v0g3o0m1B';
      await mailroom.call('createKnownHosts', { body: { name, text: line } });
      for (const area of [
        'material',
        'oauth2',
        'oauth2-clients',
        'parameters',
        'certificates',
        'key-pairs',
        'known-hosts',
        'credentials',
      ]) {
        await page.goto(`${mailroom.url}/security${area === 'material' ? '' : `/${area}`}`);
        if (area !== 'credentials') await expect(row(page, `${prefixes[area] ?? ''}${name}`).first()).toBeVisible();
        await expectAccessible(page);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        expect(overflow, `${area} is wider than the screen`).toBeLessThanOrEqual(0);
        await keepScreenshot(page, `security-${area}-${colorScheme}-${device}`);
        if (area === 'credentials' || area === 'material') continue;
        await page
          .getByRole('button', { name: /^(New|Trust a)/ })
          .first()
          .click();
        await expectAccessible(page);
        await keepScreenshot(page, `security-${area}-dialog-${colorScheme}-${device}`);
      }
    });
  }
}
