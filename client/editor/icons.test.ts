import { expect, it } from 'vitest';
import { catalog } from '../../shared/catalog/index.ts';
import { commands } from './command-list.ts';
import { icons } from './icons.ts';

const named = [
  ...catalog.map(({ title, icon }) => ({ title, icon })),
  ...commands.flatMap(({ title, icon }) => (icon === undefined ? [] : [{ title, icon }])),
];

it.each(named)('draws the icon of $title', ({ icon }) => {
  expect(icon in icons, `add '${icon}' to client/editor/icons.ts`).toBe(true);
});
