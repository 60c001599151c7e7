import { hasWords } from '../ui/has-words.ts';

/** One row of a searchable list. */
export interface Choice {
  key: string;
  title: string;
  /** A second line; it is searched, too. */
  text?: string | undefined;
  icon: string | undefined;
  /** Heading it stands under. */
  group?: string;
  /** What to press instead of choosing it here. */
  keys?: string | undefined;
  choose: () => void;
}

/** Those with each word of the query; groups stay together, and within a group those with the words in their title come first. */
export function matching(choices: Choice[], query: string): Choice[] {
  if (query.trim() === '') return inGroups(choices);
  const found = choices.filter(({ title, text = '' }) => hasWords(`${title} ${text}`, query));
  const byTitle = found.filter(({ title }) => hasWords(title, query));
  return inGroups([...byTitle, ...found.filter((choice) => !byTitle.includes(choice))]);
}

function inGroups(choices: Choice[]): Choice[] {
  return [...Map.groupBy(choices, ({ group }) => group).values()].flat();
}
