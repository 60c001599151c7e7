/** Address of a mail server: `host`, `host:port` or `[ipv6]:port`. */

export type MailProtocol = 'imap4' | 'pop3';
export type Protection = 'off' | 'tls' | 'starttls-mandatory' | 'starttls-optional';

export interface ServerAddress {
  host: string;
  port: number;
}

const ports: Record<MailProtocol, { tls: number; clear: number }> = {
  imap4: { tls: 993, clear: 143 },
  pop3: { tls: 995, clear: 110 },
};

/** The port meant when Address names none (RFC 8314, section 7; RFC 9051; RFC 1939). */
export function impliedPort(protocol: MailProtocol, protection: Protection): number {
  return protection === 'tls' ? ports[protocol].tls : ports[protocol].clear;
}

/** @returns undefined when `text` is not an address: a scheme, a path, a port out of 1 to 65535 … */
export function parseAddress(text: string, portIfNone: number): ServerAddress | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^\s:/[\]@]+))(?::(\d{1,5}))?$/i.exec(text.trim());
  if (!match) return undefined;
  const host = (match[1] ?? match[2] ?? '').toLowerCase();
  const port = match[3] === undefined ? portIfNone : Number(match[3]);
  return port >= 1 && port <= 65_535 ? { host, port } : undefined;
}

export function addressText({ host, port }: ServerAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Whether traffic to this host stays on the machine (RFC 6761 6.3, RFC 1122 3.2.1.3, RFC 4291 2.5.3). */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
