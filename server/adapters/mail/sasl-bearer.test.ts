import { expect, test } from 'vitest';
import { oauthBearer } from './sasl-oauthbearer.ts';
import { xoauth2 } from './sasl-xoauth2.ts';

const server = { service: 'imap' as const, host: 'server.example.com', port: 143 };
const none = Buffer.alloc(0);

test('OAUTHBEARER sends the example of RFC 7628, section 4.1', async () => {
  const token = 'vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==';
  const exchange = oauthBearer.start({ name: 'x', user: 'user@example.com', password: token }, server);
  const sent = (await exchange.respond(none)).toString('base64');
  expect(sent).toBe(
    'bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcnQ9MTQzAWF1dGg9QmVhcmVyIHZGOWRmdDRxbVRjMk52YjNSbGNrQmhiSFJoZG1semRHRXVZMjl0Q2c9PQEB',
  );
});

test('XOAUTH2 sends the example of its description', async () => {
  const exchange = xoauth2.start(
    { name: 'x', user: 'someuser@example.com', password: 'ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg' },
    server,
  );
  expect((await exchange.respond(none)).toString('base64')).toBe(
    'dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRjMk52YjNSbGNrQmhkSFJoZG1semRHRXVZMjl0Q2cBAQ==',
  );
});

test('a user can not break out of the header', async () => {
  const exchange = oauthBearer.start({ name: 'x', user: 'a=b,c', password: 't' }, server);
  expect((await exchange.respond(none)).toString()).toContain('n,a=a=3Db=2Cc,\x01host=');
});

const refusal = Buffer.from('{"status":"invalid_token","schemes":"bearer","scope":"mail\\u0007"}');

test.each([
  ['OAUTHBEARER', oauthBearer, '\x01'],
  ['XOAUTH2', xoauth2, ''],
])('%s answers a refusal as its description says, and keeps the reason', async (_, mechanism, answer) => {
  const exchange = mechanism.start({ name: 'x', user: 'ada', password: 'secret-token' }, server);
  await exchange.respond(none);
  expect(exchange.refusal?.()).toBeUndefined();
  expect((await exchange.respond(refusal)).toString()).toBe(answer);
  expect(exchange.refusal?.()).toBe('status invalid_token, needed scope mail ');
  // A server that keeps asking never sees the token again.
  expect((await exchange.respond(none)).toString()).not.toContain('secret-token');
});

test.each(['not JSON', '[]', 'null', '{"status":{}}', ''])('a refusal that says %j is answered, too', async (text) => {
  const exchange = oauthBearer.start({ name: 'x', user: 'ada', password: 't' }, server);
  await exchange.respond(none);
  expect((await exchange.respond(Buffer.from(text))).toString()).toBe('\x01');
  expect(exchange.refusal?.()).toBe('');
});
