import { configView, fieldsOf, type AnyDescription, type ConfigView, type CredentialKind, type Field } from './catalog/define.ts';
import type { Problem } from './problem.ts';
import type { OAuth2State } from './status.ts';

/** Whether the deployed artifacts that a node names are there, of the right kind, and may be used as it uses them. */

/** What the check knows of the world outside the drawing. */
export interface CheckFacts {
  /** Without a kind it is a User Credentials artifact. Those of OAuth2 have a state. */
  credentials: { name: string; kind?: CredentialKind; allowedHosts: string[]; state?: OAuth2State }[];
  /** Certificates deployed as trusted; undefined where nobody has looked. */
  certificates?: { name: string; isExpired?: boolean }[];
  knownHosts?: { name: string }[];
  keyPairs?: { name: string; isOfSsh: boolean }[];
}

/** What is deployed, as stores and API list it. */
export interface DeployedArtifacts {
  credentials: { name: string; allowedHosts: string[] }[];
  oauth2Credentials: { name: string; allowedHosts: string[]; state: OAuth2State }[];
  oauth2Clients: { name: string; allowedHosts: string[]; state: OAuth2State }[];
  secureParameters: { name: string; allowedHosts: string[] }[];
  certificates: { name: string; certificates: { validTo: string }[] }[];
  knownHosts: { name: string }[];
  keyPairs: { name: string; sshPublicKey: string }[];
}

export function artifactFacts(
  { credentials, oauth2Credentials, oauth2Clients, secureParameters, certificates, knownHosts, keyPairs }: DeployedArtifacts,
  now: Date,
): CheckFacts {
  return {
    credentials: [
      ...credentials.map(({ name, allowedHosts }) => ({ name, allowedHosts })),
      ...oauth2Credentials.map(({ name, allowedHosts, state }) => ({ name, allowedHosts, state, kind: 'oauth2' as const })),
      ...oauth2Clients.map(({ name, allowedHosts, state }) => ({ name, allowedHosts, state, kind: 'oauth2-client' as const })),
      ...secureParameters.map(({ name, allowedHosts }) => ({ name, allowedHosts, kind: 'parameter' as const })),
    ],
    certificates: certificates.map(({ name, certificates: chain }) => ({
      name,
      isExpired: chain.every(({ validTo }) => new Date(validTo) < now),
    })),
    knownHosts: knownHosts.map(({ name }) => ({ name })),
    keyPairs: keyPairs.map(({ name, sshPublicKey }) => ({ name, isOfSsh: sshPublicKey !== '' })),
  };
}

type FieldProblem = Omit<Problem, 'nodeId'>;

export function checkArtifacts(description: AnyDescription, typed: Record<string, unknown>, facts: CheckFacts): FieldProblem[] {
  const view = configView(description, typed);
  return fieldsOf(description).flatMap((field) => {
    const name = view[field.key];
    if (typeof name !== 'string' || name === '' || !(field.info.when?.(view) ?? true)) return [];
    if (field.info.control === 'credential') return problems(checkCredential(field, view, name, facts));
    if (field.info.control === 'certificate') return problems(checkCertificate(field, name, facts));
    if (field.info.control === 'known-hosts')
      return problems(checkThere(field, name, 'KNOWN_HOSTS_NOT_DEPLOYED', 'Known Hosts artifact', facts.knownHosts));
    if (field.info.control === 'key-pair') return problems(checkKeyPair(field, name, facts));
    return [];
  });
}

const problems = (found: FieldProblem | undefined) => (found ? [found] : []);

const kindNames: Record<CredentialKind, string> = {
  user: 'User Credentials',
  oauth2: 'OAuth2 Authorization Code',
  'oauth2-client': 'OAuth2 Client Credentials',
  parameter: 'Secure Parameter',
};

