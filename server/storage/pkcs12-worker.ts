import { createPrivateKey } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import forge from 'node-forge';
import type { Pkcs12Answer } from './pkcs12.ts';

/** The thread behind `pkcs12.ts`: reads one file, answers, and ends. */

const { asn1, pki, pkcs12, util } = forge;

function read(file: string, passphrase: string): Pkcs12Answer {
  const outer = decode(file);
  if (!outer) return { reason: 'it is no PKCS #12 file' };
  const bags = open(outer, passphrase);
  if (!bags) return { reason: 'the passphrase is wrong, or the file is damaged' };
  const certificates = bags.flatMap((bag) => certificateIn(bag) ?? []);
  const keys = bags.flatMap((bag) => privateKeyIn(bag) ?? []);
  if (certificates.length === 0) return { reason: 'there is no certificate in it' };
  if (keys.length !== 1) return { reason: keys.length === 0 ? 'there is no private key in it' : 'there are several private keys in it' };
  return { certificate: certificates.join('\n'), privateKey: keys.join('') };
}

function decode(file: string): forge.asn1.Asn1 | undefined {
  try {
    return asn1.fromDer(util.decode64(file));
  } catch {
    return undefined;
  }
}

/**
 * The older ciphers take the passphrase in UTF-16, as node-forge does, PBES2 takes it in UTF-8 (RFC 7292, appendix B.1; RFC 8018),
 * while the MAC is always computed from UTF-16: so it is left out where the two differ. A wrong passphrase shows without it, too.
 */
function open(outer: forge.asn1.Asn1, passphrase: string): forge.pkcs12.Bag[] | undefined {
  const inUtf8 = util.encodeUtf8(passphrase);
  return bagsIn(outer, passphrase) ?? (inUtf8 === passphrase ? undefined : bagsIn(withoutMac(outer), inUtf8));
}

function bagsIn(outer: forge.asn1.Asn1, passphrase: string): forge.pkcs12.Bag[] | undefined {
  try {
    return pkcs12.pkcs12FromAsn1(outer, passphrase).safeContents.flatMap(({ safeBags }) => safeBags);
  } catch {
    return undefined;
  }
}

function withoutMac(outer: forge.asn1.Asn1): forge.asn1.Asn1 {
  return { ...outer, value: outer.value.slice(0, 2) };
}

/** node-forge knows RSA only; what else there is, it leaves in `asn1`. */
function certificateIn({ type, cert, asn1: rest }: forge.pkcs12.Bag): string | undefined {
  if (type !== pki.oids['certBag']) return undefined;
  const der = cert ? pki.certificateToAsn1(cert) : rest;
  return pemText('CERTIFICATE', asn1.toDer(der).getBytes());
}

function privateKeyIn({ type, key, asn1: rest }: forge.pkcs12.Bag): string | undefined {
  if (type !== pki.oids['keyBag'] && type !== pki.oids['pkcs8ShroudedKeyBag']) return undefined;
  if (key) return pki.privateKeyToPem(key);
  const der = Buffer.from(asn1.toDer(rest).getBytes(), 'binary');
  return String(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).export({ type: 'pkcs8', format: 'pem' }));
}

function pemText(type: string, binary: string): string {
  const base64 = Buffer.from(binary, 'binary').toString('base64');
  return `-----BEGIN ${type}-----\n${(base64.match(/.{1,64}/g) ?? []).join('\n')}\n-----END ${type}-----`;
}

function answer(): Pkcs12Answer {
  const { file, passphrase } = workerData as { file: string; passphrase: string };
  try {
    return read(file, passphrase);
  } catch {
    return { reason: 'the file is damaged, or of a kind that is not supported' };
  }
}

// The other end is a thread of this process, not a window.
// oxlint-disable-next-line unicorn/require-post-message-target-origin
parentPort?.postMessage(answer());
