import type { MessageView } from '../../shared/api/messages.ts';
import type { ErrorView } from '../../shared/errors.ts';
import { plainText } from '../../shared/plain-text.ts';
import { spanText, versionOfAttempt } from '../run/path.ts';

type Logged = Pick<
  MessageView,
  | 'id'
  | 'flowId'
  | 'flowName'
  | 'version'
  | 'mailMessageId'
  | 'receivedAt'
  | 'endedAt'
  | 'status'
  | 'error'
  | 'nextAttemptAt'
  | 'steps'
  | 'reruns'
>;

/** What happened to a message, one line each, oldest first: time, what, ids. */
export function logLines(message: Logged): string[] {
  const steps = message.steps.toSorted((a, b) => a.attempt - b.attempt || a.position - b.position);
  const lines = [
    `message ${message.id}`,
    `Message-ID ${plainText(message.mailMessageId) || '(none)'}`,
    `flow ${message.flowName} ${message.flowId} v${message.version}`,
    '',
    `${message.receivedAt} received`,
  ];
  let attempt = 0;
  for (const step of steps) {
    if (step.attempt !== attempt) {
      attempt = step.attempt;
      const rerun = message.reruns.find((candidate) => candidate.attempt === attempt);
      if (rerun) lines.push(`${rerun.at} run again by ${rerun.by} from ${[rerun.from, rerun.nodeId].filter(Boolean).join(' ')}`);
      lines.push(`${step.startedAt} attempt ${attempt} v${versionOfAttempt(attempt, message)}`);
    }
    const name = `${step.attempt}.${step.position} ${step.name} (${step.nodeId})`;
    const took = step.endedAt === null ? '' : ` ${spanText(step)}`;
    lines.push(`${step.startedAt}   ${name} ${step.outcome}${took}${step.summary === '' ? '' : `: ${plainText(step.summary)}`}`);
    if (step.idempotencyKey) lines.push(`${step.startedAt}     Idempotency-Key ${step.idempotencyKey}`);
    if (step.error) lines.push(`${step.endedAt ?? step.startedAt}     ${errorLine(step.error)}`);
  }
  if (message.nextAttemptAt) lines.push(`${message.nextAttemptAt} next attempt`);
  const reason = message.error ? ` ${errorLine(message.error)}` : '';
  lines.push(message.endedAt ? `${message.endedAt} ${message.status}${reason}` : `now ${message.status}${reason}`);
  return lines;
}

function errorLine({ code, message, details }: ErrorView): string {
  return plainText(`${code} ${message}${details ? ` · ${details}` : ''}`);
}
