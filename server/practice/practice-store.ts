import { randomBytes, randomInt } from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Logger } from '../ports/common.ts';

/** What the practice mailbox keeps over a restart: one JSON file, always whole. */

const mailSchema = z.object({ uid: z.int().min(1), flags: z.array(z.string()), receivedAt: z.string(), raw: z.string() });
const folderSchema = z.object({ uidValidity: z.int().min(1), uidNext: z.int().min(1), mails: z.array(mailSchema) });
const stateSchema = z.object({ password: z.string().min(1), folders: z.object({ INBOX: folderSchema, Archive: folderSchema }) });

export type PracticeState = z.output<typeof stateSchema>;
export type StoredFolder = z.output<typeof folderSchema>;

/** UIDs left out at each start: those given out but not written down before a crash are never given to another mail. */
const uidGap = 1_000;

/**
 * The kept state, or undefined on the first start. A file that can't be read is put aside as `practice.json.broken`: the
 * mailbox then starts anew under another UIDVALIDITY, so that none of its mails looks like one that was there before.
 */
export async function readPracticeState(directory: string, log: Logger): Promise<PracticeState | undefined> {
  const path = fileIn(directory);
  try {
    const state = stateSchema.parse(JSON.parse(await readFile(path, 'utf8')));
    for (const folder of Object.values(state.folders)) folder.uidNext += uidGap;
    return state;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    log.warn({ err: error }, 'The practice mailbox could not be read; it starts anew');
    await rename(path, `${path}.broken`);
    return undefined;
  }
}

export function newPracticeState(): PracticeState {
  const folder = (): StoredFolder => ({ uidValidity: randomInt(1, 2 ** 32), uidNext: 1, mails: [] });
  return { password: randomBytes(18).toString('base64url'), folders: { INBOX: folder(), Archive: folder() } };
}

/** Readable by the owner only, since it holds the password. */
export async function writePracticeState(directory: string, state: PracticeState): Promise<void> {
  await mkdir(directory, { recursive: true });
  const path = fileIn(directory);
  const file = await open(`${path}.partial`, 'w', 0o600);
  try {
    await file.writeFile(JSON.stringify(state));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.partial`, path);
}

function fileIn(directory: string): string {
  return join(directory, 'practice.json');
}