function checkCredential({ key, info }: Field, view: ConfigView, name: string, { credentials }: CheckFacts): FieldProblem | undefined {
  const problem = (code: string, message: string, remedy: string, level: FieldProblem['level'] = 'error'): FieldProblem => ({
    field: key,
    level,
    code,
    message,
    remedy,
  });
  const kind = info.credential?.kind(view) ?? 'user';
  const credential = credentials.find((candidate) => candidate.name === name);
  if (!credential) {
    return problem(
      'CREDENTIAL_NOT_DEPLOYED',
      `No ${kindNames[kind]} artifact named '${name}' is deployed.`,
      'Create and deploy it here, or choose another.',
    );
  }
  const kindOf = credential.kind ?? 'user';
  if (kindOf !== kind) {
    return problem(
      'CREDENTIAL_OF_OTHER_KIND',
      `'${name}' is a ${kindNames[kindOf]} artifact, and this needs ${kindNames[kind]}.`,
      'Choose another artifact, or change Authentication.',
    );
  }
  const host = info.credential?.host(view);
  if (host !== undefined && !isHostAllowed(credential.allowedHosts, host)) {
    return problem(
      'CREDENTIAL_HOST_NOT_ALLOWED',
      `'${name}' may not be sent to ${host}.`,
      "Add the host to the artifact's allowed hosts, or choose another artifact.",
    );
  }
  if (credential.state === 'Unauthorized')
    return problem(
      'CREDENTIAL_NOT_AUTHORIZED',
      `'${name}' is not authorized yet.`,
      'Press Authorize and sign in at the provider.',
      'warning',
    );
  if (credential.state === 'Error')
    return problem(
      'CREDENTIAL_IN_ERROR',
      `The provider refuses '${name}'.`,
      'Look at the artifact under Security and do what its error says.',
      'warning',
    );
  return undefined;
}

function checkCertificate({ key }: Field, name: string, { certificates }: CheckFacts): FieldProblem | undefined {
  if (!certificates) return undefined;
  const found = certificates.find((candidate) => candidate.name === name);
  if (!found) {
    return {
      field: key,
      level: 'error',
      code: 'CERTIFICATE_NOT_DEPLOYED',
      message: `No trusted certificate named '${name}' is deployed.`,
      remedy: 'Choose another, or leave it empty and trust the certificate that the connection test shows.',
    };
  }
  if (!found.isExpired) return undefined;
  return {
    field: key,
    level: 'warning',
    code: 'CERTIFICATE_EXPIRED',
    message: `The trusted certificate '${name}' has expired.`,
    remedy: 'Deploy the one that the server shows now.',
  };
}

function checkKeyPair(field: Field, name: string, { keyPairs }: CheckFacts): FieldProblem | undefined {
  if (!keyPairs?.some((pair) => pair.name === name && !pair.isOfSsh))
    return checkThere(field, name, 'KEY_PAIR_NOT_DEPLOYED', 'key pair', keyPairs);
  return {
    field: field.key,
    level: 'error',
    code: 'KEY_PAIR_NOT_FOR_SSH',
    message: `'${name}' has a kind of key that SSH does not use.`,
    remedy: 'Choose a key pair with an RSA key, or one on the curve P-256, P-384 or P-521.',
  };
}

function checkThere(
  { key }: Field,
  name: string,
  code: string,
  what: string,
  deployed: { name: string }[] | undefined,
): FieldProblem | undefined {
  if (!deployed || deployed.some((candidate) => candidate.name === name)) return undefined;
  return {
    field: key,
    level: 'error',
    code,
    message: `No ${what} named '${name}' is deployed.`,
    remedy: 'Deploy it here or under Security, or choose another.',
  };
}

/** `*.example.com` admits every host below example.com; everything else is compared as it is. */
export function isHostAllowed(allowedHosts: string[], host: string): boolean {
  const wanted = host.toLowerCase();
  return allowedHosts.some((entry) => {
    const allowed = entry.toLowerCase();
    return allowed.startsWith('*.') ? wanted.endsWith(allowed.slice(1)) : wanted === allowed;
  });
}
