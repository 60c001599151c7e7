import addressparser from 'nodemailer/lib/addressparser';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Json } from '../../../shared/flow.ts';
import type { ReadContext } from '../../ports/mailbox.ts';
import { certificateOrNone, nameOf, validityOf, type Certificate } from './certificate.ts';
import { contentTypes, readContentInfo, readEnvelopedData, readSignedData } from './cms.ts';
import { headEnd, maxHeadBytes, unfold, type HeaderLine } from './parse-head.ts';
import { boundaryOf, readPart, type MimePart } from './parse-part.ts';
import { decryptEnvelope } from './smime-decrypt.ts';
import { checkSignature } from './smime-verify.ts';
import { transferDecoder } from './transfer-decoding.ts';

/** S/MIME (RFC 8551) is read in memory: signed and encrypted data must be whole before they can be believed. */
export const maxSmimeBytes = 64 * 1024 * 1024;

export interface EncryptionState {
  isEncrypted: boolean;
  isDecrypted: boolean;
  /** Names of those that opened it. */
  keyPairs: string[];
  errors: string[];
}

export interface SignatureState {
  isSigned: boolean;
  /** Of those who signed. */
  certificates: Certificate[];
  errors: string[];
}

export interface SmimeMail {
  /** What is inside all that could be opened, as MIME; undefined when nothing could, and the mail is to be read as it is. */
  inner: Buffer | undefined;
  encryption: EncryptionState;
  signature: SignatureState;
}

/** Signed, encrypted, and signed again is three. */
const maxLayers = 8;

export function isSmime(part: MimePart): boolean {
  return isCms(part) || isDetached(part);
}

/** Encrypted, or signed with the content inside. */
function isCms({ contentType, fileName }: MimePart): boolean {
  if (contentType === 'application/pkcs7-mime' || contentType === 'application/x-pkcs7-mime') return true;
  return contentType === 'application/octet-stream' && /\.p7m$/i.test(fileName ?? '');
}

/** Signed, with the signature beside the content. */
function isDetached({ contentType, parameters }: MimePart): boolean {
  return contentType === 'multipart/signed' && /^application\/(x-)?pkcs7-signature$/i.test(parameters['protocol'] ?? '');
}

/** A part inside a mail that says it is encrypted: it is not opened, but not hidden either. */
export function isEncryptedPart(part: MimePart): boolean {
  return isCms(part) && /^(auth)?enveloped-data$/i.test(part.parameters['smime-type'] ?? '');
}

export function noSmime(): SmimeMail {
  return {
    inner: undefined,
    encryption: { isEncrypted: false, isDecrypted: false, keyPairs: [], errors: [] },
    signature: { isSigned: false, certificates: [], errors: [] },
  };
}

/** What is said of a mail that is too large to be read in memory. */
export function tooLargeSmime(root: MimePart): SmimeMail {
  const mail = noSmime();
  const reason = `the mail has more than ${maxSmimeBytes / 1024 / 1024} MB`;
  const state = isDetached(root) ? mail.signature : mail.encryption;
  state.errors.push(reason);
  if (isDetached(root)) mail.signature.isSigned = true;
  else mail.encryption.isEncrypted = true;
  return mail;
}

/**
 * Opens a mail layer by layer: decrypts with the deployed key pairs, checks signatures against the deployed certificates.
 * What can't be opened stays as it is, and the state says why; the mail goes on in any case.
 *
 * @throws what the security material throws, such as a lost database, so that the mail is tried again
 */
export async function openSmime(mail: Buffer, lines: readonly HeaderLine[], context: ReadContext): Promise<SmimeMail> {
  const result = noSmime();
  let entity = mail;
  for (let layer = 0; layer < maxLayers; layer += 1) {
    context.signal.throwIfAborted();
    const inner = await openLayer(entity, lines, context, result);
    if (!inner) break;
    entity = inner;
    result.inner = inner;
  }
  result.encryption.isDecrypted = result.encryption.isEncrypted && result.encryption.errors.length === 0;
  return result;
}

