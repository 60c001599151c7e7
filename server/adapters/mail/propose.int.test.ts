import { Resolver } from 'node:dns/promises';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { EmailAddress } from '../../../shared/email-address.ts';
import { parseEmail } from '../../../shared/email-address.ts';
import { certificateMaker, type Authority, type CertificateMaker } from '../../testing/certificates.ts';
import { startDnsServer, type DnsRecords } from '../../testing/dns-server.ts';
import { proposeSettings, type ProposeWorld } from './propose.ts';
import { fetchPublicText, isPublicAddress, publicHttps } from './public-https.ts';

let maker: CertificateMaker;
let authority: Authority;

beforeAll(async () => {
  maker = await certificateMaker();
  authority = await maker.authority('Test CA');
});
afterAll(() => maker.clear());

const email = (text: string): EmailAddress => {
  const parsed = parseEmail(text);
  if (!parsed) throw new Error(`${text} is no address`);
  return parsed;
};
const unending = new AbortController().signal;

interface World extends Partial<ProposeWorld> {
  records?: DnsRecords | undefined;
}

async function propose(address: string, { records, ...more }: World) {
  const dns = await startDnsServer(records);
  onTestFinished(() => dns.close());
  const resolver = () => {
    const made = new Resolver({ timeout: 300, tries: 1 });
    made.setServers([dns.address]);
    return made;
  };
  const nowhere = { ...publicHttps, lookup: async () => Promise.reject(new Error('no network')) };
  const found = await proposeSettings(email(address), unending, { resolver, https: nowhere, longestMs: 3_000, ...more });
  return { ...found, asked: dns.asked };
}

