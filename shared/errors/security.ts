import type { ErrorTable } from './entry.ts';

/** Certificates, key pairs, and what OAuth2 providers say. */
export const securityErrors = {
  CREDENTIAL_REFUSED: {
    status: 409,
    retryable: true,
    message: (p: { name: string; account: string; refusals: number; until: string }) =>
      `${p.account} refuses the sign-in with '${p.name}', ${p.refusals === 1 ? 'once so far' : `${p.refusals} times in a row`}; no other try before ${p.until}.`,
    remedy: 'Correct the artifact, then test it with the flows that use it. A change lifts the pause and is tried at once.',
  },
  CERTIFICATE_NOT_READABLE: {
    status: 422,
    retryable: false,
    message: (p: { reason: string }) => `This is no certificate that can be deployed: ${p.reason}.`,
    remedy: 'Paste or upload X.509 certificates in PEM, each from "-----BEGIN CERTIFICATE-----" to "-----END CERTIFICATE-----".',
  },
  CERTIFICATE_EXISTS: {
    status: 409,
    retryable: false,
    message: (p: { name: string }) => `A trusted certificate named '${p.name}' exists already.`,
    remedy: 'Choose another name, or edit the existing one.',
  },
  CERTIFICATE_IN_USE: {
    status: 409,
    retryable: false,
    message: (p: { name: string; flows: string }) => `The trusted certificate '${p.name}' is used by ${p.flows}.`,
    remedy: 'Point those flows at another certificate and deploy them, then delete this one.',
  },
  KEY_PAIR_NOT_READABLE: {
    status: 422,
    retryable: false,
    message: (p: { reason: string }) => `This is no key pair that can be deployed: ${p.reason}.`,
    remedy: 'Upload a certificate with its private key, both in PEM, or a PKCS #12 file (.p12, .pfx) with its passphrase.',
  },
  KEY_PAIR_EXISTS: {
    status: 409,
    retryable: false,
    message: (p: { name: string }) => `A key pair named '${p.name}' exists already.`,
    remedy: 'Choose another name, or edit the existing one.',
  },
  OAUTH2_NOT_AUTHORIZED: {
    status: 409,
    retryable: false,
    message: (p: { name: string }) => `The OAuth2 artifact '${p.name}' is not authorized.`,
    remedy: 'Press Authorize under Security, OAuth2 and sign in at the provider. Channels that use it go on by themselves.',
  },
  OAUTH2_PROVIDER_REFUSED: {
    status: 502,
    retryable: false,
    message: (p: { name: string; host: string; reason: string }) => `${p.host} refuses the OAuth2 artifact '${p.name}': ${p.reason}.`,
    remedy:
      'Compare Client ID, Client Secret and Scope with what is registered at the provider, and where a person authorizes it, Redirect URL; a client secret may have run out.',
  },
  OAUTH2_PROVIDER_UNAVAILABLE: {
    status: 502,
    retryable: true,
    message: (p: { name: string; host: string; reason: string }) =>
      `No token for the OAuth2 artifact '${p.name}' came from ${p.host}: ${p.reason}.`,
    remedy: 'Nothing to do if it happens rarely: it is tried again. If it stays, check the network, and Token Service URL in the artifact.',
  },
  OAUTH2_REFRESH_PAUSED: {
    status: 409,
    retryable: true,
    message: (p: { name: string; until: string }) =>
      `The token of the OAuth2 artifact '${p.name}' has run out; after a failure the next try to refresh it is at ${p.until}.`,
    remedy: 'Nothing to do: it is tried again. A change of the artifact or a new authorization lifts the pause.',
  },
  OAUTH2_AUTHORIZATION_REFUSED: {
    status: 409,
    retryable: false,
    message: (p: { name: string; reason: string }) => `The OAuth2 artifact '${p.name}' was not authorized: ${p.reason}.`,
    remedy: 'Press Authorize again. If the provider keeps refusing, ask who runs it, or correct the artifact.',
  },
  OAUTH2_REQUEST_UNKNOWN: {
    status: 409,
    retryable: false,
    message: () => 'This authorization was begun in another browser, was used already, or is older than 10 minutes.',
    remedy: 'Press Authorize again under Security, OAuth2, and finish it in the same browser.',
  },
  OAUTH2_TOKEN_REFUSED: {
    status: 502,
    retryable: false,
    message: (p: { address: string; name: string; user: string }) =>
      `${p.address} refused the sign-in of ${p.user} with a fresh token of the OAuth2 artifact '${p.name}'.`,
    remedy:
      'Authorize the artifact again, signed in at the provider as that user, with a Scope that covers IMAP4 or POP3; and allow the protocol for the mailbox.',
  },
  OAUTH2_NO_REFRESH_TOKEN: {
    status: 409,
    retryable: false,
    message: (p: { name: string }) =>
      `The provider gave no refresh token for the OAuth2 artifact '${p.name}', so that the authorization would end within the hour.`,
    remedy: 'Add what the provider calls offline access to Scope, often "offline_access", then press Authorize again.',
  },
} satisfies ErrorTable;
