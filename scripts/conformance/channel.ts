import { mailSenderAdapter } from '../../server/adapters/mail-sender.ts';
import type { MailboxSession, SenderContext } from '../../server/ports/mailbox.ts';
import type { Secrets } from '../../server/ports/secrets.ts';
import { secretsOf } from '../../server/testing/secrets.ts';
import { silentLog } from '../../server/testing/silent-log.ts';
import { mailSender, type MailSenderConfig } from '../../shared/catalog/mail-sender.ts';
import type { ProbeStage } from '../../shared/probe.ts';
import { asFlowError } from '../../shared/errors.ts';

/** The real adapter, as the runtime uses it. */

const rowDeadlineMs = 60_000;

export interface Channel {
  config: MailSenderConfig;
  secrets: Secrets;
}

export function channel(
  settings: Partial<MailSenderConfig>,
  { user, password }: { user: string; password: string },
  deployed: Partial<Secrets> = {},
): Channel {
  return {
    config: mailSender.config.parse({ credential: 'mailbox', timeoutMs: 10_000, ...settings }),
    secrets: secretsOf({ useCredential: async (name) => ({ name, user, password }), ...deployed }),
  };
}

function contextOf({ secrets }: Channel): SenderContext {
  return { secrets, signal: AbortSignal.timeout(rowDeadlineMs), log: silentLog };
}

/** One visit to the mailbox; whatever `work` leaves open is dropped. */
export async function visit<T>(to: Channel, work: (session: MailboxSession) => Promise<T>): Promise<T> {
  const session = await mailSenderAdapter.open(to.config, contextOf(to));
  try {
    return await work(session);
  } finally {
    session.destroy();
  }
}

/** The connection test: what its stages ended with. */
export async function probe(to: Channel): Promise<ProbeStage[]> {
  const stages = new Map<string, ProbeStage>();
  await mailSenderAdapter.probe(to.config, contextOf(to), (stage) => stages.set(stage.stage, stage));
  return [...stages.values()];
}

/** What went wrong, as the code of the error table. */
export function codeOf(error: unknown): string {
  const { code, details } = asFlowError(error).view();
  return code === 'INTERNAL' ? `${code}: ${details ?? String(error)}` : code;
}
