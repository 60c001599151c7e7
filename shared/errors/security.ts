import type { ErrorTable } from './entry.ts';

/** Deploying certificates and key pairs. */
export const securityErrors = {
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
} satisfies ErrorTable;
