import { expect, it } from 'vitest';
import { matching, type Choice } from './choices.ts';

const choice = (title: string, group?: string, text?: string): Choice => ({
  key: title,
  title,
  text,
  icon: undefined,
  ...(group === undefined ? {} : { group }),
  choose: () => undefined,
});
const titles = (choices: Choice[]) => choices.map(({ title }) => title);

it('finds what has each word, in any order, in title or text', () => {
  const choices = [choice('Add Router'), choice('Add Filter', undefined, 'Stops messages'), choice('Tidy up')];
  expect(titles(matching(choices, 'rou add'))).toEqual(['Add Router']);
  expect(titles(matching(choices, 'stops'))).toEqual(['Add Filter']);
  expect(matching(choices, 'zebra')).toEqual([]);
  expect(titles(matching(choices, ' '))).toEqual(['Add Router', 'Add Filter', 'Tidy up']);
});

it('lists titles before texts and keeps groups together', () => {
  const choices = [
    choice('Mail', 'Add', 'Reads a mailbox'),
    choice('Save', 'Flow'),
    choice('Mailbox rules', 'Add'),
    choice('Go to mailbox', 'Flow'),
  ];
  expect(titles(matching(choices, 'mailbox'))).toEqual(['Mailbox rules', 'Mail', 'Go to mailbox']);
});
