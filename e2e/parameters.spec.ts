import { expectAccessibleInEveryLook } from './accessible.ts';
import { canvas } from './editor.ts';
import { expect, keepScreenshot, test } from './fixtures.ts';

const draft = {
  nodes: [
    {
      id: 'mail',
      type: 'mail-sender',
      position: { x: 80, y: 160 },
      config: { address: '127.0.0.1:1', protection: 'off', credential: 'orders' },
    },
    { id: 'file', type: 'file-receiver', position: { x: 440, y: 160 }, config: { folder: '{{folder}}' } },
  ],
  edges: [{ id: 'mail--file', from: 'mail', to: 'file' }],
};

test('a parameter is missed, declared, and given a value at Deploy that stays with the version', async ({ signedIn: page, mailroom }) => {
  await mailroom.call('createCredential', { body: { name: 'orders', user: 'o', password: 'secret', allowedHosts: ['127.0.0.1'] } });
  const { id } = await mailroom.call('createFlow', { body: { name: 'By parameters', draft } });
  await page.goto(`${mailroom.url}/flows/${id}#file`);
  await canvas(page).waitFor();
  await expect(page.getByText("The flow has no parameter 'folder'.").first()).toBeVisible();

  await page.getByRole('button', { name: 'Parameters', exact: true }).click();
  const panel = page.getByRole('complementary', { name: 'Parameters' });
  await panel.getByRole('button', { name: 'Add a parameter' }).click();
  await panel.getByLabel('Name').fill('folder');
  await panel.getByLabel('Description').fill('Where the mails go');
  await expect(page.getByText("The flow has no parameter 'folder'.")).toHaveCount(0);
  await keepScreenshot(page, 'parameters');

  await page.getByRole('button', { name: 'Deploy', exact: true }).click();
  await page.getByRole('dialog').getByLabel('folder').fill('live');
  await expectAccessibleInEveryLook(page, ['[role=dialog]']);
  await keepScreenshot(page, 'parameters-deploy');
  await page.getByRole('button', { name: 'Deploy now' }).click();
  await expect.poll(async () => (await mailroom.call('getFlow', { params: { id } })).deployment?.version).toBe(1);
  expect((await mailroom.call('getFlow', { params: { id } })).parameterValues).toEqual({ folder: 'live' });
});

test('a number is made a parameter in the form, shows what it stands for, and is a number again', async ({ signedIn: page, mailroom }) => {
  const { id } = await mailroom.call('createFlow', { body: { name: 'Made parameters', draft } });
  await page.goto(`${mailroom.url}/flows/${id}#mail`);
  const form = page.getByRole('complementary', { name: 'Properties' });
  const config = async () => (await mailroom.call('getFlow', { params: { id } })).draft.nodes.find((node) => node.id === 'mail')?.config;
  await form.getByRole('tab', { name: /Connection/ }).click();
  await form.locator('[data-field="timeoutMs"]').getByRole('button', { name: 'Use a parameter' }).click();
  await page.getByRole('menuitem', { name: 'Make this value a parameter' }).click();
  await expect(form.locator('[data-field="timeoutMs"]')).toContainText('{{timeoutMs}}');
  await expect(form.locator('[data-field="timeoutMs"]')).toContainText('30000');
  await form.getByLabel('Credential Name').first().focus();
  await expect.poll(async () => (await config())?.['timeoutMs']).toBe('{{timeoutMs}}');
  expect((await mailroom.call('getFlow', { params: { id } })).draft.parameters).toEqual([
    { name: 'timeoutMs', description: 'Timeout', default: '30000' },
  ]);
  await expectAccessibleInEveryLook(page, ['aside[aria-label="Properties"]']);
  await keepScreenshot(page, 'parameter-in-form');

  await page.keyboard.press('Control+z');
  await expect(form.getByRole('textbox', { name: 'Timeout' }).or(form.getByRole('spinbutton', { name: 'Timeout' }))).toBeVisible();
  await page.keyboard.press('Control+Shift+z');
  await form.locator('[data-field="timeoutMs"]').getByRole('button', { name: 'Use a parameter' }).click();
  await page.getByRole('menuitem', { name: 'Type a value instead' }).click();
  await expect.poll(async () => (await config())?.['timeoutMs']).toBe(30_000);
});
