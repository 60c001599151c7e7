import { expect, test } from 'vitest';
import { makePayloadKeeper } from './payloads.ts';

test('what is named like a secret is masked, however deep it lies', () => {
  const keeper = makePayloadKeeper('trace');
  const message = {
    headers: { authorization: 'Bearer abc', subject: 'Order' },
    properties: { login: { user: 'ada', password: 's3cret' }, list: [{ apiToken: 's3cret' }], total: 3 },
    body: { contentType: 'text/plain', text: 'Hello' },
    attachments: [],
  };
  const visit = { step: { position: 0 }, from: null, message };
  keeper.seen(visit as unknown as Parameters<typeof keeper.seen>[0]);
  const kept = JSON.stringify(keeper.all());
  expect(kept).not.toMatch(/s3cret|abc/);
  expect(kept).toContain('"user":"ada"');
  expect(kept).toContain('Hello');
});
