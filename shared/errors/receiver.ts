import type { ErrorTable } from './entry.ts';

/** Steps and receivers at work. */
export const receiverErrors = {
  HTTP_UNREACHABLE: {
    status: 502,
    retryable: true,
    message: (p: { url: string }) => `${p.url} could not be reached.`,
    remedy: 'Check Address in the receiver and that the system is running. The message is tried again.',
  },
  HTTP_TIMEOUT: {
    status: 504,
    retryable: true,
    message: (p: { url: string; timeoutMs: number }) => `${p.url} did not answer within ${Math.round(p.timeoutMs / 1000)} s.`,
    remedy: 'Raise Timeout in the receiver if the system is only slow. The message is tried again.',
  },
  HTTP_CERTIFICATE_INVALID: {
    status: 502,
    retryable: true,
    message: (p: { url: string }) => `The certificate of ${p.url} is not valid.`,
    remedy:
      'Renew the certificate, use the name it is made for in Address, or start Mailroom with NODE_EXTRA_CA_CERTS naming a file with the issuing certificate.',
  },
  HTTP_REFUSED: {
    status: 502,
    retryable: false,
    message: (p: { url: string; status: number }) => `${p.url} refused the message with status ${p.status}.`,
    remedy: 'The system does not accept this message. Correct the flow or the system, then run the message again.',
  },
  HTTP_SIGN_IN_REFUSED: {
    status: 502,
    retryable: false,
    message: (p: { url: string; status: number }) => `${p.url} refused the sign-in with status ${p.status}.`,
    remedy: 'Correct the artifact, or ask who runs the system whether it may be used there; then run what has failed again.',
  },
  HTTP_NOT_PROTECTED: {
    status: 409,
    retryable: false,
    message: (p: { url: string }) => `${p.url} is not encrypted, so the credential was not sent.`,
    remedy: 'Use https://, or test without a credential.',
  },
  HTTP_UNAVAILABLE: {
    status: 502,
    retryable: true,
    message: (p: { url: string; status: number }) => `${p.url} answered with status ${p.status}.`,
    remedy: 'Nothing to do: the message is tried again.',
  },
  FILE_NOT_WRITABLE: {
    status: 500,
    retryable: true,
    message: (p: { path: string }) => `The file ${p.path} could not be written.`,
    remedy: 'Check free space and rights of the outbox folder. The message is tried again.',
  },
  FILE_NAME_NOT_ALLOWED: {
    status: 422,
    retryable: false,
    message: (p: { name: string }) => `'${p.name}' is not a file name below the outbox folder.`,
    remedy: 'Correct Folder or File Name in the receiver: no absolute paths and no "..".',
  },
  TEMPLATE_TOO_LARGE: {
    status: 422,
    retryable: false,
    message: (p: { limitMb: number }) => `A text with values filled in grew over ${p.limitMb} MB.`,
    remedy: 'Fill in the body less often, or a shorter value, then deploy and run the message again.',
  },
  NO_ROUTE: {
    status: 422,
    retryable: false,
    message: (p: { routes: number }) => `None of the ${p.routes} routes fits the message.`,
    remedy:
      'Add a route for such messages, or have the router send them along Otherwise; then run the message again on the newest version.',
  },
  STEP_FAILED: {
    status: 500,
    retryable: false,
    message: (p: { step: string }) => `The step '${p.step}' failed.`,
    remedy: 'Look at the details, correct the step, deploy, and run the message again.',
  },
  EXCHANGE_TIMEOUT: {
    status: 504,
    retryable: true,
    message: (p: { step: string; seconds: number }) => `'${p.step}' did not end within ${p.seconds} s.`,
    remedy: 'The message is tried again. If it stays, look at the system behind that step.',
  },
} satisfies ErrorTable;
