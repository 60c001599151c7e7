import type { Response } from 'express';
import type { MaterialTestLine, MaterialValue } from '../../shared/api/material.ts';
import type { MaterialKind } from '../../shared/material.ts';
import { isHostAllowed } from '../../shared/check-artifacts.ts';
import { FlowError } from '../../shared/errors.ts';
import { readKnownHosts } from '../../shared/known-hosts.ts';
import { roleTable } from '../../shared/roles.ts';
import type { NamingControl } from '../ports/material.ts';
import type { Secrets } from '../ports/secrets.ts';
import type { Visitor } from '../ports/security.ts';
import { testMaterial } from '../runtime/material-test.ts';
import { whenLeft } from './downloads.ts';
import type { HttpParts } from './parts.ts';
import {
  materialOfCertificate,
  materialOfCredential,
  materialOfKeyPair,
  materialOfKnownHosts,
  materialOfOAuth2,
  materialOfOAuth2Client,
  materialOfParameter,
} from './present-material.ts';
import type { Handlers, StreamHandlers } from './route.ts';
import { visitorOf } from './visitor.ts';

export function materialRoutes({
  credentials,
  oauth2Credentials,
  oauth2Clients,
  secureParameters,
  certificates,
  keyPairs,
  knownHosts,
  clock,
}: Pick<
  HttpParts,
  'credentials' | 'oauth2Credentials' | 'oauth2Clients' | 'secureParameters' | 'certificates' | 'keyPairs' | 'knownHosts' | 'clock'
>): Pick<Handlers, 'listMaterial'> {
  return {
    async listMaterial() {
      const now = clock.now();
      const [users, authorizations, clients, parameters, trusted, pairs, hosts] = await Promise.all([
        credentials.list(),
        oauth2Credentials.list(),
        oauth2Clients.list(),
        secureParameters.list(),
        certificates.list(),
        keyPairs.list(),
        knownHosts.list(),
      ]);
      const items = [
        ...users.map(materialOfCredential),
        ...authorizations.map((row) => materialOfOAuth2(row, now)),
        ...clients.map(materialOfOAuth2Client),
        ...parameters.map(materialOfParameter),
        ...trusted.map((row) => materialOfCertificate(row, now)),
        ...pairs.map((row) => materialOfKeyPair(row, now)),
        ...hosts.map(materialOfKnownHosts),
      ];
      return { items, nextCursor: null };
    },
  };
}

/** Longer than any test of one field; there may be many. */
const testTimeoutMs = 5 * 60_000;

/** The test of an artifact: one line for each change of state of each field that names it. It ends when the visitor leaves. */
export function materialStreams(parts: HttpParts): Pick<StreamHandlers, 'testMaterial'> {
  return {
    async testMaterial({ params: { kind, name }, body: { value }, request, response, note }) {
      note({ id: name, name });
      await requireThere(parts, kind, name);
      requireMayTrust(visitorOf(request), value);
      const uses = await parts.artifactUses.toTest(namedBy[kind], name);
      const write = lineWriter(response);
      const lines = uses.map(({ use }, index): MaterialTestLine => ({ index, use, state: 'waiting', sentence: '', error: null }));
      for (const line of lines) write(line);
      const signal = AbortSignal.any([whenLeft(response), AbortSignal.timeout(testTimeoutMs)]);
      try {
        await testMaterial({
          uses,
          behaviours: parts.behaviours,
          secrets: withValue(parts, name, value),
          signal,
          log: parts.log,
          report: (index, state) => {
            const line = lines[index];
            if (line) write({ ...line, ...state });
          },
        });
      } catch (error) {
        // What is still waiting says so; nobody listens any more, or it took too long.
        if (!signal.aborted) throw error;
      }
      response.end();
    },
  };
}

/**
 * Whom to trust is for those who may change it: with a key of their own somebody in between would get the deployed password.
 *
 * @throws NOT_ALLOWED, KNOWN_HOSTS_NOT_READABLE
 */
