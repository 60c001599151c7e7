import { call } from '../api.ts';

/** Gives a person the draft of a flow as a file. */
export async function exportFlow(id: string): Promise<void> {
  const { fileName, text } = await call('exportFlow', { params: { id } });
  const url = URL.createObjectURL(new Blob([text], { type: 'application/yaml' }));
  const link = Object.assign(document.createElement('a'), { href: url, download: fileName });
  link.click();
  // The browser reads it after the click.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
