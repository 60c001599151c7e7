import { readFile } from 'node:fs/promises';
import { createFlow, canvas, dragToCanvas, nodeNamed } from './editor.ts';
import { expect, test } from './fixtures.ts';

test('a flow is exported, imported and exported again as the very same file, and a broken file imports nothing', async ({
  signedIn: page,
  mailroom,
}) => {
  await createFlow(page, 'Kept in a file');
  await dragToCanvas(page, 'Mail', { x: 160, y: 240 });
  await page.getByRole('button', { name: 'Close properties' }).click();
  await dragToCanvas(page, 'Router', { x: 460, y: 240 });
  await expect(page.getByText('Saved')).toBeVisible();

  const exported = async (format: 'YAML' | 'JSON') => {
    await page.goto(mailroom.url);
    await page.getByRole('button', { name: 'Actions for Kept in a file' }).first().click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('menuitem', { name: `Export as ${format}` }).click(),
    ]);
    expect(download.suggestedFilename()).toBe(`kept-in-a-file.flow.${format.toLowerCase()}`);
    return download.path();
  };
  const importing = async (file: string | { name: string; mimeType: string; buffer: Buffer }) => {
    await page.goto(mailroom.url);
    await page.getByRole('button', { name: 'Import' }).click();
    await page.getByLabel('Flow file').setInputFiles(file);
  };
  for (const format of ['YAML', 'JSON'] as const) {
    const file = await exported(format);
    const { items } = await mailroom.call('listFlows');
    await mailroom.call('deleteFlow', { params: { id: items.find(({ name }) => name === 'Kept in a file')?.id ?? '' } });
    await importing({ name: `x.flow.${format.toLowerCase()}`, mimeType: 'text/plain', buffer: await readFile(file) });
    await expect(page.getByText('Creates the flow “Kept in a file”.')).toBeVisible();
    await page.getByRole('dialog').getByRole('button', { name: 'Import', exact: true }).click();
    await canvas(page).waitFor();
    await expect(nodeNamed(page, 'Router')).toBeVisible();
    expect(await readFile(await exported(format), 'utf8')).toBe(await readFile(file, 'utf8'));
  }

  const count = (await mailroom.call('listFlows')).items.length;
  const broken = 'mailroom: 1\nname: Broken\nnodes:\n  - {id: a, type: time-machine, at: [0, 0]}\nedges:\n  - {from: a, to: nobody}\n';
  await importing({ name: 'broken.flow.yaml', mimeType: 'text/plain', buffer: Buffer.from(broken) });
  const problems = page.getByRole('region', { name: 'Problems of the file' });
  await expect(problems).toContainText('2 errors: nothing is imported');
  await expect(problems).toContainText("Line 4, column 5: There is no adapter or step of type 'time-machine'.");
  await expect(page.getByRole('dialog').getByRole('button', { name: 'Import', exact: true })).toBeDisabled();
  await page.screenshot({ path: test.info().outputPath('import.png') });
  expect((await mailroom.call('listFlows')).items.length).toBe(count);
});
