import { auditOutcomes, type AuditOutcome } from '../../shared/status.ts';
import { isMessageTime, type MessageTime } from './message-times.ts';

/** What the audit log is narrowed to; kept in the address. */
export interface AuditFilters {
  /** Part of the name of who did it. */
  who?: string;
  /** Part of the id or name of what it was done to. */
  what?: string;
  outcome?: AuditOutcome;
  last?: MessageTime;
  /** The line that is open. */
  line?: string;
}

/** Reads the filters of an address; what is not understood is left out. */
export function readAuditFilters({ who, what, outcome, last, line }: Record<string, unknown>): AuditFilters {
  const found = auditOutcomes.find((candidate) => candidate === outcome);
  return {
    ...(isText(who) && { who }),
    ...(isText(what) && { what }),
    ...(found && { outcome: found }),
    ...(isMessageTime(last) && { last }),
    ...(isText(line) && { line }),
  };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= 200;
}
