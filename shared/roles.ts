/** Who may do what. Each route of the API names what it needs (`may`); a role is what its people hold. */

export const roles = ['administrator', 'developer', 'operator', 'viewer'] as const;
export type Role = (typeof roles)[number];

export const permissions = [
  'see',
  'payload',
  'design',
  'deploy',
  'operate',
  'trace',
  'probe',
  'material-add',
  'material',
  'administer',
] as const;
export type Permission = (typeof permissions)[number];

/** What a permission covers, as people read it. */
export const permissionWords: Record<Permission, string> = {
  see: 'see flows, states, messages without their content, alerts and the own account',
  payload: 'see what mails hold: headers, body, attachments, raw mail',
  design: 'create, change, simulate and delete flows',
  deploy: 'deploy and undeploy flows',
  operate: 'retry, cancel and release messages, poll now, release locks, acknowledge alerts',
  trace: 'change the log level of a flow',
  probe: 'test connections and credentials',
  'material-add': 'add security material',
  material: 'change and delete security material',
  administer: 'manage users, tokens of others, alert targets, retention and erasure, and read the audit log',
};

interface RoleFacts {
  title: string;
  about: string;
  may: readonly Permission[];
}

export const roleTable: Record<Role, RoleFacts> = {
  administrator: { title: 'Administrator', about: 'May do everything.', may: permissions },
  developer: {
    title: 'Developer',
    about: 'Designs and deploys flows, and sees what mails hold.',
    may: ['see', 'payload', 'design', 'deploy', 'trace', 'probe', 'material-add'],
  },
  operator: {
    title: 'Operator',
    about: 'Watches flows, retries, cancels and releases messages.',
    may: ['see', 'payload', 'operate', 'trace', 'probe'],
  },
  viewer: { title: 'Viewer', about: 'Sees what happens, but not what mails hold.', may: ['see'] },
};

/** `anyone` asks for no session or token; of several permissions one is enough. */
export type Wanted = Permission | readonly Permission[] | 'anyone';

export function mayAny(held: readonly Permission[], wanted: Wanted): boolean {
  if (wanted === 'anyone') return true;
  return typeof wanted === 'string' ? held.includes(wanted) : wanted.some((one) => held.includes(one));
}

/** A role that may do nothing that `holder` may not, so that nobody hands out more than they have. */
export function isWithin(role: Role, holder: readonly Permission[]): boolean {
  return roleTable[role].may.every((permission) => holder.includes(permission));
}

/** A role that this version does not know allows the least. */
export function roleOf(stored: string): Role {
  return roles.find((role) => role === stored) ?? 'viewer';
}
