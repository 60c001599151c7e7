import { z } from 'zod';
import { describe, field, type ConfigView } from './define.ts';
import { longestWaitRule, receiverRetryFields } from './retry-fields.ts';

const hostOfUrl = ({ url }: ConfigView) => (typeof url === 'string' && URL.canParse(url) ? new URL(url).hostname.toLowerCase() : undefined);

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
  authentication: field(z.enum(['none', 'basic']).default('none'), {
    tab: 'Connection',
    label: 'Authentication',
    control: 'radio',
    options: { none: 'None', basic: 'Basic' },
  }),
  credential: field(z.string().trim().max(100).default(''), {
    tab: 'Connection',
    label: 'Credential Name',
    control: 'credential',
    required: true,
    credential: { kind: () => 'user', host: hostOfUrl },
    when: (c) => c['authentication'] === 'basic',
    whenText: 'Authentication is Basic',
    help: 'The User Credentials artifact that holds user and password.',
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
      c.authentication === 'basic' && isHttpUrl(c.url) && new URL(c.url).protocol === 'http:'
        ? {
            field: 'url',
            level: 'warning',
            code: 'BASIC_NOT_PROTECTED',
            message: 'User and password travel unencrypted with http://.',
            remedy: 'Use https:// where the system offers it.',
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
