import type { Page } from '@playwright/test';
import { createFlow, dragToCanvas, nodeNamed } from './editor.ts';
import { inEveryLook } from './every-look.ts';
import { expect, test } from './fixtures.ts';

/** Two tabs draw on one flow: the second is told, sees both, and whatever it chooses, nothing is lost. */

const banner = (page: Page) => page.getByRole('alert');
const main = (page: Page) => page.getByRole('navigation', { name: 'Main' });

async function drawAtOnce(page: Page, other: Page, name: string): Promise<string> {
  await createFlow(page, name);
  const url = page.url();
  await other.goto(url);
  await other.getByRole('navigation', { name: 'Palette' }).waitFor();
  // The second tab hears nothing of the first: as when both save in the same moment.
  await other.route('**/api/v1/events', (route) => route.abort());
  await other.reload();
  await other.getByRole('navigation', { name: 'Palette' }).waitFor();
  await dragToCanvas(page, 'Mail', { x: 180, y: 260 });
  await expect(page.getByText('Saved')).toBeVisible();
  await dragToCanvas(other, 'File', { x: 300, y: 200 });
  await expect(banner(other)).toContainText('changed elsewhere');
  return (
    url
      .split('/')
      .at(-1)
      ?.replace(/[?#].*/, '') ?? ''
  );
}

test('both drawings are compared, mine is kept, and the other one is found under Versions and taken back', async ({
  signedIn: page,
  context,
  mailroom,
}) => {
  const other = await context.newPage();
  const id = await drawAtOnce(page, other, 'Drawn by two');

  await banner(other).getByRole('link', { name: 'Compare both' }).click();
  const differences = other.getByRole('complementary', { name: 'Differences' });
  await expect(differences).toContainText('Added: File receiver ‘File’');
  await expect(differences).toContainText('Removed: Mail sender ‘Mail’');
  await inEveryLook(other, 'conflict');

  await banner(other).getByRole('button', { name: 'Keep mine' }).click();
  await expect(banner(other)).toHaveCount(0);
  await other.getByRole('button', { name: 'Back to the drawing' }).click();
  await expect(nodeNamed(other, 'File')).toBeVisible();
  const draft = async () => (await mailroom.call('getFlow', { params: { id } })).draft.nodes.map(({ type }) => type);
  expect(await draft()).toEqual(['file-receiver']);

  await other.getByRole('button', { name: 'More actions' }).click();
  await other.getByRole('menuitem', { name: 'Versions…' }).click();
  const kept = other.getByRole('region', { name: 'Drafts set aside' });
  await expect(kept.getByRole('listitem')).toHaveCount(1);
  await kept.getByRole('link', { name: 'Compare this draft with the draft' }).click();
  await expect(differences).toContainText('Removed: Mail sender ‘Mail’');
  await other.getByRole('button', { name: 'Take the draft set aside into the draft' }).click();
  await expect(nodeNamed(other, 'Mail')).toBeVisible();
  await expect(async () => expect(await draft()).toEqual(['mail-sender'])).toPass();
  await other.close();
});

test('mine becomes a flow of its own, and the other drawing is shown', async ({ signedIn: page, context, mailroom }) => {
  const other = await context.newPage();
  const id = await drawAtOnce(page, other, 'Copied by one');
  await banner(other).getByRole('button', { name: 'Save mine as a copy' }).click();
  await expect(banner(other)).toHaveCount(0);
  await expect(nodeNamed(other, 'Mail')).toBeVisible();
  const { items } = await mailroom.call('listFlows');
  const copy = items.find(({ name }) => name === 'Copied by one (copy)');
  const types = async (flowId: string) => (await mailroom.call('getFlow', { params: { id: flowId } })).draft.nodes.map(({ type }) => type);
  expect(await types(copy?.id ?? '')).toEqual(['file-receiver']);
  expect(await types(id)).toEqual(['mail-sender']);
  await other.close();
});

test('leaving the page inside Mailroom asks first, and what was drawn is kept', async ({ signedIn: page, context, mailroom }) => {
  const other = await context.newPage();
  const id = await drawAtOnce(page, other, 'Left by one');
  await main(other).getByRole('link', { name: 'Monitor' }).click();
  const dialog = other.getByRole('dialog', { name: 'What you drew is not saved' });
  await dialog.getByRole('button', { name: 'Stay' }).click();
  await expect(nodeNamed(other, 'File')).toBeVisible();

  await main(other).getByRole('link', { name: 'Monitor' }).click();
  await dialog.getByRole('button', { name: 'Keep it under Versions and leave' }).click();
  await expect(other).toHaveURL(/monitor/);
  const { items } = await mailroom.call('listKeptDrafts', { params: { id } });
  expect(items.map(({ draft }) => draft.nodes.map(({ type }) => type))).toEqual([['file-receiver']]);
  await other.close();
});

test('leaving right after a change saves it first', async ({ signedIn: page, mailroom }) => {
  await createFlow(page, 'Left at once');
  const id =
    page
      .url()
      .split('/')
      .at(-1)
      ?.replace(/[?#].*/, '') ?? '';
  await dragToCanvas(page, 'Mail', { x: 180, y: 260 });
  await main(page).getByRole('link', { name: 'Monitor' }).click();
  await expect(page).toHaveURL(/monitor/);
  expect((await mailroom.call('getFlow', { params: { id } })).draft.nodes).toHaveLength(1);
});
