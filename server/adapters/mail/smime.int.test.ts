import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Message } from '../../../shared/flow.ts';
import type { KeyPair, Secrets } from '../../ports/secrets.ts';
import { bytesOf } from '../../testing/bytes-of.ts';
import { file, html, lines, mailSenderConfig, multipart, nested, plain, rawOf } from '../../testing/mails.ts';
import { readContext } from '../../testing/secrets.ts';
import { openSmimeWorkshop, type SmimeWorkshop } from '../../testing/smime.ts';
import { openAttachment } from './mail-content.ts';
import { parse } from './parse.ts';

/** Every mail here is made by the program openssl, which nobody here wrote. */

let workshop: SmimeWorkshop;
/** Signs as ada@example.test. */
let ada: KeyPair;
/** What the mails are encrypted for. */
let orders: KeyPair;

beforeAll(async () => {
  workshop = await openSmimeWorkshop();
  [ada, orders] = await Promise.all([
    workshop.issue('Ada', { email: 'Ada@Example.test' }),
    workshop.issue('Orders', { email: 'orders@example.test', extensions: ['subjectKeyIdentifier=hash'] }),
  ]);
});
afterAll(() => workshop.remove());

const content = Buffer.from([0, 1, 2, 250, 251, 13, 10, 46, 13, 10, 255]);
const entity = nested('mixed', [plain('Grüße aus dem Umschlag'), file('größe.bin', content, 'application/x-order')], 'inner');
const head = 'From: Ada <ada@example.test>\r\nTo: orders@example.test\r\nSubject: Order 17\r\n';
const asMail = (protectedEntity: Buffer, from = head) => Buffer.concat([Buffer.from(from), protectedEntity]);

interface Found {
  message: Message;
  summary: string;
  encryption: Record<string, unknown>;
  signature: Record<string, unknown>;
  contentOf: (index: number) => Promise<Buffer>;
}

async function read(mail: Buffer, deployed: Partial<Secrets> = {}): Promise<Found> {
  const context = readContext({
    keyPairs: async () => [orders],
    trustedCertificates: async () => [workshop.authority.certificate],
    ...deployed,
  });
  const { message, summary } = await parse(rawOf(mail), mailSenderConfig(), context);
  const group = (prefix: string) =>
    Object.fromEntries(
      Object.entries(message.properties).flatMap(([name, value]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [])),
    );
  return {
    message,
    summary,
    encryption: group('mail.encryption.'),
    signature: group('mail.signature.'),
    contentOf: (index) => bytesOf(openAttachment(rawOf(mail), index, context)),
  };
}

async function expectOpened({ message, contentOf }: Found): Promise<void> {
  expect(message.headers['subject']).toBe('Order 17');
  expect(message.body.text.trim()).toBe('Grüße aus dem Umschlag');
  expect(message.attachments).toMatchObject([
    { index: 0, name: 'größe.bin', contentType: 'application/x-order', sizeBytes: content.length },
  ]);
  expect(await contentOf(0)).toEqual(content);
}

test('a mail without protection says so', async () => {
  const { encryption, signature } = await read(asMail(Buffer.from(entity)));
  expect(encryption).toEqual({ isEncrypted: false, isDecrypted: false, keyPair: '', errors: [] });
  expect(signature).toEqual({ isSigned: false, isOk: false, certificates: [], errors: [] });
});