function requireMayTrust({ role, may }: Visitor, { pem, knownHosts }: MaterialValue): void {
  if (pem === undefined && knownHosts === undefined) return;
  if (!may.includes('material')) throw new FlowError('NOT_ALLOWED', { role: roleTable[role].title, permission: 'material' });
  const [problem] = knownHosts === undefined ? [] : readKnownHosts(knownHosts).problems;
  if (problem) throw new FlowError('KNOWN_HOSTS_NOT_READABLE', { ...problem });
}

/** The control of the fields that name an artifact. */
const namedBy: Record<MaterialKind, NamingControl> = {
  credential: 'credential',
  oauth2: 'credential',
  'oauth2-client': 'credential',
  parameter: 'credential',
  certificate: 'certificate',
  'known-hosts': 'known-hosts',
  'key-pair': 'key-pair',
};

/** @throws NOT_FOUND */
async function requireThere(parts: HttpParts, kind: MaterialKind, name: string): Promise<void> {
  const lists = {
    credential: parts.credentials,
    oauth2: parts.oauth2Credentials,
    'oauth2-client': parts.oauth2Clients,
    parameter: parts.secureParameters,
    certificate: parts.certificates,
    'known-hosts': parts.knownHosts,
    'key-pair': parts.keyPairs,
  };
  const found = (await lists[kind].list()).some((row) => row.name === name);
  if (!found) throw new FlowError('NOT_FOUND', { what: 'artifact', id: name });
}

/**
 * Hands out what is to be tried in the place of what is deployed. The hosts it may be sent to are those that are deployed: a test is no
 * way around them.
 */
function withValue(
  { secrets, credentials, oauth2Clients, secureParameters }: HttpParts,
  tested: string,
  { user, password, secret, clientSecret, knownHosts, pem }: MaterialValue,
): Secrets {
  return {
    ...secrets,
    async useCredential(name, host) {
      if (name !== tested || (user === undefined && password === undefined)) return secrets.useCredential(name, host);
      const deployed = (await credentials.list()).find((row) => row.name === name);
      if (!deployed) throw new FlowError('CREDENTIAL_NOT_DEPLOYED', { name });
      if (!isHostAllowed(deployed.allowedHosts, host)) throw new FlowError('CREDENTIAL_HOST_NOT_ALLOWED', { name, host });
      return {
        name,
        user: user ?? deployed.user,
        password: password ?? (await secrets.useCredential(name, host)).password,
      };
    },
    async useParameter(name, host) {
      if (name !== tested || secret === undefined) return secrets.useParameter(name, host);
      const deployed = (await secureParameters.list()).find((row) => row.name === name);
      if (!deployed) throw new FlowError('CREDENTIAL_NOT_DEPLOYED', { name, kind: 'Secure Parameter' });
      if (!isHostAllowed(deployed.allowedHosts, host)) throw new FlowError('CREDENTIAL_HOST_NOT_ALLOWED', { name, host });
      return secret;
    },
    useClientToken: async (name, host, refused) =>
      name === tested && clientSecret !== undefined
        ? oauth2Clients.tryOut(name, host, clientSecret)
        : secrets.useClientToken(name, host, refused),
    knownHosts: async (name) => (name === tested && knownHosts !== undefined ? knownHosts : secrets.knownHosts(name)),
    trustedCertificate: async (name) => (name === tested && pem !== undefined ? pem : secrets.trustedCertificate(name)),
  };
}

function lineWriter(response: Response): (line: MaterialTestLine) => void {
  // Proxies must hand out every line at once.
  response.set({ 'Content-Type': 'application/x-ndjson', 'X-Accel-Buffering': 'no' });
  response.flushHeaders();
  return (line) => {
    if (!response.writableEnded && !response.destroyed) response.write(`${JSON.stringify(line)}\n`);
  };
}
