import type { MaterialView } from '../../shared/api/material.ts';
import { FlowError, type ErrorView } from '../../shared/errors.ts';
import { expiryState, type MaterialState } from '../../shared/material.ts';
import type { Refusal } from '../ports/material.ts';
import type { OAuth2ClientRow, OAuth2CredentialRow } from '../ports/oauth2.ts';
import type { CertificateRow, CredentialRow, KeyPairRow, KnownHostsRow, SecureParameterRow } from '../ports/security.ts';

/** Artifacts of all kinds as one list shows them: how it stands with each, and until when it lasts. */

interface Standing {
  state: MaterialState;
  error: ErrorView | null;
  expiresAt: Date | null;
}

export function credentialStanding({ name, error, refusal }: SecureParameterRow): {
  state: 'Deployed' | 'Refused' | 'Error';
  error: ErrorView | null;
} {
  if (error) return { state: 'Error', error };
  return refusal ? { state: 'Refused', error: refusalView(name, refusal) } : { state: 'Deployed', error: null };
}

export function materialOfCredential(row: CredentialRow): MaterialView {
  return material('credential', row, { ...credentialStanding(row), expiresAt: null }, row.allowedHosts);
}

export function materialOfParameter(row: SecureParameterRow): MaterialView {
  return material('parameter', row, { ...credentialStanding(row), expiresAt: null }, row.allowedHosts);
}

export function materialOfOAuth2(row: OAuth2CredentialRow, now: Date): MaterialView {
  const standing = { error: row.error, expiresAt: row.refreshTokenUntil };
  if (row.state !== 'Deployed') return material('oauth2', row, { ...standing, state: row.state }, row.allowedHosts);
  if (row.refusal) {
    return material('oauth2', row, { ...standing, state: 'Refused', error: refusalView(row.name, row.refusal) }, row.allowedHosts);
  }
  // It is renewed by itself, however short it lasts: only its end matters.
  const isOver = row.refreshTokenUntil !== null && row.refreshTokenUntil <= now;
  return material('oauth2', row, { ...standing, state: isOver ? 'Expired' : 'Deployed' }, row.allowedHosts);
}

export function materialOfOAuth2Client(row: OAuth2ClientRow): MaterialView {
  return material('oauth2-client', row, { state: row.state, error: row.error, expiresAt: null }, row.allowedHosts);
}

/** What is trusted is worth as much as its weakest part. */
export function materialOfCertificate(row: CertificateRow, now: Date): MaterialView {
  const ends = row.certificates.map(({ validTo }) => Date.parse(validTo));
  return material('certificate', row, untilStanding(new Date(Math.min(...ends)), now), null);
}

/** Of a key pair its own certificate counts, which is the first. */
export function materialOfKeyPair(row: KeyPairRow, now: Date): MaterialView {
  const [own] = row.certificates;
  const standing = own ? untilStanding(new Date(own.validTo), now) : { state: 'Deployed' as const, error: null, expiresAt: null };
  return material('key-pair', row, row.error ? { ...standing, state: 'Error', error: row.error } : standing, null);
}

export function materialOfKnownHosts(row: KnownHostsRow): MaterialView {
  return material('known-hosts', row, { state: 'Deployed', error: null, expiresAt: null }, null);
}

function untilStanding(expiresAt: Date, now: Date): Standing {
  return { state: expiryState(expiresAt, now), error: null, expiresAt };
}

type Artifact = SecureParameterRow | OAuth2CredentialRow | OAuth2ClientRow | CertificateRow | KnownHostsRow;

function material(
  kind: MaterialView['kind'],
  { name, description, usedBy, deployedAt, deployedBy }: Artifact,
  { state, error, expiresAt }: Standing,
  allowedHosts: string[] | null,
): MaterialView {
  return {
    kind,
    name,
    description,
    state,
    error,
    expiresAt: expiresAt && expiresAt.toISOString(),
    allowedHosts,
    usedBy,
    deployedAt: deployedAt.toISOString(),
    deployedBy,
  };
}

function refusalView(name: string, { account, refusals, until }: Refusal): ErrorView {
  return new FlowError('CREDENTIAL_REFUSED', { name, account, refusals, until: until.toISOString() }).view();
}
