import { expect, test } from 'vitest';
import './zod-without-eval.ts';

test('the settings that are set without loading zod are the ones it reads', async () => {
  const { z } = await import('zod');
  expect(z.config().jitless).toBe(true);
});