async function openLayer(
  entity: Buffer,
  lines: readonly HeaderLine[],
  context: ReadContext,
  result: SmimeMail,
): Promise<Buffer | undefined> {
  const { part, body } = splitEntity(entity);
  if (isDetached(part)) return openDetached(part, body, lines, context, result);
  if (!isCms(part)) return undefined;
  const cms = await decoded(body, part.encoding);
  let info;
  try {
    info = readContentInfo(cms);
  } catch (error) {
    // Which of both it was meant to be is not known; that it can't be read must not look like a mail without protection.
    const isSigned = part.parameters['smime-type'] === 'signed-data';
    if (isSigned) result.signature.isSigned = true;
    else result.encryption.isEncrypted = true;
    (isSigned ? result.signature : result.encryption).errors.push(`it can't be read: ${messageOf(error)}`);
    return undefined;
  }
  if (info.type === contentTypes.enveloped || info.type === contentTypes.authEnveloped) {
    return decrypt(() => readEnvelopedData(info.content, info.type === contentTypes.authEnveloped), context, result.encryption);
  }
  if (info.type !== contentTypes.signed) {
    result.encryption.errors.push(`CMS content of type ${info.type} is not supported`);
    return undefined;
  }
  const signed = orReason(() => readSignedData(info.content));
  // A mail that only brings certificates has nobody who signed it, and no content.
  if (typeof signed !== 'string' && signed.signers.length === 0) return undefined;
  result.signature.isSigned = true;
  if (typeof signed === 'string') {
    result.signature.errors.push(`it can't be read: ${signed}`);
    return undefined;
  }
  if (!signed.content) {
    result.signature.errors.push('it has no content');
    return undefined;
  }
  await verify(signed, signed.content, lines, context, result.signature);
  return signed.content;
}

async function openDetached(
  part: MimePart,
  body: Buffer,
  lines: readonly HeaderLine[],
  context: ReadContext,
  { signature }: SmimeMail,
): Promise<Buffer | undefined> {
  signature.isSigned = true;
  const [content, second] = partsOf(body, boundaryOf(part) ?? '');
  if (!content || !second) {
    signature.errors.push('it has no signature');
    return undefined;
  }
  const { part: signaturePart, body: encoded } = splitEntity(second);
  const cms = await decoded(encoded, signaturePart.encoding);
  const signed = orReason(() => {
    const info = readContentInfo(cms);
    if (info.type !== contentTypes.signed) throw new Error('it is no signature');
    const data = readSignedData(info.content);
    if (data.signers.length === 0) throw new Error('nobody signed it');
    // Two contents are a way to have one checked and the other shown.
    if (data.content) throw new Error('the signature has a content of its own');
    return data;
  });
  if (typeof signed === 'string') {
    signature.errors.push(`it can't be read: ${signed}`);
    return undefined;
  }
  await verify(signed, content, lines, context, signature);
  return content;
}

async function decrypt(
  read: () => ReturnType<typeof readEnvelopedData>,
  context: ReadContext,
  encryption: EncryptionState,
): Promise<Buffer | undefined> {
  encryption.isEncrypted = true;
  const envelope = orReason(read);
  if (typeof envelope === 'string') {
    encryption.errors.push(`it can't be read: ${envelope}`);
    return undefined;
  }
  const decryption = await decryptEnvelope(envelope, await context.secrets.keyPairs());
  if ('errors' in decryption) {
    encryption.errors.push(...decryption.errors);
    return undefined;
  }
  encryption.keyPairs.push(decryption.keyPair);
  return decryption.content;
}

async function verify(
  signed: ReturnType<typeof readSignedData>,
  content: Buffer,
  lines: readonly HeaderLine[],
  { secrets, origin }: ReadContext,
  signature: SignatureState,
): Promise<void> {
  const trusted = (await secrets.trustedCertificates()).flatMap(certificateOrNone);
  const check = await orReasonLater(() =>
    checkSignature(signed, content, { trusted, from: fromAddresses(lines), at: origin?.receivedAt ?? new Date() }),
  );
  if (typeof check === 'string') {
    signature.errors.push(`it can't be read: ${check}`);
    return;
  }
  signature.certificates.push(...check.certificates);
  signature.errors.push(...check.errors);
}

/** Of all From lines: a second one must not borrow the signature of the first. Encoded-words hold no addresses (RFC 2047, section 5). */
function fromAddresses(lines: readonly HeaderLine[]): string[] {
  return lines
    .filter(({ name }) => name.toLowerCase() === 'from')
    .flatMap(({ raw }) => addressparser(unfold(raw), { flatten: true }))
    .map(({ address }) => address.toLowerCase());
}

