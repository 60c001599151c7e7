import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

export interface CommandResult {
  code: number | null;
  /** Both streams, standard output first. */
  output: string;
}

/** Runs one of the commands of `scripts/`, as npm does, in a process of its own. */
export async function runScript(
  name: 'backup' | 'restore' | 'erase' | 'rotate-key',
  args: string[],
  env: Record<string, string | undefined>,
): Promise<CommandResult> {
  const script = fileURLToPath(new URL(`../../scripts/${name}.ts`, import.meta.url));
  const child = spawn(process.execPath, [script, ...args], {
    env: { ...process.env, DATABASE_URL: '', MAILROOM_MASTER_KEY: '', MAILROOM_OTHER_MASTER_KEY: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code: child.exitCode, output: out + err };
}
