import type { ErrorTable } from './entry.ts';

/** Alerts on their way to people. */
export const alertErrors = {
  ALERT_TARGET_EXISTS: {
    status: 409,
    retryable: false,
    message: (p: { name: string }) => `There is a target called '${p.name}' already.`,
    remedy: 'Choose another name, or change the existing target.',
  },
  ALERT_TIMEOUT: {
    status: 504,
    retryable: true,
    message: (p: { address: string; seconds: number }) => `${p.address} did not take the alert within ${p.seconds} s.`,
    remedy: 'Check that the system answers. The alert is sent again.',
  },
  WEBHOOK_UNREACHABLE: {
    status: 502,
    retryable: true,
    message: (p: { url: string }) => `${p.url} could not be reached.`,
    remedy: 'Check Address in the target and that the system is running. The alert is sent again.',
  },
  WEBHOOK_CERTIFICATE_INVALID: {
    status: 502,
    retryable: true,
    message: (p: { url: string }) => `The certificate of ${p.url} is not valid.`,
    remedy:
      'Renew the certificate, use the name it is made for in Address, or start Mailroom with NODE_EXTRA_CA_CERTS naming a file with the issuing certificate.',
  },
  WEBHOOK_REFUSED: {
    status: 502,
    retryable: true,
    message: (p: { url: string; status: number }) => `${p.url} answered with status ${p.status}.`,
    remedy: 'Check Address and credential in the target; the details hold the answer. The alert is sent again.',
  },
  SMTP_UNREACHABLE: {
    status: 502,
    retryable: true,
    message: (p: { address: string }) => `The mail server ${p.address} could not be reached.`,
    remedy: 'Check Host, Port and Protection in the target and that the server is running. The alert is sent again.',
  },
  SMTP_CERTIFICATE_INVALID: {
    status: 502,
    retryable: true,
    message: (p: { address: string }) => `The certificate of the mail server ${p.address} is not trusted.`,
    remedy: 'Deploy it under Security > Certificates, and name it as Trusted Certificate in the target.',
  },
  SMTP_NOT_PROTECTED: {
    status: 502,
    retryable: true,
    message: (p: { address: string }) => `The mail server ${p.address} does not offer STARTTLS.`,
    remedy: 'Use TLS with the port the server offers it on, usually 465.',
  },
  SMTP_SIGN_IN_REFUSED: {
    status: 502,
    retryable: true,
    message: (p: { address: string; credential: string }) => `The mail server ${p.address} does not let '${p.credential}' sign in.`,
    remedy: 'Correct user and password of that artifact under Security > User Credentials. The alert is sent again.',
  },
  SMTP_REFUSED: {
    status: 502,
    retryable: true,
    message: (p: { address: string }) => `The mail server ${p.address} refused the mail.`,
    remedy: 'Check From and To in the target; the details hold what the server said. The alert is sent again.',
  },
} satisfies ErrorTable;
