import { expect, test } from 'vitest';
import type { SeveralAnswers } from '../../shared/api/messages.ts';
import { countOf, doSeveral, type Part } from './several.ts';

const refusal = (message: string) => ({ code: 'X', message, remedy: '', retryable: false });
const queued = (ids: string[]): SeveralAnswers['results'] => ids.map((id) => ({ id, error: null }));

test('chosen messages go in parts, and each is counted', async () => {
  const ids = Array.from({ length: 450 }, (_, index) => String(index));
  const sizes: number[] = [];
  const progress: number[] = [];
  const send = async (part: Part) => {
    const given = 'ids' in part ? part.ids : [];
    sizes.push(given.length);
    return { results: queued(given), nextCursor: null };
  };
  expect(await doSeveral({ ids }, send, (count) => progress.push(count))).toEqual({ done: 450, refused: 0, reasons: [] });
  expect([sizes, progress]).toEqual([
    [200, 200, 50],
    [200, 400, 450],
  ]);
});

test('a filter is followed to its end, also past messages that are refused', async () => {
  const pages: SeveralAnswers[] = [
    { results: [...queued(['1', '2']), { id: '3', error: refusal('It ended.') }], nextCursor: 'a' },
    {
      results: [
        { id: '4', error: refusal('It ended.') },
        { id: '5', error: refusal('Its flow is gone.') },
      ],
      nextCursor: null,
    },
  ];
  const cursors: unknown[] = [];
  const send = async (part: Part) => {
    cursors.push('cursor' in part && part.cursor);
    return pages.shift() ?? { results: [], nextCursor: null };
  };
  const tally = await doSeveral({ filters: { status: 'FAILED' }, count: 5, isMore: false }, send, () => undefined);
  expect(cursors).toEqual([undefined, 'a']);
  expect(tally).toEqual({
    done: 2,
    refused: 3,
    reasons: [
      { text: 'It ended.', count: 2 },
      { text: 'Its flow is gone.', count: 1 },
    ],
  });
});

test('the number is said as it is known', () => {
  expect([
    countOf({ ids: ['1'] }),
    countOf({ filters: {}, count: 1_234, isMore: false }),
    countOf({ filters: {}, count: 10_000, isMore: true }),
  ]).toEqual(['1 message', '1,234 messages', 'more than 10,000 messages']);
});
