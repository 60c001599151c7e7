import { createHash } from 'node:crypto';
import tls from 'node:tls';
import type { Secrets } from '../../server/ports/secrets.ts';
import { bytesOf } from '../../server/testing/bytes-of.ts';
import { eventually } from '../../server/testing/eventually.ts';
import type { ProbeStage } from '../../shared/probe.ts';
import { channel, codeOf, probe, visit, type Channel } from './channel.ts';
import { inLanes } from './lanes.ts';
import type { Attempt, Mailbox, TestedServer, Witness } from './servers.ts';
import { cells, expected, situations, type Cell, type Expectation, type Situation } from './sign-in-rules.ts';
import type { Row, Section } from './table.ts';
import type { TokenFor } from './tokens.ts';

/** Every combination of server, protocol, protection, authentication and situation, seen from both sides. */
export async function signInSection(servers: TestedServer[], tokenFor: TokenFor, lanes: number): Promise<Section> {
  const { cells: all, leftOut } = cells(servers.map(({ facts }) => facts));
  const inTurn = async (chosen: Cell[]) =>
    inLanes(chosen, lanes, async (cell) => ({ cell, tried: await tryCell(cell, servers, tokenFor) }));

  // Which authorities the machine knows is one setting of the whole process, so these rows come after each other.
  const isUnknown = ({ situation }: Cell) => situation.endsWith('Certificate');
  const unknown = await inTurn(all.filter(isUnknown));
  const systemAuthorities = tls.getCACertificates('default');
  tls.setDefaultCACertificates([...systemAuthorities, ...servers.map(({ ca }) => ca)]);
  const known = await inTurn(all.filter((cell) => !isUnknown(cell))).finally(() => tls.setDefaultCACertificates(systemAuthorities));

  const found = new Map([...unknown, ...known].map(({ cell, tried }) => [cell, tried]));
  const rows = await inLanes(all, lanes, async (cell) => rowOf(cell, found.get(cell)));
  const out = [...leftOut].map(([reason, count]) => `${count} (${reason})`);
  return {
    title: 'Sign-in',
    columns: ['server', 'protocol', 'protection', 'authentication', 'situation'],
    rows,
    remarks: [
      `${all.length} cells; left out by rule: ${out.join(', ')}.`,
      'Each row makes a visit (list, fetch, compare) and a connection test; the mechanism is what the server saw: in the log of Dovecot, on the wire of Cyrus,',
      "which logs to syslog only. Where TLS hides the wire it is the connection test's word; the servers that offer one mechanism only confirm it.",
    ],
  };
}

interface Tried {
  mailbox: Mailbox;
  witness: Witness;
  /** Code of the error, or how the visit went. */
  visit: string;
  probe: ProbeStage[];
}

async function tryCell(cell: Cell, servers: TestedServer[], tokenFor: TokenFor): Promise<Tried> {
  const server = servers.find(({ facts }) => facts === cell.server);
  const another = servers.find(({ ca }) => ca !== server?.ca);
  if (!server || !another) throw new Error(`no server ${cell.server.name}, or no other`);
  const mailbox = await server.borrowMailbox();
  const witness = await server.witness(server.port(cell.protocol, cell.protection));
  try {
    const certificates = new Map([
      ['of this server', server.ca],
      ['of another server', another.ca],
    ]);
    const to = channelOf(cell, mailbox, witness.port, {
      useAccessToken: async (name) => ({ name, user: mailbox.user, token: await tokenOf(cell, mailbox, tokenFor) }),
      trustedCertificate: async (name) => certificates.get(name) ?? '',
    });
    return { mailbox, witness, visit: await readOneMail(to, mailbox).catch(codeOf), probe: await probe(to) };
  } finally {
    mailbox.giveBack();
  }
}

/** A server that offers no such mechanism must not get to see a token, so there any will do. */
async function tokenOf(cell: Cell, { user }: Mailbox, tokenFor: TokenFor): Promise<string> {
  return expected(cell).outcome === 'signed-in' ? tokenFor(user) : 'no-token-at-all';
}

