import './file-threads.ts';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { asFlowError } from '../shared/errors.ts';
import { readConfig } from './config.ts';
import { createLog } from './log.ts';
import { builtClient, startMailroom, type Mailroom, type MailroomOptions } from './main.ts';
import { stopDeadlineMs } from './stop-deadline.ts';

/** One Mailroom as a process: environment in, signals and exit code out. */

export async function runProcess({ watchRules }: Pick<MailroomOptions, 'watchRules'> = {}): Promise<void> {
  let mailroom: Mailroom | undefined;
  let isStopping = false;
  let log = createLog('info');

  const stop = async (code: number) => {
    if (isStopping) return;
    isStopping = true;
    setTimeout(() => process.exit(code || 1), stopDeadlineMs).unref();
    await mailroom?.close().catch((error: unknown) => log.error({ error }, 'stopping failed'));
    log.info({}, 'stopped');
    process.exit(code);
  };

  try {
    const config = readConfig(process.env, { isRoot: process.getuid?.() === 0, homeDirectory: homedir() });
    log = createLog(config.logLevel);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop(0));
    mailroom = await startMailroom({
      config,
      log,
      clientDirectory: existsSync(builtClient) ? builtClient : undefined,
      watchRules,
      onFatal: (error) => {
        log.error({ ...error.view() }, 'Mailroom has to stop');
        void stop(1);
      },
    });
    welcome(mailroom);
  } catch (error) {
    fail(error, log);
  }
}

function welcome(mailroom: Mailroom): void {
  const lines = [...greeting(mailroom), '', 'Ctrl-C stops it; what it has taken in stays.'];
  process.stdout.write(`\n${lines.map((line) => `  ${line}`).join('\n')}\n\n`);
}

function greeting({ url, setUpToken }: Mailroom): string[] {
  if (!url) return ['Mailroom is ready. This worker polls mailboxes and runs messages.'];
  if (!setUpToken) return ['Mailroom is ready. Open it here:', url];
  return ['Mailroom is ready. Create the administrator here:', `${url}/set-up#token=${setUpToken}`, '', `Set-up token: ${setUpToken}`];
}

function fail(error: unknown, log: ReturnType<typeof createLog>): void {
  const { code, message, remedy, details } = asFlowError(error).view();
  if (code === 'INTERNAL') log.error({ error }, 'Mailroom could not start');
  process.stderr.write(`\n  Mailroom could not start (${code}).\n  ${message}${details ? `\n  ${details}` : ''}\n  ${remedy}\n\n`);
  process.exit(1);
}

if (import.meta.main) await runProcess();
