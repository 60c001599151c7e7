import { describe, expect, it } from 'vitest';
import { checkPassword } from './passwords.ts';

const ada = { email: 'ada.lovelace@analytical.example', name: 'Ada Lovelace' };
const reasonFor = (password: string) => checkPassword(password, ada);

describe('a password may be used', () => {
  it.each([
    'seven kettles under the stairs',
    'brass gears hum at noon',
    'x7#kL!p9-Qz_2vB',
    'eine Wolke aus Zinn und Moos',
    '鍵は古い橋の下に三年前から眠っている',
    'ключ лежит под старым мостом',
    '    leading and trailing space    ',
    'parrots password-protect pianos',
  ])('%s', (password) => {
    expect(reasonFor(password)).toBeUndefined();
  });
});

describe('a password is refused', () => {
  it('with fewer than 15 characters, and says how many there are', () => {
    expect(reasonFor('brass gears hu')).toContain('at least 15 characters (14 so far)');
    expect(reasonFor('')).toContain('(0 so far)');
  });

  it('with more than 200 characters', () => {
    const words = Array.from({ length: 80 }, (_, i) => `w${i}`).join(' ');
    expect(words.length).toBeGreaterThan(200);
    expect(reasonFor(words)).toContain('at most 200');
  });

  it.each(['aaaaaaaaaaaaaaaaaaaa', 'abcabcabcabcabcabc', 'tin! tin! tin! tin!', '...............', '               '])(
    'when it repeats itself: %s',
    (password) => {
      expect(reasonFor(password)).toContain('repeats itself');
    },
  );

  it.each(['123456789012345', 'abcdefghijklmnopq', 'qwertyuiopasdfghjkl', '1q2w3e4r5t6y7u8i', '9876543210qwertz', '!@#$%^&*()_+12345'])(
    'when it is a row of keys: %s',
    (password) => {
      expect(reasonFor(password)).toContain('row of keys');
    },
  );

  it.each(['AdaLovelace1815', 'lovelace.analytical', 'Mailroom-mailroom1', 'ada mailroom 2026', '4d4 l0v3l4ce 2026'])(
    'when it is who owns it or what it opens: %s',
    (password) => {
      expect(reasonFor(password)).toContain('your name');
    },
  );

  it.each([
    'passwordpassword1',
    'Password Welcome 1',
    'P@ssw0rdP@ssw0rd!',
    'iloveyouforever!',
    'Summer Winter 2026!',
    'correct horse battery staple',
  ])('when it is made of the words everybody uses: %s', (password) => {
    expect(reasonFor(password)).toContain('tried first');
  });
});

it('counts characters after normalization, not code units', () => {
  // U+FB03 is "ffi" after NFKC; an emoji is two code units and one character.
  expect(reasonFor('muﬃn ants tin')).toBeUndefined();
  expect(reasonFor('🦊🐢🦉🐝🦀🐙🦔🐌')).toContain('(8 so far)');
});

it('takes no longer for the longest and most repetitive text than a key press may', () => {
  const started = performance.now();
  for (const password of ['ab'.repeat(100), `${'a'.repeat(99)}b${'a'.repeat(100)}`, 'abcdefghij'.repeat(20)]) reasonFor(password);
  reasonFor('a'.repeat(1_000_000));
  expect(performance.now() - started).toBeLessThan(500);
});
