import { z } from 'zod';
import { maxKnownHostsLength } from '../known-hosts.ts';
import { artifactDescription, credentialName, usedBy } from './artifacts.ts';
import { byName, list, route, time } from './route.ts';

/** Known Hosts artifacts: which keys SSH servers have. */

const knownHostsSchema = z.object({
  name: z.string(),
  description: z.string(),
  /** Lines of a known_hosts file of OpenSSH. */
  text: z.string(),
  deployedAt: time,
  deployedBy: z.string(),
  usedBy,
});

export type KnownHostsView = z.output<typeof knownHostsSchema>;

const text = z.string().min(1, 'must not be empty').max(maxKnownHostsLength);

const hostKeySchema = z.object({
  /** `ssh-ed25519` */
  type: z.string(),
  /** `SHA256:…` */
  fingerprint: z.string(),
  /** As it is entered into the artifact. */
  line: z.string(),
});

export type HostKeyView = z.output<typeof hostKeySchema>;

export const knownHostsRoutes = {
  listKnownHosts: route({
    may: 'see',
    method: 'GET',
    path: '/known-hosts',
    summary: 'Known Hosts artifacts with their lines',
    answer: list(knownHostsSchema),
  }),
  createKnownHosts: route({
    may: 'material-add',
    method: 'POST',
    path: '/known-hosts',
    summary: 'Deploy lines of a known_hosts file under a name',
    body: z.object({ name: credentialName, description: artifactDescription, text }),
    answer: knownHostsSchema,
  }),
  saveKnownHosts: route({
    may: 'material',
    method: 'PUT',
    path: '/known-hosts/:name',
    summary: 'Change and redeploy',
    params: byName,
    body: z.object({ description: z.string().max(2_000), text }),
    answer: knownHostsSchema,
  }),
  deleteKnownHosts: route({
    may: 'material',
    method: 'DELETE',
    path: '/known-hosts/:name',
    summary: 'Delete an artifact that no deployed flow uses',
    params: byName,
  }),
  scanHostKeys: route({
    may: 'probe',
    audit: 'view',
    rate: 'heavy',
    method: 'POST',
    path: '/known-hosts/scan',
    summary: 'Which keys an SSH server shows; nobody signs in, and nothing is trusted by it',
    body: z.object({ address: z.string().trim().min(1, 'must not be empty').max(300) }),
    answer: z.object({ keys: z.array(hostKeySchema) }),
  }),
};