function channelOf(cell: Cell, mailbox: Mailbox, port: number, deployed: Partial<Secrets>): Channel {
  const { protocol, protection, authentication, situation } = cell;
  // 0.0.0.0 reaches this machine, but is none of the loopback names.
  const host = situation === 'elsewhere' || situation === 'elsewhereAllowed' ? '0.0.0.0' : 'localhost';
  const password = situation === 'wrongSecret' ? `${mailbox.password}x` : mailbox.password;
  const trusted: Partial<Record<Situation, string>> = { trustedCertificate: 'of this server', otherCertificate: 'of another server' };
  return channel(
    {
      protocol,
      protection,
      authentication,
      address: `${host}:${port}`,
      allowUnprotected: situation === 'elsewhereAllowed',
      trustedCertificate: trusted[situation] ?? '',
    },
    { user: mailbox.user, password },
    deployed,
  );
}

/** @returns `read`, with what is remarkable about it */
async function readOneMail(to: Channel, mailbox: Mailbox): Promise<string> {
  const [kept] = await mailbox.mails();
  return visit(to, async (session) => {
    const { mails, notes } = await session.list();
    const hashes: string[] = [];
    for await (const { bytes } of session.fetch(mails)) hashes.push(sha256(await bytesOf(bytes)));
    await session.close();
    const isEqual = hashes.length === 1 && kept !== undefined && hashes[0] === sha256(kept.raw);
    const said = notes.some((note) => note.includes('did not offer STARTTLS')) ? `, ${saidOpen}` : '';
    return isEqual ? `read${said}` : `${hashes.length} mails, not the one that was delivered`;
  });
}

const saidOpen = 'said that it stays open';
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

async function rowOf(cell: Cell, tried: Tried | undefined): Promise<Row> {
  if (!tried) throw new Error('a cell was not tried');
  const wanted = expected(cell);
  const { server, protocol, protection, authentication, situation } = cell;
  try {
    return {
      about: [server.name, protocol, protection, authentication, situations[situation]],
      wanted: wantedText(cell, wanted),
      happened: await happenedText(tried),
    };
  } finally {
    await tried.witness.close();
    tried.mailbox.close();
  }
}

function wantedText({ protection }: Cell, wanted: Expectation): string {
  if (!('mechanism' in wanted)) return wanted.outcome;
  const how = `${wanted.mechanism} ${wanted.isEncrypted ? 'over TLS' : 'in clear'}`;
  if (wanted.outcome !== 'signed-in') return `${wanted.outcome}, ${how}`;
  return protection === 'starttls-optional' && !wanted.isEncrypted ? `read, ${saidOpen}, ${how}` : `read, ${how}`;
}

/** Puts together what the visit, the connection test and the witness say; as short as the wanted text where they agree. */
async function happenedText(tried: Tried): Promise<string> {
  const failed = tried.probe.find(({ state }) => state === 'failed');
  const probed = failed ? (failed.error?.code ?? failed.sentence) : 'read';
  const parts = [tried.visit];
  if (probed !== tried.visit.replace(`, ${saidOpen}`, '')) parts.push(`connection test: ${probed}`);
  const attempts = await seenAttempts(tried);
  const seen = attempts ? attemptsText(attempts, tried.visit.startsWith('read')) : ownWord(tried.probe);
  if (seen !== '') parts.push(seen);
  return parts.join(', ');
}

/** A log is written a little later; both the visit and the connection test must have been seen where the server answered them. */
async function seenAttempts({ mailbox, witness, visit: went }: Tried): Promise<Attempt[] | undefined> {
  const least = went.startsWith('read') || went.endsWith('_REFUSED') ? 2 : 0;
  const enough = async () => {
    const attempts = await witness.attempts(mailbox.user);
    return attempts === undefined || attempts.length >= least;
  };
  await eventually(enough, { deadlineMs: 5_000 }).catch(() => {});
  return witness.attempts(mailbox.user);
}

function attemptsText(attempts: Attempt[], isWelcome: boolean): string {
  const texts = attempts.map(({ mechanism, isEncrypted, isAccepted = isWelcome }) => {
    const odd = isAccepted === isWelcome ? '' : ` (the server says: ${isAccepted ? 'welcome' : 'refused'})`;
    return `${mechanism} ${isEncrypted ? 'over TLS' : 'in clear'}${odd}`;
  });
  return [...new Set(texts)].join(' and ');
}

/** What the connection test says of its own sign-in: `SCRAM-SHA-256 (the server offers …).`, `USER/PASS.` */
function ownWord(stages: ProbeStage[]): string {
  const mechanism = stages.find(({ stage, state }) => stage === 'mechanism' && state !== 'failed');
  return mechanism ? `${mechanism.sentence.replace(/[ .].*/, '')} over TLS` : '';
}
