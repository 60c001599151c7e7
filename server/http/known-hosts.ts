import type { KnownHostsView } from '../../shared/api/known-hosts.ts';
import { sshPort } from '../../shared/catalog/sftp-receiver.ts';
import { FlowError } from '../../shared/errors.ts';
import { knownHostName, readKnownHosts } from '../../shared/known-hosts.ts';
import { parseAddress } from '../../shared/mail-address.ts';
import type { KnownHostsRow } from '../ports/security.ts';
import { whenLeft } from './downloads.ts';
import type { HttpParts } from './parts.ts';
import type { Handlers } from './route.ts';
import { nameOf, visitorOf } from './visitor.ts';

const scanTimeoutMs = 10_000;

export function knownHostsRoutes({
  knownHosts,
  scanHostKeys,
}: Pick<HttpParts, 'knownHosts' | 'scanHostKeys'>): Pick<
  Handlers,
  'listKnownHosts' | 'createKnownHosts' | 'saveKnownHosts' | 'deleteKnownHosts' | 'scanHostKeys'
> {
  const missing = (id: string) => new FlowError('NOT_FOUND', { what: 'Known Hosts artifact', id });
  const stored = async (name: string) => (await knownHosts.list()).find((row) => row.name === name);

  return {
    listKnownHosts: async () => ({ items: (await knownHosts.list()).map(present), nextCursor: null }),

    async createKnownHosts({ body, request, note }) {
      const created = await knownHosts.create(body, nameOf(visitorOf(request)));
      note({ after: audited(created) });
      return present(created);
    },

    async saveKnownHosts({ params: { name }, body, request, note }) {
      note({ before: audited(await stored(name)) });
      const saved = await knownHosts.save(name, body, nameOf(visitorOf(request)));
      if (!saved) throw missing(name);
      note({ name, after: audited(saved) });
      return present(saved);
    },

    async deleteKnownHosts({ params: { name }, note }) {
      note({ name, before: audited(await stored(name)) });
      if (!(await knownHosts.remove(name))) throw missing(name);
      return null;
    },

    async scanHostKeys({ body: { address }, response, note }) {
      note({ name: address });
      const server = parseAddress(address, sshPort);
      if (!server) throw new FlowError('SSH_UNREACHABLE', { address });
      const keys = await scanHostKeys({ ...server, timeoutMs: scanTimeoutMs }, whenLeft(response));
      const host = knownHostName(server.host, server.port);
      return { keys: keys.map(({ type, fingerprint, key }) => ({ type, fingerprint, line: `${host} ${type} ${key}` })) };
    },
  };
}

function present(row: KnownHostsRow): KnownHostsView {
  return {
    name: row.name,
    description: row.description,
    text: row.text,
    deployedAt: row.deployedAt.toISOString(),
    deployedBy: row.deployedBy,
    usedBy: row.usedBy,
  };
}

/** Who is believed, for the audit log. */
function audited(row: KnownHostsRow | undefined) {
  if (!row) return undefined;
  const { entries } = readKnownHosts(row.text);
  return {
    description: row.description,
    hosts: entries.map(({ hosts, type, isRevoked }) => `${isRevoked ? '@revoked ' : ''}${hosts} ${type}`),
  };
}