describe('a signed mail', () => {
  test.each([
    ['beside the content', []],
    ['around the content', ['-nodetach']],
    ['around the content, in pieces', ['-nodetach', '-stream']],
    ['with SHA-512', ['-md', 'sha512']],
    ['with RSA-PSS', ['-keyopt', 'rsa_padding_mode:pss', '-keyopt', 'rsa_pss_saltlen:32']],
    ['with the id of the key instead of issuer and number', ['-keyid']],
    ['without attributes', ['-noattr']],
  ])('%s is opened, and the signature is OK', async (_, more) => {
    const signer = more.includes('-keyid')
      ? await workshop.issue('Ada', { email: 'ada@example.test', extensions: ['subjectKeyIdentifier=hash'] })
      : ada;
    const found = await read(asMail(await workshop.sign(entity, signer, ...more)));
    expect(found.signature).toMatchObject({
      isSigned: true,
      isOk: true,
      errors: [],
      certificates: [
        { subject: 'O=Mailroom, CN=Ada', issuer: expect.stringContaining('Mailroom test authority'), emails: ['ada@example.test'] },
      ],
    });
    expect(found.summary).toBe('1 attachment; signature of ada@example.test is OK');
    await expectOpened(found);
  });

  test.each([
    ['an elliptic curve', ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'], []],
    ['a longer elliptic curve', ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-384'], ['-md', 'sha384']],
  ])('with %s is OK', async (_, key, more) => {
    const signer = await workshop.issue('Ada', { email: 'ada@example.test', key });
    expect((await read(asMail(await workshop.sign(entity, signer, ...more)))).signature).toMatchObject({ isOk: true, errors: [] });
  });

  test('in 8-bit text is OK as it was sent', async () => {
    const mail = await workshop.sign(
      lines('Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: 8bit', '', 'Grüße €', ''),
      ada,
    );
    const { signature, message } = await read(asMail(mail));
    expect(signature).toMatchObject({ isOk: true });
    expect(message.body.text.trim()).toBe('Grüße €');
  });

  test('whose line ends lost their CR on the way is OK', async () => {
    const mail = asMail(await workshop.sign(entity, ada))
      .toString('latin1')
      .replaceAll('\r\n', '\n');
    expect((await read(Buffer.from(mail, 'latin1'))).signature).toMatchObject({ isOk: true });
  });

  test('that leads over an authority in between is OK', async () => {
    const between = await workshop.issue('Between', {
      extensions: ['basicConstraints=critical,CA:true,pathlen:0', 'keyUsage=keyCertSign'],
    });
    const signer = await workshop.issue('Ada', {
      email: 'ada@example.test',
      issuer: between,
      extensions: ['extendedKeyUsage=emailProtection'],
    });
    const mail = await workshop.sign(entity, signer, '-certfile', await workshop.file('between', between.certificate));
    expect((await read(asMail(mail))).signature).toMatchObject({ isOk: true, errors: [] });
    // The one in between may be the trusted one; and it is missing when it was not sent.
    expect((await read(asMail(mail), { trustedCertificates: async () => [between.certificate] })).signature).toMatchObject({ isOk: true });
    const without = await workshop.sign(entity, signer);
    expect((await read(asMail(without))).signature).toMatchObject({
      isOk: false,
      errors: [expect.stringContaining('no trusted certificate issued')],
    });
  });

  test('of a person whose certificate itself is deployed is OK, also where the mail does not bring it', async () => {
    const deployed = { trustedCertificates: async () => [ada.certificate] };
    expect((await read(asMail(await workshop.sign(entity, ada)), deployed)).signature).toMatchObject({ isOk: true });
    expect((await read(asMail(await workshop.sign(entity, ada, '-nocerts')), deployed)).signature).toMatchObject({ isOk: true });
    expect((await read(asMail(await workshop.sign(entity, ada, '-nocerts')))).signature).toMatchObject({
      isOk: false,
      errors: ['the certificate of the signer is neither in the mail nor deployed'],
    });
  });

  test('by two people is OK only when both are', async () => {
    const bob = await workshop.issue('Bob', { email: 'bob@example.test' });
    const [bobCertificate, bobKey] = await Promise.all([workshop.file('bob', bob.certificate), workshop.file('bob.key', bob.privateKey)]);
    const mail = await workshop.sign(entity, ada, '-signer', bobCertificate, '-inkey', bobKey);
    expect((await read(asMail(mail))).signature).toMatchObject({
      isOk: false,
      certificates: [{}, {}],
      errors: ['the certificate of O=Mailroom, CN=Bob is not for ada@example.test'],
    });
  });
});

describe('a signature is not OK, and the mail goes on,', () => {
  const failing = async (mail: Buffer, deployed: Partial<Secrets> = {}) => {
    const found = await read(mail, deployed);
    expect(found.signature).toMatchObject({ isSigned: true, isOk: false });
    expect(found.summary).toContain('signature is not OK: ');
    return found;
  };

  test('when the content was changed', async () => {
    const changed = Buffer.from(
      asMail(await workshop.sign(entity, ada))
        .toString('latin1')
        .replace('Umschlag', 'Umschl4g'),
      'latin1',
    );
    const found = await failing(changed);
    expect(found.signature['errors']).toEqual(['the mail was changed after it was signed']);
    expect(found.message.body.text).toContain('Umschl4g');
    const opaque = Buffer.from(await workshop.sign(entity, ada, '-nodetach', '-outform', 'DER'));
    opaque[opaque.indexOf('Umschlag')] = 0x55 ^ 0x20;
    expect((await failing(asMail(cmsMail(opaque, 'signed-data')))).signature['errors']).toEqual([
      'the mail was changed after it was signed',
    ]);
  });

  test('when the signature was changed', async () => {
    const der = Buffer.from(await workshop.sign(entity, ada, '-nodetach', '-outform', 'DER'));
    der[der.length - 5] = (der[der.length - 5] ?? 0) ^ 1;
    expect((await failing(asMail(cmsMail(der, 'signed-data')))).signature['errors']).toEqual(['the signature does not fit']);
  });

  test('when the signed attributes were changed', async () => {
    const der = Buffer.from(await workshop.sign(entity, ada, '-nodetach', '-outform', 'DER'));
    // The time of signing, of which only the attributes know.
    const at = der.lastIndexOf(Buffer.from('2a864886f70d010905', 'hex')) + 13;
    der[at] = der[at] === 0x39 ? 0x38 : 0x39;
    expect((await failing(asMail(cmsMail(der, 'signed-data')))).signature['errors']).toEqual(['the signature does not fit']);
  });

  test('when the certificate expired before the mail came, whatever the clock says when it is read again', async () => {
    const old = await workshop.issue('Ada', { email: 'ada@example.test', arguments: ['-days', '1'] });
    const mail = asMail(await workshop.sign(entity, old));
    const at = async (receivedAt: Date) => {
      const context = {
        ...readContext({ trustedCertificates: async () => [workshop.authority.certificate] }),
        origin: { uid: '1', epoch: '1', receivedAt },
      };
      return (await parse(rawOf(mail), mailSenderConfig(), context)).message.properties;
    };
    expect(await at(new Date())).toMatchObject({ 'mail.signature.isOk': true });
    const later = new Date(Date.now() + 3 * 24 * 60 * 60_000);
    expect(await at(later)).toMatchObject({
      'mail.signature.isOk': false,
      'mail.signature.errors': [expect.stringContaining('expired on')],
    });
    const before = new Date(Date.now() - 24 * 60 * 60_000);
    expect(await at(before)).toMatchObject({ 'mail.signature.errors': [expect.stringContaining('valid only from')] });
  });

  test('when nobody trusted issued the certificate', async () => {
    const found = await failing(asMail(await workshop.sign(entity, ada)), { trustedCertificates: async () => [] });
    expect(found.signature['errors']).toEqual(['no trusted certificate issued O=Mailroom, CN=Ada']);
    await expectOpened(found);
  });

  test.each([
    ['From is somebody else', 'From: bob@example.test\r\n', 'is not for bob@example.test'],
    ['From only shows the name of the signer', 'From: "ada@example.test" <bob@example.test>\r\n', 'is not for bob@example.test'],
    ['there are two addresses in From', 'From: ada@example.test, bob@example.test\r\n', 'exactly one address'],
    ['there are two From headers', 'From: ada@example.test\r\nFrom: bob@example.test\r\n', 'exactly one address'],
    ['there is no From', 'Subject: x\r\n', 'exactly one address'],
  ])('when %s', async (_, from, reason) => {
    const found = await failing(asMail(await workshop.sign(entity, ada), from));
    expect(found.signature['errors']).toEqual([expect.stringContaining(reason)]);
  });

  test('when it uses a digest that can be forged', async () => {
    const found = await failing(asMail(await workshop.sign(entity, ada, '-md', 'sha1')));
    expect(found.signature['errors']).toEqual(['it is signed with MD5 or SHA-1, which can be forged']);
    const signer = await workshop.issue('Ada', { email: 'ada@example.test', arguments: ['-days', '5', '-sha1'] });
    expect((await failing(asMail(await workshop.sign(entity, signer)))).signature['errors']).toEqual([
      expect.stringContaining('signed with MD5 or SHA-1'),
    ]);
  });

  test('when the certificate is not for this', async () => {
    const server = await workshop.issue('Ada', { email: 'ada@example.test', extensions: ['extendedKeyUsage=serverAuth'] });
    expect((await failing(asMail(await workshop.sign(entity, server)))).signature['errors']).toEqual([
      expect.stringContaining('is not for signing mails'),
    ]);
    const small = await workshop.issue('Ada', {
      email: 'ada@example.test',
      key: ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:1024'],
    });
    expect((await failing(asMail(await workshop.sign(entity, small)))).signature['errors']).toEqual([
      'the key of O=Mailroom, CN=Ada has only 1024 bits',
    ]);
    const odd = await workshop.issue('Ada', { email: 'ada@example.test', extensions: ['1.2.3.4=critical,ASN1:NULL'] });
    expect((await failing(asMail(await workshop.sign(entity, odd)))).signature['errors']).toEqual([
      expect.stringContaining('not supported (1.2.3.4)'),
    ]);
  });

  test('when a person issued the certificate as if they were an authority', async () => {
    const forged = await workshop.issue('Ada', { email: 'ada@example.test', issuer: ada });
    const mail = await workshop.sign(entity, forged, '-certfile', await workshop.file('ada', ada.certificate));
    expect((await failing(asMail(mail))).signature['errors']).toEqual(['O=Mailroom, CN=Ada may not issue certificates']);
    // Neither may one that is deployed, as that of a mail server is.
    const deployed = { trustedCertificates: async () => [ada.certificate] };
    expect((await failing(asMail(mail), deployed)).signature['errors']).toEqual(['O=Mailroom, CN=Ada may not issue certificates']);
    const between = await workshop.issue('Between', { extensions: ['basicConstraints=critical,CA:true,pathlen:0'] });
    const further = await workshop.issue('Further', { issuer: between, extensions: ['basicConstraints=critical,CA:true'] });
    const signer = await workshop.issue('Ada', { email: 'ada@example.test', issuer: further });
    const both = await workshop.file('both', between.certificate + further.certificate);
    expect((await failing(asMail(await workshop.sign(entity, signer, '-certfile', both)))).signature['errors']).toEqual([
      expect.stringContaining('may not issue certificates of further authorities'),
    ]);
  });

  test('when the certificates lead in a circle, which ends at once', async () => {
    const authority = ['basicConstraints=critical,CA:true'];
    const [first, second] = await Promise.all([
      workshop.issue('First', { extensions: authority }),
      workshop.issue('Second', { extensions: authority }),
    ]);
    const crossed = async (subject: KeyPair, issuer: KeyPair) => {
      const key = await workshop.file('key', subject.privateKey);
      const request = await workshop.openssl(['req', '-new', '-key', key, '-subj', `/O=Mailroom/CN=${subject.name}`]);
      return workshop.openssl(
        ['x509', '-req', '-in', await workshop.file('csr', request), '-CA', await workshop.file('ca', issuer.certificate), '-days', '5'],
        [
          '-CAkey',
          await workshop.file('cakey', issuer.privateKey),
          '-set_serial',
          '7',
          '-extfile',
          await workshop.file('ext', authority.join('\n')),
        ],
      );
    };
    const circle = await workshop.file('circle', Buffer.concat([await crossed(first, second), await crossed(second, first)]));
    const signer = await workshop.issue('Ada', { email: 'ada@example.test', issuer: first });
    const started = performance.now();
    const found = await failing(asMail(await workshop.sign(entity, signer, '-certfile', circle)));
    expect(found.signature['errors']).toHaveLength(1);
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  test('when the signature brings a content of its own, so that what is checked is not what is shown', async () => {
    const der = await workshop.sign(entity, ada, '-nodetach', '-outform', 'DER');
    const mail = lines(
      'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; boundary=s',
      '',
      '--s',
      plain('Pay Mallory'),
      '--s',
      'Content-Type: application/pkcs7-signature; name=smime.p7s',
      'Content-Transfer-Encoding: base64',
      '',
      der.toString('base64'),
      '--s--',
      '',
    );
    const found = await failing(asMail(Buffer.from(mail)));
    expect(found.signature['errors']).toEqual(["it can't be read: the signature has a content of its own"]);
    expect(found.message.body.text).toBe('Pay Mallory');
  });

  test.each([
    ['no CMS', 'aGVsbG8='],
    ['nothing', ''],
    ['a length that lies', Buffer.from('3084ffffffff', 'hex').toString('base64')],
    ['nesting without end', Buffer.from('3080'.repeat(100_000), 'hex').toString('base64')],
  ])('when it is %s', async (_, encoded) => {
    const mail = lines(
      'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; boundary=s',
      '',
      '--s',
      plain('shown'),
      '--s',
      'Content-Type: application/pkcs7-signature; name=smime.p7s',
      'Content-Transfer-Encoding: base64',
      '',
      encoded,
      '--s--',
      '',
    );
    const found = await failing(asMail(Buffer.from(mail)));
    expect(found.message).toMatchObject({ body: { text: 'shown' }, attachments: [{ name: 'smime.p7s' }] });
    expect((await failing(asMail(cmsMail(Buffer.from(encoded, 'base64'), 'signed-data')))).message.attachments).toHaveLength(1);
  });
});

const cmsMail = (der: Buffer, type: string) =>
  Buffer.from(
    lines(
      `Content-Type: application/pkcs7-mime; smime-type=${type}; name=smime.p7m`,
      'Content-Transfer-Encoding: base64',
      '',
      der.toString('base64').replaceAll(/(.{76})/g, '$1\r\n'),
      '',
    ),
  );

describe('an encrypted mail', () => {
  test.each([
    ['AES-128', ['-aes128']],
    ['AES-192', ['-aes192']],
    ['AES-256', ['-aes256']],
    ['AES-256 in GCM', ['-aes-256-gcm']],
    ['AES-128 in GCM, in pieces', ['-aes-128-gcm', '-stream']],
    ['Triple DES', ['-des3']],
    ['AES-256, in pieces', ['-aes256', '-stream']],
    ['the id of the key instead of issuer and number', ['-aes256', '-keyid']],
  ])('with %s is opened', async (_, more) => {
    const found = await read(asMail(await workshop.encrypt(entity, orders, ...more)));
    expect(found.encryption).toEqual({ isEncrypted: true, isDecrypted: true, keyPair: 'Orders', errors: [] });
    expect(found.summary).toBe("1 attachment; decrypted with 'Orders'");
    await expectOpened(found);
  });

  test.each([
    ['SHA-1', []],
    ['SHA-256', ['-keyopt', 'rsa_oaep_md:sha256']],
  ])('with a key sent by RSA-OAEP with %s is opened', async (_, options) => {
    const mail = await workshop.openssl(
      [
        'cms',
        '-encrypt',
        '-aes256',
        '-in',
        await workshop.file('entity', entity),
        '-recip',
        await workshop.file('cert', orders.certificate),
      ],
      ['-keyopt', 'rsa_padding_mode:oaep', ...options],
    );
    await expectOpened(await read(asMail(mail)));
  });

  test.each(['P-256', 'P-384', 'P-521'])('for a key on the curve %s is opened', async (curve) => {
    const recipient = await workshop.issue('Curve', { key: ['-algorithm', 'EC', '-pkeyopt', `ec_paramgen_curve:${curve}`] });
    const found = await read(asMail(await workshop.encrypt(entity, recipient, '-aes256')), { keyPairs: async () => [orders, recipient] });
    expect(found.encryption).toMatchObject({ isDecrypted: true, keyPair: 'Curve' });
    await expectOpened(found);
  });

  test('is opened with the one key pair of several that fits, whoever else it is for', async () => {
    const [first, second] = await Promise.all([workshop.issue('First'), workshop.issue('Second')]);
    const mail = await workshop.encrypt(entity, first, '-aes256', '-recip', await workshop.file('second', second.certificate));
    const found = await read(asMail(mail), { keyPairs: async () => [orders, second] });
    expect(found.encryption).toMatchObject({ isDecrypted: true, keyPair: 'Second', errors: [] });
  });

  test('goes on encrypted when no key pair is deployed, and says for whom it is', async () => {
    const found = await read(asMail(await workshop.encrypt(entity, orders, '-aes256')), { keyPairs: async () => [] });
    const reason = expect.stringMatching(/^it is encrypted for serial number [0-9A-F]+, and no such key pair is deployed$/);
    expect(found.encryption).toEqual({ isEncrypted: true, isDecrypted: false, keyPair: '', errors: [reason] });
    expect(found.summary).toMatch(/^1 attachment; encrypted, not decrypted: it is encrypted for/);
    expect(found.message.attachments).toMatchObject([{ name: 'smime.p7m' }]);
    expect((await found.contentOf(0)).length).toBe(found.message.attachments[0]?.sizeBytes);
  });

  test('goes on encrypted when the key of another certificate stands beside the right one', async () => {
    const wrong = { ...orders, privateKey: ada.privateKey };
    const found = await read(asMail(await workshop.encrypt(entity, orders, '-aes256')), { keyPairs: async () => [wrong] });
    expect(found.encryption).toMatchObject({ isDecrypted: false, errors: [expect.stringContaining("key pair 'Orders'")] });
    expect(found.message.attachments).toHaveLength(1);
  });

  test.each(['-aes-256-gcm', '-aes256'])('that was changed on the way is not opened (%s)', async (cipher) => {
    const der = Buffer.from(await workshop.encrypt(entity, orders, cipher, '-outform', 'DER'));
    // The last bytes of the content: padding with CBC, guarded by the tag with GCM.
    const at = der.length - (cipher === '-aes256' ? 1 : 40);
    der[at] = (der[at] ?? 0) ^ 0x55;
    const found = await read(asMail(cmsMail(der, 'enveloped-data')));
    expect(found.encryption).toMatchObject({
      isEncrypted: true,
      isDecrypted: false,
      errors: [expect.stringContaining("key pair 'Orders'")],
    });
    expect(found.message.attachments).toHaveLength(1);
  });

  test('that can be read later is tried again when the security material is out of reach', async () => {
    const mail = asMail(await workshop.encrypt(entity, orders, '-aes256'));
    const unreachable = async () => {
      throw new Error('database gone');
    };
    await expect(read(mail, { keyPairs: unreachable })).rejects.toThrow('database gone');
  });

  test('inside of another mail stays an attachment, and the mail says so', async () => {
    const inner = (await workshop.encrypt(entity, orders, '-aes256')).toString('latin1');
    const found = await read(Buffer.from(multipart('mixed', [plain('Hello'), inner]), 'latin1'));
    expect(found.message).toMatchObject({ body: { text: 'Hello' }, attachments: [{ name: 'smime.p7m' }] });
    expect(found.encryption).toMatchObject({
      isEncrypted: true,
      isDecrypted: false,
      errors: [expect.stringContaining('inside of the mail')],
    });
  });

  test('of more than 64 MB goes on as it is', async () => {
    const found = await read(asMail(Buffer.concat([cmsMail(Buffer.alloc(50 * 1024 * 1024), 'enveloped-data')])));
    expect(found.encryption).toMatchObject({ isEncrypted: true, isDecrypted: false, errors: ['the mail has more than 64 MB'] });
    expect(found.message.attachments).toMatchObject([{ sizeBytes: 50 * 1024 * 1024 }]);
  }, 60_000);
});

describe('several layers', () => {
  test.each([
    ['signed, then encrypted', async () => workshop.encrypt(await workshop.sign(entity, ada), orders, '-aes256')],
    ['signed inside, then encrypted', async () => workshop.encrypt(await workshop.sign(entity, ada, '-nodetach'), orders, '-aes256')],
    ['encrypted, then signed', async () => workshop.sign(await workshop.encrypt(entity, orders, '-aes256'), ada)],
    ['encrypted, then signed around', async () => workshop.sign(await workshop.encrypt(entity, orders, '-aes256'), ada, '-nodetach')],
    [
      'signed, encrypted and signed again',
      async () => workshop.sign(await workshop.encrypt(await workshop.sign(entity, ada), orders, '-aes256'), ada),
    ],
  ])('%s', async (_, make) => {
    const found = await read(asMail(await make()));
    expect(found.encryption).toMatchObject({ isDecrypted: true, keyPair: 'Orders' });
    expect(found.signature).toMatchObject({ isOk: true, errors: [] });
    await expectOpened(found);
  });

  test('signed, encrypted for somebody else: the signature is OK, the content stays closed', async () => {
    const found = await read(asMail(await workshop.sign(await workshop.encrypt(entity, orders, '-aes256'), ada)), {
      keyPairs: async () => [],
    });
    expect(found.signature).toMatchObject({ isOk: true });
    expect(found.encryption).toMatchObject({ isEncrypted: true, isDecrypted: false });
    expect(found.message.attachments).toMatchObject([{ name: 'smime.p7m' }]);
  });
});

test('a flood of changes to good CMS never does worse than an unreadable mail, and never makes a changed content look signed', async () => {
  const [signed, encrypted] = await Promise.all([
    workshop.sign(entity, ada, '-nodetach', '-outform', 'DER'),
    workshop.encrypt(entity, orders, '-aes-256-gcm', '-outform', 'DER'),
  ]);
  for (const [der, type] of [
    [signed, 'signed-data'],
    [encrypted, 'enveloped-data'],
  ] as const) {
    for (let at = 0; at < der.length; at += 7) {
      const changed = Buffer.from(der);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      const found = await read(asMail(cmsMail(changed, type))).catch((error: unknown) => {
        // The content lost the boundary of its parts, for example.
        expect(error).toMatchObject({ code: 'MAIL_NOT_PARSEABLE' });
      });
      if (!found) continue;
      const { signature, encryption, message } = found;
      // What nobody signed, such as the order of what stands around it, may change.
      if (signature['isOk']) expect(message.body.text).toContain('Grüße aus dem Umschlag');
      if (encryption['isDecrypted']) expect(message.body.text).toContain('Grüße aus dem Umschlag');
    }
  }
}, 60_000);

test('a megabyte of brackets in From does not hold up a signed mail', async () => {
  const mail = await workshop.sign(entity, ada);
  for (const piece of ['(', '<', '"', 'a,', '@', ':;', '=?utf-8?B?YQ==?= ']) {
    const started = performance.now();
    const { signature } = await read(asMail(mail, `From: ${piece.repeat(700_000 / piece.length)}\r\n`));
    expect(signature).toMatchObject({ isSigned: true, isOk: false });
    expect(performance.now() - started).toBeLessThan(5_000);
  }
}, 60_000);

test('a signed and encrypted mail of 20 MB is opened in a few seconds, leaves time for others, and keeps little memory', async () => {
  const big = randomBytes(14 * 1024 * 1024);
  const bigEntity = nested('mixed', [html('<p>big</p>'), file('big.bin', big)], 'inner');
  const mail = asMail(await workshop.encrypt(await workshop.sign(bigEntity, ada), orders, '-aes256'));
  expect(mail.length).toBeGreaterThan(20 * 1024 * 1024);
  let longestMs = 0;
  let peakMb = 0;
  let last = performance.now();
  const usedMb = () => {
    const { heapUsed, external } = process.memoryUsage();
    return (heapUsed + external) / 1024 / 1024;
  };
  const before = usedMb();
  const watch = setInterval(() => {
    longestMs = Math.max(longestMs, performance.now() - last);
    last = performance.now();
    peakMb = Math.max(peakMb, usedMb() - before);
  }, 5);
  const started = performance.now();
  const { signature, encryption, message, contentOf } = await read(mail);
  const seconds = (performance.now() - started) / 1_000;
  expect(
    createHash('sha256')
      .update(await contentOf(0))
      .digest('hex'),
  ).toBe(createHash('sha256').update(big).digest('hex'));
  clearInterval(watch);
  expect({ signature, encryption }).toMatchObject({ signature: { isOk: true }, encryption: { isDecrypted: true } });
  expect(message.attachments).toMatchObject([{ sizeBytes: big.length }]);
  expect(seconds).toBeLessThan(15);
  expect(longestMs).toBeLessThan(2_000);
  expect(peakMb).toBeLessThan(400);
}, 60_000);
