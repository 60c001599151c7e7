import type { ErrorEntry } from '../shared/errors/entry.ts';
import { backupErrors } from '../shared/errors/backup.ts';
import { accessErrors } from '../shared/errors/access.ts';
import { alertErrors } from '../shared/errors/alert.ts';
import { flowErrors } from '../shared/errors/flow.ts';
import { intakeErrors } from '../shared/errors/intake.ts';
import { mailErrors } from '../shared/errors/mail.ts';
import { receiverErrors } from '../shared/errors/receiver.ts';
import { securityErrors } from '../shared/errors/security.ts';
import { simulationErrors } from '../shared/errors/simulation.ts';
import { sshErrors } from '../shared/errors/ssh.ts';
import { startErrors } from '../shared/errors/start.ts';
import { systemErrors } from '../shared/errors/system.ts';

const sections: { title: string; errors: Record<string, ErrorEntry> }[] = [
  { title: 'Flows, credentials and messages', errors: flowErrors },
  { title: 'Mailboxes and mails', errors: mailErrors },
  { title: 'Back-pressure', errors: intakeErrors },
  { title: 'Steps and receivers', errors: receiverErrors },
  { title: 'SSH and SFTP servers, known hosts', errors: sshErrors },
  { title: 'Security material', errors: securityErrors },
  { title: 'Users and roles', errors: accessErrors },
  { title: 'Alerts', errors: alertErrors },
  { title: 'The server', errors: systemErrors },
  { title: 'Simulate', errors: simulationErrors },
  { title: 'Starting the server', errors: startErrors },
  { title: 'Backup, restore and erasure', errors: backupErrors },
];

export interface DocumentedError {
  code: string;
  status: number;
  retryable: boolean;
  /** With `‹name›` where a fact of the case stands. */
  message: string;
  remedy: string;
}

export function documentedErrors(): DocumentedError[] {
  return sections.flatMap(({ errors }) => documented(errors));
}

/** The page of all error codes, as Markdown. */
export function errorsPage(): string {
  const parts = sections.map(({ title, errors }) => [`## ${title}`, ...documented(errors).map(errorText)].join('\n\n'));
  return ['# Errors', introduction, ...parts].join('\n\n');
}

const introduction = [
  '<!-- Generated from shared/errors by `npm run docs`. Do not edit. -->',
  'Every error says what happened, to what, and what to do. The code stays the same over versions; words may improve. ' +
    '"Tried again" means that the same attempt may succeed later without anybody changing anything. ' +
    'The status is that of an API answer with this error; in the log of a message or a poll it has no meaning.',
].join('\n\n');

function documented(errors: Record<string, ErrorEntry>): DocumentedError[] {
  return Object.entries(errors).map(([code, { status, retryable, remedy, message }]) => {
    // Each message takes other facts; the placeholder stands for all of them.
    const text = message(placeholder('') as never);
    return { code, status, retryable, remedy, message: text.replaceAll('NaN', '‹n›') };
  });
}

function errorText({ code, status, retryable, message, remedy }: DocumentedError): string {
  const facts = `Status ${status}${retryable ? ', tried again' : ''}.`;
  return [`### ${code}`, message, `**What to do:** ${remedy}`, facts].join('\n\n');
}

/** Answers any property with a placeholder of that name, which reads `‹name›` in a text and holds one element as a list. */
function placeholder(name: string): unknown {
  return new Proxy(
    {},
    {
      get(_, property) {
        if (property === Symbol.toPrimitive) return (hint: string) => (hint === 'number' ? Number.NaN : `‹${name}›`);
        if (property === 'map') return (each: (element: unknown) => unknown) => [each(placeholder(name))];
        return placeholder(String(property));
      },
    },
  );
}
