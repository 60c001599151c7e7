import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { NotReadable } from './x509.ts';

/** PKCS #12 files (RFC 7292), read in a thread of their own: how much work their passphrase takes is up to the file. */

const deadlineMs = 10_000;
const maxHeapMb = 128;

/** What the thread answers with. */
export type Pkcs12Answer = { certificate: string; privateKey: string } | { reason: string };

/**
 * @param file base64
 * @returns PEM: every certificate of the file, and its one private key, not encrypted
 * @throws NotReadable
 */
export async function readPkcs12(file: string, passphrase: string): Promise<{ certificate: string; privateKey: string }> {
  const worker = new Worker(new URL('./pkcs12-worker.ts', import.meta.url), {
    workerData: { file, passphrase },
    resourceLimits: { maxOldGenerationSizeMb: maxHeapMb },
  });
  try {
    const [answer] = (await once(worker, 'message', { signal: AbortSignal.timeout(deadlineMs) })) as [Pkcs12Answer];
    if ('reason' in answer) throw new NotReadable(answer.reason);
    return answer;
  } catch (error) {
    if (error instanceof NotReadable) throw error;
    throw new NotReadable('the file takes too much time or memory to open');
  } finally {
    await worker.terminate();
  }
}
