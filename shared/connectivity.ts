import { z } from 'zod';

/** Connections that are tested by themselves, without a channel: what is typed for each. */

const address = z
  .string()
  .trim()
  .max(300)
  .regex(/^(\[[0-9a-f:.]+\]|[^\s:/[\]@]+):\d{1,5}$/i, 'host and port, such as mail.example.com:587');
const artifact = z.string().trim().max(100).default('');
/** For getting a connection and for each answer. */
const timeoutMs = z.int().min(1_000).max(60_000).default(15_000);

export const probeConfigs = {
  'smtp-probe': z.object({
    address,
    protection: z.enum(['tls', 'starttls-mandatory', 'starttls-optional', 'off']).default('starttls-mandatory'),
    trustedCertificate: artifact,
    /** User Credentials to sign in with; empty: the test ends before the sign-in. */
    credential: artifact,
    timeoutMs,
  }),
  'tls-probe': z.object({ address, trustedCertificate: artifact, timeoutMs }),
  'http-probe': z.object({
    url: z.string().trim().max(2_000).refine(isHttpUrl, 'must start with http:// or https://, without user and password'),
    trustedCertificate: artifact,
    /** Sent with Basic authentication; empty: none is sent. */
    credential: artifact,
    timeoutMs,
  }),
};

export type ProberType = keyof typeof probeConfigs;
export type ProbeConfig<T extends ProberType> = z.output<(typeof probeConfigs)[T]>;

export function isProberType(type: string): type is ProberType {
  return Object.hasOwn(probeConfigs, type);
}

function isHttpUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return (protocol === 'http:' || protocol === 'https:') && username === '' && password === '';
}
