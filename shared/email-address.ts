/** An e-mail address, as far as it leads to a mail server. */
export interface EmailAddress {
  /** As typed, without spaces around it. */
  text: string;
  /** Before the @. */
  local: string;
  /** Behind it: lower case, ASCII (RFC 5891). */
  domain: string;
}

/** @returns undefined when it is not one, or its domain is an address or a single word */
export function parseEmail(typed: string): EmailAddress | undefined {
  const text = typed.trim();
  const at = text.lastIndexOf('@');
  const local = text.slice(0, at);
  const name = text.slice(at + 1);
  if (at < 1 || local.length > 64 || /[\s<>,;]/.test(text) || !/^[\p{L}\p{N}.-]+$/u.test(name)) return undefined;
  const domain = asciiDomain(name);
  return domain !== undefined && isDomainName(domain) ? { text, local, domain } : undefined;
}

/** Whether it is a name with at least two parts in its ASCII form, lower case (RFC 1123, section 2.1): no address, no `localhost`. */
export function isDomainName(name: string): boolean {
  const labels = name.split('.');
  const areLabels = labels.length > 1 && labels.every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label));
  // A last label of digits only would be read as an IPv4 address.
  return areLabels && name.length <= 253 && !/^\d+$/.test(labels.at(-1) ?? '');
}

function asciiDomain(name: string): string | undefined {
  try {
    return new URL(`https://${name}`).hostname;
  } catch {
    return undefined;
  }
}
