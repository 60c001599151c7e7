/** What a condition looks at, as the form shows it: a choice, and for headers and properties a name. */
export interface SubjectChoice {
  choice: string;
  /** Only with the choices `header.` and `property.`. */
  name: string;
}

/** Subjects that need no name typed, by their value in the configuration. */
export const subjectChoices: Record<string, string> = {
  'header.subject': 'Subject',
  'header.from': 'From',
  'header.to': 'To',
  'header.cc': 'Cc',
  body: 'Body',
  'attachments.count': 'Number of attachments',
  'attachments.names': 'Names of attachments',
  'header.': 'Header…',
  'property.': 'Property…',
};

export function subjectChoice(subject: string): SubjectChoice {
  if (subject in subjectChoices) return { choice: subject, name: '' };
  for (const prefix of ['header.', 'property.']) {
    if (subject.startsWith(prefix)) return { choice: prefix, name: subject.slice(prefix.length) };
  }
  return { choice: 'header.subject', name: '' };
}

export function needsName(choice: string): boolean {
  return choice.endsWith('.');
}

export function subjectOf({ choice, name }: SubjectChoice): string {
  return needsName(choice) ? `${choice}${name.trim()}` : choice;
}