/** An HTTPS server that answers for every host by path. */
async function startWeb(answer: (host: string, path: string, response: import('node:http').ServerResponse) => void) {
  const { key, cert } = await authority.issue({ names: ['autoconfig.example.com', 'example.com'] });
  const asked: string[] = [];
  const server = https.createServer({ key, cert }, (request, response) => {
    asked.push(`${request.headers.host} ${request.url}`);
    answer(request.headers.host?.split(':')[0] ?? '', request.url ?? '', response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const world = {
    lookup: async () => [{ address: '127.0.0.1', family: 4 }],
    isAllowed: () => true,
    port,
    ca: authority.cert,
  };
  return { world, asked };
}

const autoconfig = `<?xml version="1.0"?>
<!DOCTYPE x [<!ENTITY host "evil.example.net">]>
<clientConfig version="1.1"><emailProvider id="example.com">
  <incomingServer type="imap">
    <hostname>imap.%EMAILDOMAIN%</hostname><port>993</port><socketType>SSL</socketType>
    <username>%EMAILLOCALPART%</username><authentication>password-cleartext</authentication>
  </incomingServer>
  <incomingServer type="imap">
    <hostname>imap.example.com</hostname><port>143</port><socketType>plain</socketType>
    <username>%EMAILADDRESS%</username><authentication>password-cleartext</authentication>
  </incomingServer>
  <incomingServer type="pop3">
    <hostname>pop.example.com</hostname><port>1110</port><socketType>STARTTLS</socketType>
    <username>%EMAILADDRESS%</username><authentication>NTLM</authentication><authentication>password-encrypted</authentication>
  </incomingServer>
  <incomingServer type="imap"><hostname>&host;</hostname><port>993</port><socketType>SSL</socketType><authentication>plain</authentication></incomingServer>
  <outgoingServer type="smtp"><hostname>smtp.example.com</hostname></outgoingServer>
</emailProvider></clientConfig>`;

test('a well-known service is known without asking anybody', async () => {
  const { proposals, notes, asked } = await propose('Ada.Lovelace@GMail.com', { records: undefined });
  expect(proposals.map(({ protocol, address, authentication }) => [protocol, address, authentication])).toEqual([
    ['imap4', 'imap.gmail.com', 'oauth2'],
    ['pop3', 'pop.gmail.com', 'oauth2'],
  ]);
  expect(proposals[0]?.sources).toEqual(['Known settings of Gmail']);
  expect(notes).toEqual([]);
  expect(asked).toEqual([]);
});

test('SRV records are proposed in the order of their protection, the preferred host of each', async () => {
  const record = (target: string, port: number, priority = 0) => ({ priority, weight: 1, port, target });
  const { proposals } = await propose('ada@example.com', {
    records: {
      srv: {
        '_imaps._tcp.example.com': [record('backup.example.com', 993, 20), record('imap.example.com', 993, 10)],
        '_imap._tcp.example.com': [record('imap.example.com', 1143)],
        '_pop3s._tcp.example.com': [record('.', 0)],
        '_pop3._tcp.example.com': [record('pop.elsewhere.net', 110)],
      },
    },
  });
  expect(proposals.map(({ address, protection, sources }) => [address, protection, ...sources])).toEqual([
    ['imap.example.com', 'tls', 'SRV record of example.com'],
    ['imap.example.com:1143', 'starttls-mandatory', 'SRV record of example.com'],
    ['pop.elsewhere.net', 'starttls-mandatory', 'SRV record of example.com'],
  ]);
  expect(proposals[0]?.advice).toEqual([]);
  expect(proposals[2]?.advice[0]).toContain('pop.elsewhere.net is not part of example.com');
});

test('a domain whose mail Google or Microsoft receives gets their settings', async () => {
  const hostedAt = async (exchange: string) =>
    (await propose('ada@example.com', { records: { mx: { 'example.com': [{ priority: 1, exchange }] } } })).proposals[0];
  expect(await hostedAt('aspmx.l.google.com')).toMatchObject({ address: 'imap.gmail.com', authentication: 'oauth2' });
  expect(await hostedAt('example-com.mail.protection.outlook.com')).toMatchObject({
    address: 'outlook.office365.com',
    sources: ['MX record of example.com, which points to Microsoft 365 and Outlook.com'],
  });
  expect(await hostedAt('notgoogle.com')).toBeUndefined();
});

describe('autoconfig', () => {
  test('servers are read with their placeholders filled in; those in clear or with other sign-ins are left out', async () => {
    const web = await startWeb((host, _path, response) => {
      response.writeHead(host === 'example.com' ? 404 : 200).end(host === 'example.com' ? '' : autoconfig);
    });
    const { proposals } = await propose('ada@example.com', { records: {}, https: web.world });
    const sources = ['Autoconfig at autoconfig.example.com'];
    expect(proposals).toEqual([
      { protocol: 'imap4', address: 'imap.example.com', protection: 'tls', authentication: 'plain', user: 'ada', sources, advice: [] },
      {
        protocol: 'pop3',
        address: 'pop.example.com:1110',
        protection: 'starttls-mandatory',
        authentication: 'encrypted',
        user: 'ada@example.com',
        sources,
        advice: [],
      },
    ]);
    expect(web.asked.map((line) => line.replace(/:\d+ /, ' ')).sort()).toEqual([
      'autoconfig.example.com /mail/config-v1.1.xml',
      'example.com /.well-known/autoconfig/mail/config-v1.1.xml',
    ]);
  });

  test('the same settings from two places are one proposal that names both', async () => {
    const web = await startWeb((_host, _path, response) => response.end(autoconfig));
    const srv = { '_imaps._tcp.example.com': [{ priority: 0, weight: 0, port: 993, target: 'imap.example.com' }] };
    const { proposals } = await propose('ada@example.com', { records: { srv }, https: web.world });
    expect(proposals[0]?.sources).toEqual(['SRV record of example.com', 'Autoconfig at autoconfig.example.com']);
  });

  test.each([
    ['a redirect', (response) => response.writeHead(302, { location: 'https://127.0.0.1/' }).end(autoconfig)],
    ['a page that says there is none', (response) => response.writeHead(404).end(autoconfig)],
    [
      'an endless text',
      (response) =>
        void setImmediate(function more() {
          if (!response.destroyed) response.write('x'.repeat(16_384), () => setImmediate(more));
        }),
    ],
    ['no XML', (response) => response.end('{"a":1}')],
    ['a text made to be slow', (response) => response.end('<incomingServer type="imap" '.repeat(2_300))],
    ['half a server', (response) => response.end('<incomingServer type="imap"><hostname>a b</hostname><port>x</port></incomingServer>')],
  ] satisfies [string, (response: import('node:http').ServerResponse) => unknown][])('%s is no proposal', async (_, answer) => {
    const web = await startWeb((_host, _path, response) => void answer(response));
    const { proposals, notes } = await propose('ada@example.com', { records: {}, https: web.world });
    expect(proposals).toEqual([]);
    expect(notes).toEqual([]);
  });

  test('a certificate for another name is refused', async () => {
    const web = await startWeb((_host, _path, response) => response.end(autoconfig));
    await expect(fetchPublicText('other.example.com', '/', unending, web.world)).rejects.toThrow('altnames');
  });

  test('a host with a private address is never asked', async () => {
    const web = await startWeb((_host, _path, response) => response.end(autoconfig));
    const addresses = [
      { address: '93.184.216.34', family: 4 },
      { address: '10.0.0.1', family: 4 },
    ];
    const world = { ...web.world, isAllowed: isPublicAddress, lookup: async () => addresses };
    await expect(fetchPublicText('example.com', '/', unending, world)).rejects.toThrow('no public host');
    await expect(fetchPublicText('localhost', '/', unending)).rejects.toThrow('no public host');
    expect(web.asked).toEqual([]);
  });
});

test.each([
  ['127.0.0.1', false],
  ['10.1.2.3', false],
  ['100.64.0.1', false],
  ['169.254.169.254', false],
  ['172.31.255.255', false],
  ['192.168.1.1', false],
  ['0.0.0.0', false],
  ['255.255.255.255', false],
  ['93.184.216.34', true],
  ['172.32.0.1', true],
  ['::1', false],
  ['::ffff:127.0.0.1', false],
  ['::ffff:93.184.216.34', false],
  ['64:ff9b::7f00:1', false],
  ['fe80::1', false],
  ['fd00::1', false],
  ['2002:7f00:1::', false],
  ['2001:db8::1', false],
  ['2606:2800:220:1::1', true],
])('%s is public: %s', (address, isPublic) => {
  expect(isPublicAddress(address)).toBe(isPublic);
});

test('where nothing answers it ends in time, and says where could not be looked', async () => {
  const startedAt = performance.now();
  const never = { ...publicHttps, lookup: async () => new Promise<never>(() => {}) };
  const { proposals, notes } = await propose('ada@example.com', { records: undefined, https: never, longestMs: 800 });
  expect(performance.now() - startedAt).toBeLessThan(5_000);
  expect(proposals).toEqual([]);
  expect(notes).toEqual([
    'The name server did not answer for example.com: its SRV and MX records are not known.',
    'Neither autoconfig.example.com nor example.com could be asked for settings.',
  ]);
});
