import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { FlowDocument } from '../../shared/flow.ts';
import type { ChangeEvent } from '../ports/engine.ts';
import type { CertificateStore } from '../ports/security.ts';
import { makeCertificate, type TestCertificate } from '../testing/openssl.ts';
import { testDatabase, type TestDatabase } from '../testing/database.ts';
import { openCertificates } from './certificates.ts';
import { sqlOn } from './sql.ts';

let fixture: TestDatabase;
let certificates: CertificateStore;
let published: ChangeEvent[];
let one: TestCertificate;
let other: TestCertificate;

beforeAll(async () => {
  fixture = await testDatabase();
  one = await makeCertificate();
  other = await makeCertificate({ subject: '/CN=other', names: ['DNS:other.example.com', 'IP:192.0.2.7'], kind: 'rsa' });
});
afterAll(() => fixture.close());
beforeEach(async () => {
  published = [];
  certificates = openCertificates({ database: fixture.database, publish: (event) => published.push(event) });
  await pool().query('truncate trusted_certificate, flow, deployment, channel cascade');
});

const pool = () => sqlOn(fixture.database.pool);
const deploy = (pem: string, name = 'mail-server') => certificates.create({ name, description: 'Ours', pem }, 'anna');

function mailFlow(trustedCertificate: string, protection = 'tls'): FlowDocument {
  const config = { address: 'mail.example.com', protection, trustedCertificate };
  return { nodes: [{ id: 'mail', type: 'mail-sender', position: { x: 0, y: 0 }, config }], edges: [] };
}

async function addFlow(name: string, draft: FlowDocument, isDeployed: boolean): Promise<void> {
  const [flow] = await pool().query<{ id: string }>('insert into flow (name, draft) values ($1, $2) returning id', [
    name,
    JSON.stringify(draft),
  ]);
  if (!flow || !isDeployed) return;
  const deployed = [flow.id, JSON.stringify(draft)];
  await pool().query(`insert into flow_version (flow_id, version, document, deployed_by) values ($1, 1, $2, 'anna')`, deployed);
  await pool().query(`insert into deployment (flow_id, version, state, deployed_by) values ($1, 1, 'Started', 'anna')`, [flow.id]);
}

test('a deployed certificate is listed with what it says, and used as PEM', async () => {
  const created = await deploy(`text of somebody\n${one.certificate}`);
  const read = new X509Certificate(one.certificate);
  expect(created).toEqual({
    name: 'mail-server',
    description: 'Ours',
    deployedAt: expect.any(Date),
    deployedBy: 'anna',
    usedBy: [],
    certificates: [
      {
        subject: 'CN=mail.example.com, O=Example',
        issuer: 'CN=mail.example.com, O=Example',
        names: ['mail.example.com'],
        fingerprint256: read.fingerprint256,
        key: 'EC prime256v1',
        validFrom: read.validFromDate.toISOString(),
        validTo: read.validToDate.toISOString(),
        isSelfSigned: true,
        isAuthority: true,
      },
    ],
  });
  expect(await certificates.list()).toEqual([created]);
  expect(new X509Certificate(await certificates.use('mail-server')).fingerprint256).toBe(read.fingerprint256);
  expect(published).toEqual([{ kind: 'credential', id: 'mail-server' }]);
});

test('one artifact holds a whole chain, each certificate once', async () => {
  const { certificates: facts } = await deploy(one.certificate + other.certificate + one.certificate);
  expect(facts.map(({ key }) => key)).toEqual(['EC prime256v1', 'RSA 2048 bit']);
  expect(facts[1]?.names).toEqual(['other.example.com', '192.0.2.7']);
  await deploy(other.certificate, 'other');
  const all = await certificates.useAll();
  expect(all.map((pem) => new X509Certificate(pem).subject)).toEqual(['CN=mail.example.com\nO=Example', 'CN=other', 'CN=other']);
});

test('what is no certificate is refused with the reason', async () => {
  const reason = (pem: string) =>
    deploy(pem).then(
      () => 'deployed',
      (error: Error) => error.message,
    );
  expect(await reason('hello')).toContain('there is no "-----BEGIN CERTIFICATE-----" in it');
  expect(await reason(one.certificate + one.certificate.replace(/\n[A-Za-z0-9+/]{10}/, '\nAAAAAAAAAA'))).toContain(
    'certificate 2 in it is damaged',
  );
  expect(await reason(one.certificate + one.privateKey)).toContain('it holds a private key');
  expect(await certificates.list()).toEqual([]);
});

test('a name is taken once, and a changed artifact counts from the next use on', async () => {
  await deploy(one.certificate);
  await expect(deploy(other.certificate)).rejects.toMatchObject({ code: 'CERTIFICATE_EXISTS' });
  await certificates.save('mail-server', { description: 'Renamed' }, 'berta');
  expect(await certificates.use('mail-server')).toBe(one.certificate);
  const saved = await certificates.save('mail-server', { description: '', pem: other.certificate }, 'berta');
  expect(saved).toMatchObject({ deployedBy: 'berta', certificates: [{ subject: 'CN=other' }] });
  expect(await certificates.save('none', { description: '' }, 'berta')).toBeUndefined();
  await expect(certificates.use('none')).rejects.toMatchObject({ code: 'CERTIFICATE_NOT_DEPLOYED' });
});

test('the certificate of a deployed flow stays; that of a draft, or of a field that does not apply, goes', async () => {
  await deploy(one.certificate);
  await addFlow('Draft', mailFlow('mail-server'), false);
  await addFlow('Unprotected', mailFlow('mail-server', 'off'), true);
  expect((await certificates.list())[0]?.usedBy).toMatchObject([{ flowName: 'Draft', field: 'Trusted Certificate', isDeployed: false }]);
  expect(await certificates.remove('mail-server')).toBe(true);

  await deploy(one.certificate);
  await addFlow('Deployed', mailFlow('mail-server'), true);
  await expect(certificates.remove('mail-server')).rejects.toThrow(/'mail-server' is used by Deployed/);
  expect(await certificates.remove('none')).toBe(false);
});

test('a channel that could not trust its server polls at once when the certificate is deployed', async () => {
  await addFlow('Orders', mailFlow('mail-server'), false);
  await pool().query(
    `insert into channel (flow_id, node_id, name, version, type, config, is_active, health, failures_in_row, next_poll_at)
     select id, node, node, 1, 'mail-sender', jsonb_build_object('trustedCertificate', trusted), true, 'failing', 3, now() + interval '20 minutes'
       from flow, (values ('ours', 'mail-server'), ('theirs', 'another')) as channel (node, trusted)`,
  );
  await deploy(one.certificate);
  expect(await pool().query('select name from channel where next_poll_at <= now()')).toEqual([{ name: 'ours' }]);
});
