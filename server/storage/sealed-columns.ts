import { parameterSecretName } from './credentials.ts';
import { keyPairSecretName } from './key-pairs.ts';
import { secretName } from './oauth2-rows.ts';

/** Where sealed values are: all that a change of the master key has to go through. */
export interface SealedColumn {
  table: string;
  column: string;
  /** Primary key, as an expression of SQL. */
  id: string;
  /** Column with the name of the artifact. */
  artifact: string;
  /** Which rows are meant, where artifacts of several kinds are in one table. */
  kind?: string;
  /** What is authenticated with the secret. */
  nameOf: (artifact: string) => string;
}

export const sealedColumns: readonly SealedColumn[] = [
  { table: 'credential', column: 'secret', id: 'name', artifact: 'name', kind: 'user', nameOf: (name) => name },
  { table: 'credential', column: 'secret', id: 'name', artifact: 'name', kind: 'parameter', nameOf: parameterSecretName },
  { table: 'credential', column: 'secret', id: 'name', artifact: 'name', kind: 'oauth2', nameOf: secretName.clientSecret },
  { table: 'credential', column: 'secret', id: 'name', artifact: 'name', kind: 'oauth2-client', nameOf: secretName.clientSecret },
  { table: 'oauth2_credential', column: 'access_token', id: 'name', artifact: 'name', nameOf: secretName.accessToken },
  { table: 'oauth2_credential', column: 'refresh_token', id: 'name', artifact: 'name', nameOf: secretName.refreshToken },
  { table: 'oauth2_request', column: 'code_verifier', id: 'state_hash', artifact: 'credential', nameOf: secretName.codeVerifier },
  { table: 'key_pair', column: 'private_key', id: 'name', artifact: 'name', nameOf: keyPairSecretName },
];
