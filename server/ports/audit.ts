import type { Role } from '../../shared/roles.ts';
import type { Page, Paged } from './common.ts';

/** Who did or looked at what. */

export const actorKinds = ['session', 'token', 'anyone', 'command'] as const;

export interface AuditActor {
  /** `anyone` is not signed in, `command` works on the command line of the server. */
  kind: (typeof actorKinds)[number];
  /** Of the person or token; empty for the others. */
  id: string;
  name: string;
  role: Role | null;
}

export interface AuditSubject {
  /** As the API names it in its paths: `flows`, `messages`, `credentials`, … */
  kind: string;
  id: string;
  /** Messages and mails have none here, so that erasing a person's mails leaves nothing of them. */
  name: string;
  flowId: string | null;
}

export interface AuditBegin {
  actor: AuditActor;
  address: string;
  requestId: string;
  /** Name of the route, or of the command. */
  action: string;
  subject: AuditSubject;
}

export interface AuditEnd {
  outcome: 'done' | 'refused';
  /** Of the error it was refused with. */
  code: string | null;
  actor?: AuditActor | undefined;
  subject?: AuditSubject | undefined;
  /** JSON without secrets, as `auditValue` leaves it. */
  before?: unknown;
  after?: unknown;
}

export interface AuditRow extends AuditBegin, Omit<AuditEnd, 'outcome' | 'actor' | 'subject'> {
  id: string;
  at: Date;
  endedAt: Date | null;
  /** `begun`: it runs, or what ran it ended before it did. */
  outcome: AuditEnd['outcome'] | 'begun';
}

export interface AuditFilter {
  from?: Date | undefined;
  to?: Date | undefined;
  /** Part of the name of who did it. */
  actor?: string | undefined;
  action?: string | undefined;
  subjectKind?: string | undefined;
  /** Part of the id or name of what it was done to. */
  subject?: string | undefined;
  flowId?: string | undefined;
  outcome?: AuditRow['outcome'] | undefined;
}

export interface AuditLog {
  /** Before anything happens. @returns the id of the line */
  begin(line: AuditBegin): Promise<string>;
  /** Once for each line. */
  end(id: string, end: AuditEnd): Promise<void>;
  /** Newest first. */
  list(filter: AuditFilter, page: Page): Promise<Paged<AuditRow>>;
}
