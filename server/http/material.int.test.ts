import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { MaterialView } from '../../shared/api/material.ts';
import { sqlOn } from '../storage/sql.ts';
import { chain, node } from '../testing/flows.ts';
import type { HttpClient } from '../testing/http-client.ts';
import { startTestServer, type TestServer } from '../testing/http-server.ts';
import { makeCertificate } from '../testing/openssl.ts';

/** All security material in one list: its state, who uses it, until when it lasts. */

let server: TestServer;
let program: HttpClient;
let flowId: string;
const secrets = { password: 'pl4nted-passw0rd', clientSecret: 'pl4nted-client', privateKey: '' };

beforeAll(async () => {
  server = await startTestServer();
  program = await server.program();
  const credential = (name: string) =>
    program.call('createCredential', { body: { name, user: 'ada', password: secrets.password, allowedHosts: ['mail.example.com'] } });
  await Promise.all(['used', 'refused', 'lost'].map(credential));
  await program.call('createOAuth2Credential', {
    body: { name: 'office', provider: 'google', clientId: 'mailroom', clientSecret: secrets.clientSecret, user: 'ada', allowedHosts: [] },
  });
  await program.call('createSecureParameter', {
    body: { name: 'api-key', secret: secrets.password, allowedHosts: ['orders.example.com'] },
  });
  const [soon, late] = await Promise.all([makeCertificate({ days: 5 }), makeCertificate({ days: 400, kind: 'rsa' })]);
  secrets.privateKey = late.privateKey;
  await program.call('createCertificate', { body: { name: 'server', pem: soon.certificate } });
  await program.call('createKeyPair', {
    body: { name: 'smime', material: { kind: 'pem', certificate: late.certificate, privateKey: late.privateKey } },
  });

  const mail = node('mail', 'mail-sender', {
    address: 'mail.example.com',
    credential: 'used',
    trustedCertificate: 'server',
    proxyType: 'socks5',
    proxyAddress: 'proxy.example.com',
    proxyCredential: 'used',
  });
  const keyed = node('keyed', 'http-receiver', { url: 'https://orders.example.com', authentication: 'header', credential: 'api-key' });
  const http = node('http', 'http-receiver', { url: 'https://orders.example.com', authentication: 'basic', credential: '{{login}}' });
  const parameters = [{ name: 'login', description: '', default: 'refused' }];
  ({ id: flowId } = await program.call('createFlow', { body: { name: 'Orders', draft: { ...chain(mail, http, keyed), parameters } } }));
  const sql = sqlOn(server.database.pool);
  await sql.query(`update credential set secret = $1 where name = 'lost'`, [randomBytes(60)]);
  await sql.query(
    `insert into channel (flow_id, node_id, name, version, type, config, is_active)
     values ($1, 'mail', 'Mail', 1, 'mail-sender', '{"credential": "refused"}', true)`,
    [flowId],
  );
  await sql.query(`insert into sign_in_pause values ('mail.example.com/ada', 'refused', 3, now() + interval '4 minutes')`);
  // Nobody would use this one there any more.
  await sql.query(`insert into sign_in_pause values ('mail.example.com/bob', 'used', 1, now() + interval '4 minutes')`);
});
afterAll(() => server.close());

const listed = async () => (await program.call('listMaterial')).items;
const find = (items: MaterialView[], name: string) => items.find((item) => item.name === name);

test('every artifact says how it stands with it, why, and until when', async () => {
  const items = await listed();
  expect(Object.fromEntries(items.map(({ kind, name, state }) => [`${kind} ${name}`, state]))).toEqual({
    'credential used': 'Deployed',
    'credential refused': 'Refused',
    'credential lost': 'Error',
    'oauth2 office': 'Unauthorized',
    'parameter api-key': 'Deployed',
    'certificate server': 'Expiring',
    'key-pair smime': 'Deployed',
  });
  expect(find(items, 'refused')?.error).toMatchObject({
    code: 'CREDENTIAL_REFUSED',
    message: expect.stringMatching(
      /^mail.example.com\/ada refuses the sign-in with 'refused', 3 times in a row; no other try before \d{4}-/,
    ),
  });
  expect(find(items, 'lost')?.error).toMatchObject({ code: 'MASTER_KEY_WRONG' });
  const days = (name: string) => (Date.parse(find(items, name)?.expiresAt ?? '') - Date.now()) / 86_400_000;
  expect([Math.round(days('server')), Math.round(days('smime'))]).toEqual([5, 400]);
  expect(find(items, 'used')).toMatchObject({ deployedBy: 'token test', expiresAt: null, allowedHosts: ['mail.example.com'] });
  expect((await program.call('listCredentials')).items.map(({ name, state }) => [name, state])).toEqual([
    ['lost', 'Error'],
    ['refused', 'Refused'],
    ['used', 'Deployed'],
  ]);
});

test('it says which field of which channel names it, also through a parameter', async () => {
  const items = await listed();
  const here = { flowId, flowName: 'Orders', isDeployed: false, isDrawn: true };
  expect(find(items, 'used')?.usedBy).toEqual([
    { ...here, nodeId: 'mail', nodeName: 'Mail', field: 'Proxy Credential' },
    { ...here, nodeId: 'mail', nodeName: 'Mail', field: 'Credential Name' },
  ]);
  expect(find(items, 'refused')?.usedBy).toEqual([{ ...here, nodeId: 'http', nodeName: 'HTTP', field: 'Credential Name' }]);
  expect(find(items, 'server')?.usedBy).toEqual([{ ...here, nodeId: 'mail', nodeName: 'Mail', field: 'Trusted Certificate' }]);
  expect(find(items, 'smime')?.usedBy).toEqual([{ ...here, nodeId: 'mail', nodeName: 'Mail', field: 'S/MIME' }]);
  expect(find(items, 'api-key')?.usedBy).toEqual([{ ...here, nodeId: 'keyed', nodeName: 'HTTP', field: 'Credential Name' }]);
  expect(find(items, 'office')?.usedBy).toEqual([]);
});

test('a field that is drawn and deployed is one line, and one that was renamed since is two', async () => {
  const sql = sqlOn(server.database.pool);
  const deployed = chain(node('mail', 'mail-sender', { address: 'mail.example.com', credential: 'used', name: 'Inbox' }));
  await sql.query(`insert into flow_version (flow_id, version, document, deployed_by) values ($1, 1, $2, 'anna')`, [
    flowId,
    JSON.stringify(deployed),
  ]);
  await sql.query(`insert into deployment (flow_id, version, state, deployed_by) values ($1, 1, 'Started', 'anna')`, [flowId]);
  const uses = find(await listed(), 'used')?.usedBy ?? [];
  expect(uses.map(({ field, isDeployed, isDrawn }) => [field, isDeployed, isDrawn])).toEqual([
    ['Proxy Credential', false, true],
    ['Credential Name', true, true],
  ]);
});

test('no secret is in the list, nor anything sealed', async () => {
  const text = JSON.stringify([
    await listed(),
    await Promise.all([
      program.call('listCredentials'),
      program.call('listOAuth2Credentials'),
      program.call('listCertificates'),
      program.call('listKeyPairs'),
      program.call('listSecureParameters'),
    ]),
  ]);
  for (const secret of [secrets.password, secrets.clientSecret, secrets.privateKey.slice(40, 90).trim()])
    expect(text).not.toContain(secret);
  expect(text).not.toMatch(/"(secret|privateKey|password|clientSecret)"|"type":"Buffer"/);
});
