/** What is in a file that a person chose: PEM as it is, and the same in binary (DER), as Windows exports certificates. */

export function pemOf(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes);
  // Every DER certificate is a SEQUENCE, whose first byte is 0x30 (X.690, 8.9).
  return bytes[0] === 0x30 && !text.includes('-----BEGIN') ? certificatePem(bytes) : text;
}

function certificatePem(der: Uint8Array): string {
  const lines = base64Of(der).match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

export function base64Of(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}
