import { describe, expect, test } from 'vitest';
import { checkFlow } from '../check-flow.ts';
import { fromFlowFile, toFlowFile } from '../flow-file.ts';
import { templates } from './templates.ts';

const mailbox = {
  name: 'Practice mailbox',
  address: '127.0.0.1:8143',
  credential: 'practice',
  protection: 'off',
  zone: 'Europe/Berlin',
} as const;
const facts = { credentials: [{ name: 'practice', allowedHosts: ['127.0.0.1'] }] };

test('there are six templates at least, each with a name of its own', () => {
  expect(new Set(templates.map(({ title }) => title)).size).toBeGreaterThanOrEqual(6);
});

describe.each(templates)('the template "$title"', ({ title, summary, make }) => {
  test('has no problem but those of the practice mailbox', () => {
    // The practice mailbox is on this machine, unencrypted, and polled often.
    const known = new Set(['PLAIN_ON_LOOPBACK', 'INTERVAL_SHORT']);
    expect(checkFlow(make(mailbox), facts).filter(({ code }) => !known.has(code))).toEqual([]);
  });

  test('comes back from a file as it is', () => {
    const draft = make(mailbox);
    expect(fromFlowFile(toFlowFile({ name: title, description: summary, draft }))).toEqual({
      flow: { name: title, description: summary, draft },
      problems: [],
    });
  });
});
