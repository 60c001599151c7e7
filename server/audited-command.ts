import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { asFlowError } from '../shared/errors.ts';
import type { AuditSubject } from './ports/audit.ts';
import { openAuditLog } from './storage/audit-store.ts';
import type { SidePool } from './storage/backup/session.ts';

/** Runs a command of the command line with a line of the audit log before it, and its end after it; a killed one stays as begun. */
export async function auditedCommand<T>(
  pool: SidePool,
  action: string,
  subject: Omit<AuditSubject, 'flowId'>,
  work: () => Promise<T>,
): Promise<T> {
  const audit = openAuditLog(pool);
  const line = await audit.begin({
    actor: { kind: 'command', id: '', name: `${userInfo().username} on the command line`, role: null },
    address: '',
    requestId: randomUUID(),
    action,
    subject: { ...subject, flowId: null },
  });
  try {
    const done = await work();
    await audit.end(line, { outcome: 'done', code: null });
    return done;
  } catch (error) {
    // What went wrong is told in any case.
    await audit.end(line, { outcome: 'refused', code: asFlowError(error).code }).catch(() => undefined);
    throw error;
  }
}
