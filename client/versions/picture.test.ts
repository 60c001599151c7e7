import { expect, it } from 'vitest';
import { readPicture } from './picture.ts';

const id = '0192f0c1-1111-7000-8000-000000000000';

it('reads a comparison or the way of a message from the address', () => {
  expect(readPicture({ compare: '3..draft' })).toEqual({ compare: '3..draft' });
  expect(readPicture({ run: id, attempt: '2' })).toEqual({ run: id, attempt: 2 });
  expect(readPicture({ run: 'latest' })).toEqual({ run: 'latest' });
});

it('leaves out what it does not understand', () => {
  expect(readPicture({ compare: '3' })).toEqual({});
  expect(readPicture({ run: "1' or 1", attempt: '2' })).toEqual({});
  expect(readPicture({ run: id, attempt: '0' })).toEqual({ run: id });
});
