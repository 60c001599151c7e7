import { expect, it } from 'vitest';
import { catalog } from '../../shared/catalog/index.ts';
import { icons } from './icons.ts';

it.each(catalog.map(({ title, icon }) => ({ title, icon })))('draws the icon of $title', ({ icon }) => {
  expect(icon in icons, `add '${icon}' to client/editor/icons.ts`).toBe(true);
});
