import { z } from 'zod';
import { describe, field, type ConfigView, type CredentialKind } from './define.ts';
import { longestWaitRule, receiverRetryFields } from './retry-fields.ts';

const hostOfUrl = ({ url }: ConfigView) => (typeof url === 'string' && URL.canParse(url) ? new URL(url).hostname.toLowerCase() : undefined);

const credentialKinds: Record<string, CredentialKind> = { 'oauth2-client': 'oauth2-client', header: 'parameter' };
const credentialKind = ({ authentication }: ConfigView) => credentialKinds[String(authentication)] ?? 'user';

/** About the connection and the message: set by Mailroom. */
const ownHeaders =
  /^(host|connection|content-.*|transfer-encoding|upgrade|te|trailer|expect|keep-alive|proxy-.*|accept|user-agent|idempotency-key|x-mailroom-.*)$/i;

const config = z.object({
  name: field(z.string().trim().max(100).default('HTTP'), { tab: 'General', label: 'Name', control: 'text' }),
  url: field(z.string().trim().max(2_000).default(''), {
    tab: 'Connection',
    label: 'Address',
    control: 'text',
    required: true,
    placeholder: 'https://orders.example.com/inbound',
    help: 'The message is sent here with POST.',
  }),
  authentication: field(z.enum(['none', 'basic', 'oauth2-client', 'header']).default('none'), {
    tab: 'Connection',
    label: 'Authentication',
    control: 'select',
    options: { none: 'None', basic: 'Basic', 'oauth2-client': 'OAuth2 Client Credentials', header: 'Header from Secure Parameter' },
  }),
  credential: field(z.string().trim().max(100).default(''), {
    tab: 'Connection',
    label: 'Credential Name',
    control: 'credential',
    required: true,
    credential: { kind: credentialKind, host: hostOfUrl },
    when: (c) => c['authentication'] !== 'none',
    whenText: 'Authentication is not None',
    help: 'The deployed artifact that signs in: User Credentials for Basic, OAuth2 Client Credentials, or a Secure Parameter for a header.',
  }),
  headerName: field(z.string().trim().max(100).default('Authorization'), {
    tab: 'Connection',
    label: 'Header Name',
    control: 'text',
    required: true,
    placeholder: 'X-API-Key',
    when: (c) => c['authentication'] === 'header',
    whenText: 'Authentication is Header from Secure Parameter',
    help: 'The header that the system reads the key or token from.',
  }),
  headerPrefix: field(z.string().max(100).default(''), {
    tab: 'Connection',
    label: 'Before the Value',
    control: 'text',
    placeholder: 'Bearer',
    when: (c) => c['authentication'] === 'header',
    whenText: 'Authentication is Header from Secure Parameter',
    help: 'What stands before the value, parted by a blank, such as Bearer. Empty: nothing.',
  }),
  timeoutMs: field(z.int('a whole number').min(1_000, 'at least 1000').max(300_000, 'at most 300000').default(30_000), {
    tab: 'Connection',
    label: 'Timeout',
    control: 'number',
    unit: 'ms',
    help: 'How long to wait for the whole answer.',
  }),
  format: field(z.enum(['json', 'mime']).default('json'), {
    tab: 'Message',
    label: 'Send',
    control: 'radio',
    options: { json: 'JSON', mime: 'Whole mail as MIME' },
    help: 'JSON: headers, body and attachments of the message as the flow left it. MIME: the mail exactly as it arrived.',
  }),
  attachments: field(z.enum(['content', 'names']).default('content'), {
    tab: 'Message',
    label: 'Attachments',
    control: 'radio',
    options: { content: 'With content (base64)', names: 'Names and sizes only' },
    when: (c) => c['format'] === 'json',
    whenText: 'Send is JSON',
  }),
  ...receiverRetryFields(),
});
export type HttpReceiverConfig = z.output<typeof config>;

export const httpReceiver = describe({
  type: 'http-receiver',
  role: 'receiver',
  title: 'HTTP',
  icon: 'send',
  summary: 'Posts the message to a web address, as JSON or as the whole mail.',
  config,
  rules: [
    longestWaitRule,
    (c) =>
      isHttpUrl(c.url)
        ? undefined
        : {
            field: 'url',
            level: 'error',
            code: 'URL_INVALID',
            message: `Address '${c.url}' is not a web address.`,
            remedy: 'Write it with http:// or https://, without user and password.',
          },
    (c) =>
      c.authentication !== 'none' && isHttpUrl(c.url) && new URL(c.url).protocol === 'http:'
        ? {
            field: 'url',
            level: 'warning',
            code: 'BASIC_NOT_PROTECTED',
            message:
              c.authentication === 'basic'
                ? 'User and password travel unencrypted with http://.'
                : `The ${c.authentication === 'header' ? 'key' : 'token'} travels unencrypted with http://.`,
            remedy: 'Use https:// where the system offers it.',
          }
        : undefined,
    (c) =>
      c.authentication === 'header' && (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(c.headerName) || ownHeaders.test(c.headerName))
        ? {
            field: 'headerName',
            level: 'error',
            code: 'HEADER_NAME_INVALID',
            message: `Header Name '${c.headerName}' can't be used.`,
            remedy: 'Write it with letters, digits and "-", such as X-API-Key, and none that Mailroom sets itself.',
          }
        : undefined,
    (c) =>
      c.authentication === 'header' && !/^[\x20-\x7E]*$/.test(c.headerPrefix)
        ? {
            field: 'headerPrefix',
            level: 'error',
            code: 'HEADER_PREFIX_INVALID',
            message: 'What stands before the value has characters that no header takes.',
            remedy: 'Write it with letters and digits, such as Bearer.',
          }
        : undefined,
  ],
  checklist: [],
  subtitle: (c) => (isHttpUrl(c.url) ? `POST ${new URL(c.url).host}${new URL(c.url).pathname}` : 'no address yet'),
});

function isHttpUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return (url.protocol === 'http:' || url.protocol === 'https:') && url.username === '' && url.password === '';
}
