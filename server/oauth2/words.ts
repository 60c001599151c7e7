/** What providers say when they refuse, as people may read it. */

const maxLength = 500;

/** The codes of RFC 6749 (4.1.2.1, 5.2) in plain words, as the end of a sentence. */
const meanings: Record<string, string> = {
  access_denied: 'the request was declined at the provider',
  invalid_client: 'it does not accept Client ID or Client Secret',
  invalid_grant: 'the authorization has expired or was withdrawn',
  invalid_request: 'it does not understand the request',
  invalid_scope: 'it does not know or grant the scope',
  server_error: 'it has an error of its own',
  temporarily_unavailable: 'it is not available at the moment',
  unauthorized_client: 'this client may not ask for an authorization code',
  unsupported_grant_type: 'it does not support this kind of authorization',
  unsupported_response_type: 'it does not support authorization codes',
};

/** @param secrets what was sent, which a provider might repeat */
export function saidBy(
  { error, error_description: description }: { error: string; error_description?: string | undefined },
  secrets: (string | undefined)[],
): string {
  const meaning = Object.hasOwn(meanings, error) ? meanings[error] : undefined;
  const own = withoutSecrets(description ?? (meaning ? '' : error), secrets).replace(/[.\s]+$/, '');
  if (meaning === undefined) return own === '' ? 'it gave no reason' : `"${own}"`;
  return own === '' ? meaning : `${meaning} ("${own}")`;
}

/** One line without control characters and without any of the secrets, also as they travel in forms. */
export function withoutSecrets(text: string, secrets: (string | undefined)[]): string {
  const present = secrets.filter((secret) => secret !== undefined && secret !== '');
  const hidden = present.reduce<string>(
    (rest, secret = '') => rest.replaceAll(secret, '…').replaceAll(encodeURIComponent(secret), '…'),
    text,
  );
  return hidden
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, maxLength);
}
