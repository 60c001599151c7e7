import type { ErrorTable } from './entry.ts';

/** SSH servers, and the files on them. */
export const sshErrors = {
  SSH_UNREACHABLE: {
    status: 502,
    retryable: true,
    message: (p: { address: string }) => `${p.address} could not be reached.`,
    remedy: 'Check Address and that the server runs. A message is tried again.',
  },
  SSH_TIMEOUT: {
    status: 504,
    retryable: true,
    message: (p: { address: string; timeoutMs: number }) => `${p.address} did not answer within ${Math.round(p.timeoutMs / 1000)} s.`,
    remedy: 'Raise Timeout if the server is only slow. A message is tried again.',
  },
  SSH_HANDSHAKE_FAILED: {
    status: 502,
    retryable: true,
    message: (p: { address: string }) => `No SSH connection to ${p.address} came about.`,
    remedy:
      'Check that the port is that of an SSH server, and that the server is not too old: SHA-1, CBC and DSA are not spoken. A message is tried again.',
  },
  SSH_CONNECTION_LOST: {
    status: 502,
    retryable: true,
    message: (p: { address: string }) => `The connection to ${p.address} was lost.`,
    remedy: 'Nothing to do if it happens rarely: the message is tried again, and no half file is left under its name.',
  },
  SSH_HOST_KEY_UNKNOWN: {
    status: 502,
    retryable: false,
    message: (p: { address: string; type: string; fingerprint: string }) =>
      `${p.address} is not among the known hosts. It shows a key of type ${p.type} with the fingerprint ${p.fingerprint}.`,
    remedy:
      'Compare the fingerprint with what the owner of the server says, then add the server to the Known Hosts artifact and run the message again.',
  },
  SSH_HOST_KEY_CHANGED: {
    status: 502,
    retryable: false,
    message: (p: { address: string; type: string; fingerprint: string }) =>
      `${p.address} shows another key than the known hosts say: type ${p.type}, fingerprint ${p.fingerprint}. Nothing was sent to it.`,
    remedy:
      'Ask the owner of the server whether its key was changed. If so, change it in the Known Hosts artifact and run the message again; if not, somebody may stand in between.',
  },
  SSH_HOST_KEY_REVOKED: {
    status: 502,
    retryable: false,
    message: (p: { address: string; type: string; fingerprint: string }) =>
      `${p.address} shows a key that the known hosts call revoked: type ${p.type}, fingerprint ${p.fingerprint}. Nothing was sent to it.`,
    remedy: 'Ask the owner of the server for its present key, and put that into the Known Hosts artifact.',
  },
  SSH_SIGN_IN_REFUSED: {
    status: 502,
    retryable: false,
    message: (p: { address: string; user: string }) => `${p.address} refused the sign-in of ${p.user}.`,
    remedy: 'Correct the artifact, or have the public key of the key pair entered at the server; then run what has failed again.',
  },
  SFTP_DIRECTORY_MISSING: {
    status: 502,
    retryable: false,
    message: (p: { path: string }) => `There is no ${p.path} on the server.`,
    remedy: 'Correct Directory in the receiver, have it made, or switch Create Directories on; then run the message again.',
  },
  SFTP_NOT_ALLOWED: {
    status: 502,
    retryable: false,
    message: (p: { path: string }) => `The user may not write ${p.path} on the server.`,
    remedy: 'Ask the owner of the server for the right to write there, or choose another Directory; then run the message again.',
  },
  SFTP_NOT_WRITABLE: {
    status: 502,
    retryable: true,
    message: (p: { path: string }) => `The server could not write ${p.path}.`,
    remedy: 'Its disk may be full. The message is tried again.',
  },
  KNOWN_HOSTS_NOT_DEPLOYED: {
    status: 409,
    retryable: false,
    message: (p: { name: string }) => `No Known Hosts artifact named '${p.name}' is deployed.`,
    remedy: 'Deploy it under Security, or correct Known Hosts in the channel.',
  },
  KNOWN_HOSTS_EXISTS: {
    status: 409,
    retryable: false,
    message: (p: { name: string }) => `A Known Hosts artifact named '${p.name}' exists already.`,
    remedy: 'Choose another name, or edit the existing one.',
  },
  KNOWN_HOSTS_IN_USE: {
    status: 409,
    retryable: false,
    message: (p: { name: string; flows: string }) => `The Known Hosts artifact '${p.name}' is used by ${p.flows}.`,
    remedy: 'Point those flows at another artifact and deploy them, then delete this one.',
  },
  KNOWN_HOSTS_NOT_READABLE: {
    status: 422,
    retryable: false,
    message: (p: { line: number; reason: string }) => `Line ${p.line} can't be taken: ${p.reason}.`,
    remedy: 'Enter lines of a known_hosts file: host names, key type, key. "Fetch from server" makes them.',
  },
  KEY_PAIR_NOT_DEPLOYED: {
    status: 409,
    retryable: false,
    message: (p: { name: string }) => `No key pair named '${p.name}' is deployed.`,
    remedy: 'Deploy it under Security, or correct Private Key Alias in the channel.',
  },
  KEY_PAIR_NOT_FOR_SSH: {
    status: 409,
    retryable: false,
    message: (p: { name: string }) => `The key pair '${p.name}' has a kind of key that SSH does not use.`,
    remedy: 'Choose a key pair with an RSA key, or one on the curve P-256, P-384 or P-521.',
  },
  KEY_PAIR_IN_USE: {
    status: 409,
    retryable: false,
    message: (p: { name: string; flows: string }) => `The key pair '${p.name}' signs in for ${p.flows}.`,
    remedy: 'Point those flows at another key pair and deploy them, then delete this one.',
  },
} satisfies ErrorTable;
