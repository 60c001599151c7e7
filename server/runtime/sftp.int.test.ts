import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { materialTestLineSchema } from '../../shared/api/material.ts';
import { eventually } from '../testing/eventually.ts';
import { chain, deployFlow, mailSenderNode, node } from '../testing/flows.ts';
import { useMailRoom } from '../testing/mail-room.ts';
import { mailWith } from '../testing/mail-with.ts';
import { makeCertificate } from '../testing/openssl.ts';
import { startSshServer, type SshServer } from '../testing/ssh-server.ts';

/** A flow that writes to a real SFTP server, with its key among the known hosts. */

const room = useMailRoom();
let ssh: SshServer;

beforeAll(async () => {
  ssh = await startSshServer();
});
afterAll(() => ssh.stop());

test('mails arrive as files, none is sent to a server with another key, and a correction needs no deployment', async () => {
  const { mailroom, user, server } = room;
  const { certificate, privateKey } = await makeCertificate({ kind: 'rsa' });
  const material = { kind: 'pem' as const, certificate, privateKey, passphrase: '' };
  const { sshPublicKey } = await mailroom.call('createKeyPair', { body: { name: 'mailroom', material } });
  expect(sshPublicKey).toMatch(/^ssh-rsa AAAA\S+ mailroom$/);
  await ssh.authorize(sshPublicKey);

  const { keys } = await mailroom.call('scanHostKeys', { body: { address: ssh.address } });
  expect(keys.map(({ line }) => `${line}\n`).join('')).toBe(ssh.knownHosts);
  await mailroom.call('createKnownHosts', { body: { name: 'partners', text: ssh.knownHosts } });
  await expect(mailroom.call('createKnownHosts', { body: { name: 'partners', text: ssh.knownHosts } })).rejects.toMatchObject({
    status: 409,
  });
  await expect(mailroom.call('createKnownHosts', { body: { name: 'other', text: 'nonsense' } })).rejects.toMatchObject({
    status: 422,
    answer: { code: 'KNOWN_HOSTS_NOT_READABLE', message: 'Line 1 can\'t be taken: it is not "hosts, key type, key".' },
  });

  const receiver = {
    address: ssh.address,
    knownHosts: 'partners',
    authentication: 'public-key',
    user: ssh.user,
    privateKeyAlias: 'mailroom',
    directory: 'orders',
    fileName: '${header.subject}',
  };
  const flow = chain(mailSenderNode(server, 'imap4', { credential: user.user }), node('sftp', 'sftp-receiver', receiver));
  const id = await deployFlow(mailroom, 'To the partner', flow);
  const ended = async (status: string, count: number) =>
    eventually(
      async () => {
        const { items } = await mailroom.call('listMessages', { query: { flowId: id } });
        const found = items.filter((message) => message.status === status);
        return found.length === count ? found : undefined;
      },
      { what: `${count} ${status}`, deadlineMs: 30_000 },
    );
  await user.deliver(mailWith('Pumps'));
  await ended('COMPLETED', 1);
  const [file = ''] = await readdir(path.join(ssh.directory, 'orders'));
  expect(file).toMatch(/^Pumps-[0-9a-f]{16}\.eml$/);
  expect(await readFile(path.join(ssh.directory, 'orders', file), 'utf8')).toContain('Subject: Pumps');

  const listed = async (name: string) => (await mailroom.call('listMaterial')).items.find((item) => item.name === name);
  expect(await listed('partners')).toMatchObject({
    kind: 'known-hosts',
    state: 'Deployed',
    usedBy: [{ flowName: 'To the partner', field: 'Known Hosts' }],
  });
  expect((await listed('mailroom'))?.usedBy).toContainEqual(expect.objectContaining({ field: 'Private Key Alias', isDeployed: true }));
  await expect(mailroom.call('deleteKnownHosts', { params: { name: 'partners' } })).rejects.toMatchObject({ status: 409 });
  await expect(mailroom.call('deleteKeyPair', { params: { name: 'mailroom' } })).rejects.toMatchObject({ status: 409 });
  for (const kind of ['known-hosts', 'key-pair'])
    expect(await lastLine(kind, kind === 'key-pair' ? 'mailroom' : 'partners')).toMatchObject({
      state: 'good',
      sentence: 'Signed in; orders is there.',
    });

  await ssh.changeHostKeys();
  await user.deliver(mailWith('Valves'));
  const [failed] = await ended('FAILED', 1);
  expect(failed?.error).toMatchObject({ code: 'SSH_HOST_KEY_CHANGED', message: expect.stringContaining('SHA256:') });
  expect(await lastLine('known-hosts', 'partners')).toMatchObject({ state: 'failed', error: { code: 'SSH_HOST_KEY_CHANGED' } });

  const text = (await mailroom.call('scanHostKeys', { body: { address: ssh.address } })).keys.map(({ line }) => line).join('\n');
  expect(await lastLine('known-hosts', 'partners', { knownHosts: text })).toMatchObject({ state: 'good' });
  await mailroom.call('saveKnownHosts', { params: { name: 'partners' }, body: { description: '', text } });
  await mailroom.call('retryMessage', { params: { id: failed?.id ?? '' }, body: { from: 'failed' } });
  await ended('COMPLETED', 2);
  expect((await readdir(path.join(ssh.directory, 'orders'))).toSorted()).toEqual([
    expect.stringMatching(/^Pumps-/),
    expect.stringMatching(/^Valves-/),
  ]);
});

/** How the test of an artifact ended. */
async function lastLine(kind: string, name: string, value = {}) {
  const { url, token } = room.mailroom;
  const response = await fetch(`${url}/api/v1/security-material/${kind}/${name}/test`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ value }),
  });
  const lines = (await response.text()).trim().split('\n');
  return materialTestLineSchema.parse(JSON.parse(lines.at(-1) ?? ''));
}
