import { afterAll, beforeAll, expect, test } from 'vitest';
import { startAuthorizationServer, type AuthorizationServer } from '../testing/authorization-server.ts';
import { eventually } from '../testing/eventually.ts';
import { chain, deployFlow, mailSenderNode, node } from '../testing/flows.ts';
import { useMailRoom } from '../testing/mail-room.ts';
import { mailWith } from '../testing/mail-with.ts';

/** A flow whose receiver signs in with OAuth2 Client Credentials. */

const room = useMailRoom();
let service: AuthorizationServer;

beforeAll(async () => {
  service = await startAuthorizationServer({ redirectUrls: ['http://localhost/'], secretIn: 'basic' });
});
afterAll(() => service.close());

test('a client secret that is wrong fails the mail with its cause; corrected, the mail goes on without a new deployment', async () => {
  const { mailroom, sink, user, server } = room;
  const { tokenUrl, clientId, clientSecret } = service;
  const settings = { tokenUrl, clientId, sendAs: 'basic' as const, scope: 'mail', allowedHosts: ['127.0.0.1'] };
  await mailroom.call('createOAuth2Client', { body: { name: 'shop', ...settings, clientSecret: 'n0t-the-secret' } });
  sink.answerWith(({ headers }) => (service.handedOut.has(String(headers.authorization).replace('Bearer ', '')) ? 200 : 401));
  const receiver = { url: sink.url, authentication: 'oauth2-client', credential: 'shop' };
  const id = await deployFlow(
    mailroom,
    'Shop',
    chain(mailSenderNode(server, 'imap4', { credential: user.user }), node('http', 'http-receiver', receiver)),
  );
  const messages = async () => (await mailroom.call('listMessages', { query: { flowId: id } })).items;
  const ended = async (status: string, count: number) =>
    eventually(async () => (await messages()).filter((message) => message.status === status).length === count, {
      what: `${count} ${status}`,
      deadlineMs: 30_000,
    });

  await user.deliver(mailWith('First'));
  await ended('FAILED', 1);
  const [failed] = await messages();
  expect(failed?.error).toMatchObject({ code: 'OAUTH2_PROVIDER_REFUSED', remedy: expect.stringContaining('Client Secret') });
  expect(sink.requests).toEqual([]);
  const listed = async () => (await mailroom.call('listMaterial')).items.find(({ name }) => name === 'shop');
  expect(await listed()).toMatchObject({
    kind: 'oauth2-client',
    state: 'Error',
    allowedHosts: ['127.0.0.1'],
    usedBy: [{ flowName: 'Shop', field: 'Credential Name', isDeployed: true }],
  });
  await expect(mailroom.call('deleteOAuth2Client', { params: { name: 'shop' } })).rejects.toMatchObject({ status: 409 });

  await mailroom.call('saveOAuth2Client', { params: { name: 'shop' }, body: { ...settings, clientSecret } });
  expect(await listed()).toMatchObject({ state: 'Deployed' });
  await mailroom.call('retryMessage', { params: { id: failed?.id ?? '' }, body: { from: 'failed' } });
  await ended('COMPLETED', 1);

  for (let mail = 0; mail < 20; mail += 1) await user.deliver(mailWith(`Mail ${mail}`));
  await ended('COMPLETED', 21);
  expect(service.grants.client).toBe(1);
  await service.forgetAccessTokens();
  expect((await mailroom.call('listDeployments')).items.find(({ flowId }) => flowId === id)).toMatchObject({ version: 1 });
});
