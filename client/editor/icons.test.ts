import { expect, it } from 'vitest';
import { catalog } from '../../shared/catalog/index.ts';
import { hasIcon } from './icons.ts';

it.each(catalog.map(({ title, icon }) => ({ title, icon })))('draws the icon of $title', ({ icon }) => {
  expect(hasIcon(icon), `add '${icon}' to client/editor/icons.ts`).toBe(true);
});
