import tls from 'node:tls';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { mailSender, type MailSenderConfig } from '../../../shared/catalog/mail-sender.ts';
import type { ProbeStage } from '../../../shared/probe.ts';
import { FlowError } from '../../../shared/errors.ts';
import { certificateMaker, type Authority, type CertificateMaker, type Issued } from '../../testing/certificates.ts';
import { startMailServer, type MailServer, type MailUser } from '../../testing/mail-server.ts';
import { secretsOf } from '../../testing/secrets.ts';
import { silentLog } from '../../testing/silent-log.ts';
import type { Listing } from '../../ports/mailbox.ts';
import { mailSenderAdapter } from '../mail-sender.ts';

interface Shown {
  server: MailServer;
  user: MailUser;
  /** Its own certificate alone. */
  leaf: string;
}

type Kind =
  'selfSigned' | 'selfSignedOther' | 'selfSignedExpired' | 'issued' | 'issuedOther' | 'issuedExpired' | 'endsSoon' | 'incomplete' | 'whole';

let maker: CertificateMaker;
let root: Authority;
let below: Authority;
const servers = new Map<Kind, Shown>();

beforeAll(async () => {
  maker = await certificateMaker();
  root = await maker.authority('Root of the test');
  below = await root.delegate('Office below it');
  const ofOffice = await below.issue();
  const kinds: Record<Kind, Issued> = {
    selfSigned: await maker.selfSigned(),
    selfSignedOther: await maker.selfSigned({ names: ['appliance.local'] }),
    selfSignedExpired: await maker.selfSigned({ days: -1 }),
    issued: await root.issue(),
    issuedOther: await root.issue({ names: ['mail.example.com', 'imap.example.com'] }),
    issuedExpired: await root.issue({ days: -1 }),
    endsSoon: await root.issue({ days: 5 }),
    incomplete: ofOffice,
    whole: { ...ofOffice, cert: ofOffice.cert + below.cert },
  };
  await Promise.all(
    Object.entries(kinds).map(async ([kind, certificate]) => {
      const server = await startMailServer({ certificate });
      servers.set(kind as Kind, { server, user: await server.createUser(), leaf: pemBlocks(certificate.cert)[0] ?? '' });
    }),
  );
});

afterAll(async () => {
  await Promise.all([...servers.values()].map(({ server }) => server.stop()));
  await maker.clear();
});

const pemBlocks = (pem: string) => pem.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? [];

/** The four forms in which a server shows its certificate. */
const forms = (['imap4', 'pop3'] as const).flatMap((protocol) =>
  (['tls', 'starttls-mandatory'] as const).map((protection) => ({ protocol, protection })),
);
type Form = (typeof forms)[number];

function shownBy(kind: Kind): Shown {
  const shown = servers.get(kind);
  if (!shown) throw new Error(`no server shows ${kind}`);
  return shown;
}

function visitOf(kind: Kind, { protocol, protection }: Form, trusted?: string) {
  const { server, user } = shownBy(kind);
  const { imap, imaps, pop3, pop3s } = server.ports;
  const port = protection === 'tls' ? (protocol === 'imap4' ? imaps : pop3s) : protocol === 'imap4' ? imap : pop3;
  const config = mailSender.config.parse({
    protocol,
    protection,
    address: `localhost:${port}`,
    timeoutMs: 10_000,
    credential: 'mailbox',
    postProcessing: 'none',
    trustedCertificate: trusted === undefined ? '' : 'pinned',
  } satisfies Partial<MailSenderConfig>);
  const secrets = secretsOf({
    useCredential: async (name) => ({ name, user: user.user, password: user.password }),
    trustedCertificate: async (name) => {
      if (name !== 'pinned' || trusted === undefined) throw new FlowError('CERTIFICATE_NOT_DEPLOYED', { name });
      return trusted;
    },
  });
  return { config, context: { secrets, signal: new AbortController().signal, log: silentLog } };
}

async function listed(kind: Kind, form: Form, trusted?: string): Promise<Listing> {
  const { config, context } = visitOf(kind, form, trusted);
  const session = await mailSenderAdapter.open(config, context);
  try {
    return await session.list();
  } finally {
    session.destroy();
  }
}

async function outcome(kind: Kind, form: Form, trusted?: string): Promise<string> {
  try {
    await listed(kind, form, trusted);
    return 'accepted';
  } catch (error) {
    return error instanceof FlowError ? error.code : String(error);
  }
}

async function probed(kind: Kind, form: Form, trusted?: string): Promise<ProbeStage[]> {
  const { config, context } = visitOf(kind, form, trusted);
  const reported: ProbeStage[] = [];
  await mailSenderAdapter.probe(config, context, (stage) => reported.push(stage));
  return reported;
}

