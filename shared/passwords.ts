/**
 * What a password of a person must be, by NIST SP 800-63B-4, 3.1.1.2: long, since it is the only factor, and none that is guessed first.
 * No rules about kinds of characters and no expiry: they make passwords worse.
 */
export const passwordLength = { least: 15, most: 200 };

/** Characters that must be left when everything that is guessed first counts as one character a piece. */
const leastUnguessed = 8;

/**
 * What is wrong with a password, as one sentence; undefined when it may be used. Cheap enough to run with each key.
 *
 * @param owner what others know of the person, and therefore try first
 */
export function checkPassword(password: string, owner: { email: string; name: string }): string | undefined {
  const { least, most } = passwordLength;
  // More than any 200 characters are before normalization puts their parts together.
  const normal = Array.from(password.slice(0, 10 * most).normalize('NFKC'));
  if (normal.length < least) {
    return `Use at least ${least} characters (${normal.length} so far). A few words that don’t belong together are easy to remember.`;
  }
  if (normal.length > most) return `Use at most ${most} characters.`;

  const folded = normal
    .join('')
    .toLowerCase()
    .replace(/[\s._-]+/gu, '');
  const once = withoutRepeats(folded);
  if (Array.from(once).length < leastUnguessed) return 'It repeats itself: a short password written several times is still short.';
  const rows = rowsIn(once);
  if (unguessed(once, rows) < leastUnguessed) return 'It is mostly a row of keys, letters or digits, which is tried first.';
  const own = [...rows, ...yearsIn(once), ...wordsIn(once, ownWords(owner))];
  if (unguessed(once, own) < leastUnguessed) return 'It is mostly your name, your address or “mailroom”, which is tried first.';
  if (unguessed(once, [...own, ...wordsIn(once, commonWords)]) < leastUnguessed) {
    return 'It is made of words that are in most passwords, which are tried first.';
  }
  return undefined;
}

/** A piece of a text, from index to index (exclusive). */
type Piece = [from: number, to: number];

/** How many characters remain when each piece counts as one. */
function unguessed(text: string, pieces: Piece[]): number {
  const isCovered = new Set<number>();
  let distinct = 0;
  for (const [from, to] of pieces.toSorted((a, b) => b[1] - b[0] - (a[1] - a[0]))) {
    if (isCovered.has(from) && isCovered.has(to - 1)) continue;
    distinct += 1;
    for (let i = from; i < to; i++) isCovered.add(i);
  }
  return text.length - isCovered.size + distinct;
}

/** `abcabc` and `aaa` become `abc` and `a`; the double letters of words stay. */
function withoutRepeats(text: string): string {
  return text.replace(/(.{3,100}?)\1+|(.{1,2}?)\2{2,}/gsu, '$1$2');
}

/** Rows of keys as fingers find them on the usual keyboards, and the rows everybody learns. */
const keyRows = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890',
  'qwertyuiop',
  'qwertzuiop',
  'asdfghjkl',
  'zxcvbnm',
  'yxcvbnm',
  'azertyuiop',
  'qsdfghjklm',
  'wxcvbn',
  '!@#$%^&*()_+',
  '!"§$%&/()=',
  '1q2w3e4r5t6y7u8i9o0p',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm',
  '1qay2wsx3edc4rfv5tgb6zhn7ujm',
];
const rowPieces = new Set(
  [...keyRows, ...keyRows.map((row) => Array.from(row).toReversed().join(''))].flatMap((row) =>
    Array.from({ length: row.length - 2 }, (_, i) => row.slice(i, i + 3)),
  ),
);

/** Stretches of three characters and more that lie on one row. */
function rowsIn(text: string): Piece[] {
  const pieces: Piece[] = [];
  for (let i = 0; i + 3 <= text.length; i++) {
    if (!rowPieces.has(text.slice(i, i + 3))) continue;
    const last = pieces.at(-1);
    if (last && i < last[1]) last[1] = i + 3;
    else pieces.push([i, i + 3]);
  }
  return pieces;
}

/** What is written for letters: `p@ssw0rd`. Each stands for one character, so that places stay what they are. */
const disguises: Record<string, string> = { '0': 'o', '1': 'i', '3': 'e', '4': 'a', '5': 's', '7': 't', '@': 'a', $: 's', '!': 'i' };

function yearsIn(text: string): Piece[] {
  return [...text.matchAll(/(?:19|20)\d\d/g)].map(({ index }) => [index, index + 4]);
}

function wordsIn(text: string, words: readonly string[]): Piece[] {
  const plain = text.replace(/[013457@$!]/g, (character) => disguises[character] ?? character);
  return words.flatMap((word) => {
    const pieces: Piece[] = [];
    for (const looked of new Set([text, plain])) {
      for (let i = looked.indexOf(word); i >= 0; i = looked.indexOf(word, i + 1)) pieces.push([i, i + word.length]);
    }
    return pieces;
  });
}

function ownWords({ email, name }: { email: string; name: string }): string[] {
  const words = `${name} ${email}`
    .normalize('NFKC')
    .toLowerCase()
    .split(/[\s.@+_-]+/u);
  return ['mailroom', 'mailbox', 'mail', ...words.filter((word) => word.length >= 3)];
}

/** The words that stand in most of the passwords of published leaks, and phrases that many take for a secret. */
const commonWords = `
  password passwort passwor passwd pass word kennwort geheim secret letmein letme welcome willkommen hello login logon signin access
  admin administrator root user guest test demo temp default change changeme server system computer internet network service support
  office company business google facebook microsoft windows apple samsung linkedin
  iloveyou love lovely you forever angel baby honey sweet princess prince queen king sunshine flower butterfly rainbow
  monkey dragon tiger lion eagle falcon panther mustang ferrari porsche mercedes
  football baseball basketball hockey soccer liverpool chelsea arsenal barcelona juventus bayern dortmund schalke
  superman batman spiderman starwars pokemon naruto matrix ninja killer hunter ranger master shadow phoenix warrior
  michael jordan jennifer jessica ashley charlie daniel thomas robert andrew joshua matthew nicole hannah michelle amanda
  freedom whatever nothing trustno trust nobody security secure private family money
  spring summer autumn winter january february march april june july august september october november december
  monday tuesday wednesday thursday friday saturday sunday
  correcthorsebatterystaple thequickbrownfox tobeornottobe loremipsum maytheforcebewithyou
`
  .trim()
  .split(/\s+/);
