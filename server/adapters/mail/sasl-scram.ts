import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { Credential } from '../../ports/secrets.ts';
import { badChallenge, fromBase64, notProven, type SaslExchange, type SaslMechanism, type SaslServer } from './sasl-mechanism.ts';
import { prepared } from './sasl-prep.ts';

/** RFC 7677 and RFC 5802: each side proves to the other that it knows the password, which itself never travels. */
export const scramSha256 = scram('SCRAM-SHA-256');
export const scramSha1 = scram('SCRAM-SHA-1');

type ScramName = 'SCRAM-SHA-256' | 'SCRAM-SHA-1';

const hashes = {
  'SCRAM-SHA-256': { hash: 'sha256', bytes: 32 },
  'SCRAM-SHA-1': { hash: 'sha1', bytes: 20 },
};

/** RFC 7677, section 4. Fewer would hand a false server something that is quick to guess the password from. */
const minIterations = 4_096;
/** About half a second of one processor: what a hostile server may cost us. */
const maxIterations = 1_000_000;

/** No channel binding, no authorization identity (RFC 5802, section 7); and as `c=` sends it back, in base64. */
const gs2Header = 'n,,';
const channelBinding = Buffer.from(gs2Header).toString('base64');

function scram(name: ScramName): SaslMechanism {
  return {
    name,
    authentication: 'encrypted',
    start: (credential, server) => startScram(name, credential, server, randomBytes(24).toString('base64')),
  };
}

/** @param nonce printable ASCII without comma, never used before */
export function startScram(name: ScramName, { user, password }: Credential, server: SaslServer, nonce: string): SaslExchange {
  const clientFirst = `n=${escaped(prepared(user))},r=${nonce}`;
  let serverSignature: Buffer | undefined;
  let isProven = false;

  const begin = (challenge: Buffer): Buffer => {
    if (challenge.length > 0) throw badChallenge(server, `${name} starts with the client, but the server sent a challenge`);
    return Buffer.from(gs2Header + clientFirst);
  };

  const prove = async (challenge: Buffer): Promise<Buffer> => {
    const serverFirst = challenge.toString('utf8');
    const { serverNonce, salt, iterations } = readServerFirst(serverFirst, nonce, name, server);
    const { hash, bytes } = hashes[name];
    const hmac = (key: Buffer, text: string) => createHmac(hash, key).update(text).digest();
    const saltedPassword = await promisify(pbkdf2)(prepared(password), salt, iterations, bytes, hash);
    const clientFinal = `c=${channelBinding},r=${serverNonce}`;
    const authMessage = `${clientFirst},${serverFirst},${clientFinal}`;
    const clientKey = hmac(saltedPassword, 'Client Key');
    const clientSignature = hmac(createHash(hash).update(clientKey).digest(), authMessage);
    serverSignature = hmac(hmac(saltedPassword, 'Server Key'), authMessage);
    return Buffer.from(`${clientFinal},p=${xor(clientKey, clientSignature).toString('base64')}`);
  };

  const verify = (serverFinal: Buffer): Buffer => {
    const [, attribute, value = ''] = /^([ev])=([^,]+)(?:,|$)/.exec(serverFinal.toString('utf8')) ?? [];
    // The server's word for its refusal, which comes next; a success after it is none.
    if (attribute === 'e') return Buffer.alloc(0);
    const signature = attribute === 'v' ? fromBase64(value) : undefined;
    if (!serverSignature || signature?.length !== serverSignature.length || !timingSafeEqual(signature, serverSignature)) {
      throw notProven(server, name, 'its signature is wrong');
    }
    isProven = true;
    return Buffer.alloc(0);
  };

  const steps = [begin, prove, verify];
  return {
    respond: (challenge) => {
      const step = steps.shift();
      if (!step) throw badChallenge(server, `${name} has ended, but the server sent one more challenge`);
      return step(challenge);
    },
    finish: (data) => {
      if (!isProven && serverSignature && data) verify(data);
      if (!isProven) throw notProven(server, name, 'it ended the sign-in without its signature');
    },
  };
}

/** `r=…,s=…,i=…`; what may follow is for extensions, which a client may pass over (RFC 5802, section 7). */
function readServerFirst(message: string, nonce: string, name: ScramName, server: SaslServer) {
  const match = /^r=([^,]+),s=([^,]+),i=([1-9]\d{0,9})(?:,|$)/.exec(message);
  const [, serverNonce = '', saltText = '', count = ''] = match ?? [];
  const salt = fromBase64(saltText);
  if (!match || !salt) throw badChallenge(server, `the challenge of ${name} lacks nonce, salt or iteration count`);
  if (!serverNonce.startsWith(nonce) || serverNonce.length === nonce.length) {
    throw badChallenge(server, `the challenge of ${name} is not for this sign-in: its nonce does not extend ours`);
  }
  const iterations = Number(count);
  if (iterations < minIterations || iterations > maxIterations) {
    throw badChallenge(server, `${name} with ${iterations} iterations; ${minIterations} to ${maxIterations} are accepted`);
  }
  return { serverNonce, salt, iterations };
}

/** RFC 5802, section 5.1: the comma parts attributes. */
function escaped(user: string): string {
  return user.replaceAll('=', '=3D').replaceAll(',', '=2C');
}

function xor(a: Buffer, b: Buffer): Buffer {
  return Buffer.from(a.map((byte, index) => byte ^ (b[index] ?? 0)));
}