describe.each(forms)('$protocol, $protection', (form) => {
  const of = (kind: Kind, trusted?: string) => outcome(kind, form, trusted);

  test('a certificate that vouches for itself is accepted only where exactly this one is trusted, for whatever name', async () => {
    expect(await of('selfSigned')).toBe('MAIL_CERTIFICATE_UNKNOWN');
    expect(await of('selfSigned', shownBy('selfSigned').leaf)).toBe('accepted');
    expect(await of('selfSigned', shownBy('selfSignedOther').leaf)).toBe('MAIL_CERTIFICATE_UNKNOWN');
    expect(await of('selfSignedOther')).toBe('MAIL_CERTIFICATE_UNKNOWN');
    expect(await of('selfSignedOther', shownBy('selfSignedOther').leaf)).toBe('accepted');
  });

  test('a certificate of an authority that is trusted counts for its names only', async () => {
    expect(await of('issued')).toBe('MAIL_CERTIFICATE_UNKNOWN');
    expect(await of('issued', root.cert)).toBe('accepted');
    expect(await of('issuedOther', root.cert)).toBe('MAIL_CERTIFICATE_WRONG_HOST');
    expect(await of('issuedOther', shownBy('issued').leaf)).toBe('MAIL_CERTIFICATE_UNKNOWN');
  });

  test('of an authority that nobody knows, exactly this certificate can be trusted', async () => {
    expect(await of('issued', shownBy('issued').leaf)).toBe('accepted');
    expect(await of('issuedOther', shownBy('issuedOther').leaf)).toBe('accepted');
    expect(await of('issued', shownBy('whole').leaf)).toBe('MAIL_CERTIFICATE_UNKNOWN');
  });

  test('an expired certificate is refused, trusted or not', async () => {
    expect(await of('issuedExpired', root.cert)).toBe('MAIL_CERTIFICATE_EXPIRED');
    expect(await of('issuedExpired', shownBy('issuedExpired').leaf)).toBe('MAIL_CERTIFICATE_EXPIRED');
    expect(await of('selfSignedExpired', shownBy('selfSignedExpired').leaf)).toBe('MAIL_CERTIFICATE_EXPIRED');
    expect(await of('selfSignedExpired')).toMatch(/^MAIL_CERTIFICATE_(UNKNOWN|EXPIRED)$/);
  });

  test('a chain that lacks a link is accepted where the missing link is trusted, alone or with the rest', async () => {
    expect(await of('incomplete', root.cert)).toBe('MAIL_CERTIFICATE_UNKNOWN');
    expect(await of('incomplete', below.cert)).toBe('accepted');
    expect(await of('incomplete', root.cert + below.cert)).toBe('accepted');
    expect(await of('whole', root.cert)).toBe('accepted');
  });

  test('what the server showed is told with the failure, and can be trusted as it is', async () => {
    const failed = (await probed('issuedOther', form)).at(-1);
    expect(failed).toMatchObject({ stage: 'protect', state: 'failed', error: { code: 'MAIL_CERTIFICATE_UNKNOWN' } });
    const [leaf] = failed?.facts?.certificates ?? [];
    expect(leaf).toMatchObject({
      subject: 'O=Test, CN=mail',
      issuer: 'CN=Root of the test',
      names: ['mail.example.com', 'imap.example.com'],
      fingerprint256: expect.stringMatching(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/),
      isSelfSigned: false,
    });
    expect(failed?.error?.message).toContain(`issuer Root of the test, SHA-256 ${leaf?.fingerprint256}`);
    expect(await of('issuedOther', leaf?.pem)).toBe('accepted');
  });

  test('the whole chain of an accepted certificate is told with version and cipher', async () => {
    const stage = (await probed('whole', form, root.cert)).find((report) => report.stage === 'protect' && report.state === 'done');
    expect(stage?.sentence).toMatch(/^TLSv1\.3 \(TLS_[A-Z0-9_]+\), certificate verified, valid for 59 more days\.$/);
    expect(stage?.facts?.certificates?.map(({ subject }) => subject)).toEqual([
      'O=Test, CN=mail',
      'CN=Office below it',
      'CN=Root of the test',
    ]);
    expect(stage?.facts?.certificates?.map(({ isSelfSigned }) => isSelfSigned)).toEqual([false, false, true]);
  });
});

describe('a trusted certificate', () => {
  const form = { protocol: 'imap4', protection: 'tls' } as const;

  test('is asked for only where Protection may use it', async () => {
    const { config, context } = visitOf('issued', form);
    const off = {
      ...config,
      protection: 'off' as const,
      trustedCertificate: 'missing',
      address: `localhost:${shownBy('issued').server.ports.imap}`,
    };
    const session = await mailSenderAdapter.open(off, context);
    session.destroy();
    await expect(mailSenderAdapter.open({ ...config, trustedCertificate: 'missing' }, context)).rejects.toMatchObject({
      code: 'CERTIFICATE_NOT_DEPLOYED',
    });
  });

  test.each(['no certificate', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'])(
    'that is %j is named as unreadable',
    async (pem) => {
      expect(await outcome('issued', form, pem)).toBe('MAIL_TRUSTED_CERTIFICATE_UNREADABLE');
    },
  );

  test('counts beside the authorities of this machine, also beside those that are set later', async () => {
    const other = shownBy('selfSigned').leaf;
    const authorities = tls.getCACertificates('default');
    expect(await outcome('issued', form, other)).toBe('MAIL_CERTIFICATE_UNKNOWN');
    tls.setDefaultCACertificates([...authorities, root.cert]);
    onTestFinished(() => tls.setDefaultCACertificates(authorities));
    expect(await outcome('issued', form, other)).toBe('accepted');
    expect(await outcome('selfSigned', form, other)).toBe('accepted');
  });
});

test.each(forms)('a certificate that soon ends is a warning of the test and a note of each poll ($protocol, $protection)', async (form) => {
  const { notes } = await listed('endsSoon', form, root.cert);
  expect(notes).toEqual([expect.stringMatching(/^The certificate of localhost:\d+ expires in 4 days, on \d{4}-\d\d-\d\d: /)]);
  const last = (await probed('endsSoon', form, root.cert)).filter(({ stage }) => stage === 'protect').at(-1);
  expect(last).toMatchObject({ state: 'warning', sentence: expect.stringContaining('valid for 4 more days') });
});
