import { readFile, stat } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { FlowError } from '../../shared/errors.ts';
import type { Logger } from '../ports/common.ts';

/** Certificate and private key that the web server shows, in PEM files that somebody renews. */
export interface TlsFiles {
  certFile: string;
  keyFile: string;
}

export interface TlsPair {
  cert: Buffer;
  key: Buffer;
}

/** @throws TLS_FILES_NOT_USABLE */
export async function readTlsFiles({ certFile, keyFile }: TlsFiles): Promise<TlsPair> {
  try {
    const [cert, key] = await Promise.all([readFile(certFile), readFile(keyFile)]);
    // Throws where one is damaged or they don't belong together.
    createSecureContext({ cert, key });
    return { cert, key };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FlowError('TLS_FILES_NOT_USABLE', { certFile, keyFile, reason }, { cause });
  }
}

/** Hands over new files soon after they were written; broken ones are left alone, with a line in the log. */
export function watchTlsFiles(files: TlsFiles, log: Logger, use: (pair: TlsPair) => void, everyMs: number): { close(): void } {
  let seen: string | undefined;
  let isLooking = false;

  async function look(): Promise<void> {
    const now = (await Promise.all([stat(files.certFile), stat(files.keyFile)])).map(({ mtimeMs, size }) => `${mtimeMs} ${size}`).join();
    if (seen !== undefined && seen !== now) {
      use(await readTlsFiles(files));
      log.info({ certFile: files.certFile }, 'The renewed certificate of the web server is in use');
    }
    seen = now;
  }

  const tick = () => {
    if (isLooking) return;
    isLooking = true;
    look()
      .catch((error: unknown) =>
        log.warn(
          { cause: error instanceof Error ? error.message : String(error) },
          'The certificate of the web server could not be read again',
        ),
      )
      .finally(() => (isLooking = false));
  };
  tick();
  const timer = setInterval(tick, everyMs);
  return { close: () => clearInterval(timer) };
}