function splitEntity(entity: Buffer): { part: MimePart; body: Buffer } {
  const end = headEnd(entity.subarray(0, maxHeadBytes));
  const head = end === -1 ? entity.subarray(0, maxHeadBytes) : entity.subarray(0, end);
  const lineEnds = end === -1 ? undefined : /^(\r?\n){1,2}/.exec(entity.toString('latin1', end, end + 4))?.[0];
  // At its very beginning one line end is the empty line.
  const skipped = end === 0 ? (entity[0] === 0x0d ? 2 : 1) : (lineEnds?.length ?? 0);
  return { part: readPart(head, undefined), body: end === -1 ? Buffer.alloc(0) : entity.subarray(end + skipped) };
}

/** The first two parts of a multipart, byte for byte. */
function partsOf(body: Buffer, boundary: string): Buffer[] {
  const delimiter = `--${boundary}`;
  const parts: Buffer[] = [];
  let start: number | undefined;
  for (let at = body.indexOf(delimiter, 0, 'latin1'); at !== -1 && parts.length < 2; at = body.indexOf(delimiter, at + 1, 'latin1')) {
    const lineEnd = body.indexOf(0x0a, at);
    const rest = body.toString(
      'latin1',
      at + delimiter.length,
      lineEnd === -1 ? body.length : Math.min(lineEnd, at + delimiter.length + 100),
    );
    if ((at > 0 && body[at - 1] !== 0x0a) || !/^(--)?[ \t\r]*$/.test(rest)) continue;
    if (start !== undefined) parts.push(body.subarray(start, Math.max(start, at - (body[at - 2] === 0x0d ? 2 : 1))));
    if (rest.startsWith('--') || lineEnd === -1) break;
    start = lineEnd + 1;
  }
  return parts;
}

const decodedAtOnceBytes = 1024 * 1024;

async function decoded(body: Buffer, encoding: string): Promise<Buffer> {
  const decoder = transferDecoder(encoding);
  const pieces: Buffer[] = [];
  for (let at = 0; at < body.length; at += decodedAtOnceBytes) {
    if (at > 0) await nextTurn();
    pieces.push(decoder.write(body.subarray(at, at + decodedAtOnceBytes)));
  }
  return Buffer.concat([...pieces, decoder.end()]);
}

function orReason<T>(read: () => T): T | string {
  try {
    return read();
  } catch (error) {
    return messageOf(error);
  }
}

async function orReasonLater<T>(read: () => Promise<T>): Promise<T | string> {
  try {
    return await read();
  } catch (error) {
    return messageOf(error);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The anchor's SAP_MAIL_ENCRYPTION_DETAILS and SAP_MAIL_SIGNATURE properties, under our names. */
export function smimeProperties({ encryption, signature }: SmimeMail): Record<string, Json> {
  return {
    'mail.encryption.isEncrypted': encryption.isEncrypted,
    'mail.encryption.isDecrypted': encryption.isDecrypted,
    'mail.encryption.keyPair': encryption.keyPairs.join(', '),
    'mail.encryption.errors': encryption.errors,
    'mail.signature.isSigned': signature.isSigned,
    'mail.signature.isOk': signature.isSigned && signature.errors.length === 0,
    'mail.signature.certificates': signature.certificates.map(certificateFacts),
    'mail.signature.errors': signature.errors,
  };
}

function certificateFacts(certificate: Certificate): Json {
  const { x509, emails } = certificate;
  const { from, to } = validityOf(certificate);
  return {
    subject: nameOf(x509.subject),
    issuer: nameOf(x509.issuer),
    serialNumber: x509.serialNumber,
    fingerprint: x509.fingerprint256,
    validFrom: from?.toISOString() ?? null,
    validTo: to?.toISOString() ?? null,
    emails,
  };
}

/** For the log, one sentence for each state. */
export function smimeSummary({ encryption, signature }: SmimeMail): string[] {
  const signer = signature.certificates.map(({ emails, x509 }) => emails[0] ?? nameOf(x509.subject)).join(', ');
  return [
    ...(encryption.isDecrypted ? [`decrypted with '${encryption.keyPairs.join("', '")}'`] : []),
    ...(encryption.isEncrypted && !encryption.isDecrypted ? [`encrypted, not decrypted: ${encryption.errors.join(', ')}`] : []),
    ...(signature.isSigned && signature.errors.length === 0 ? [`signature of ${signer} is OK`] : []),
    ...(signature.isSigned && signature.errors.length > 0 ? [`signature is not OK: ${signature.errors.join(', ')}`] : []),
  ];
}
