import { z } from 'zod';
import { describe, field } from './define.ts';

export const assignmentSchema = z.object({
  target: z.enum(['header', 'property']),
  name: z
    .string()
    .trim()
    .min(1, 'a name is missing')
    .max(200)
    .regex(/^[\w.-]+$/, 'letters, digits, ".", "_" and "-" only'),
  value: z.string().max(10_000),
});
export type Assignment = z.output<typeof assignmentSchema>;

const config = z.object({
  name: field(z.string().trim().max(100).default('Content Modifier'), { tab: 'General', label: 'Name', control: 'text' }),
  assignments: field(z.array(assignmentSchema).max(100).default([]), {
    tab: 'Message',
    label: 'Headers and properties',
    control: 'assignments',
    help: 'Set to a value; ${header.subject}, ${property.name} and ${body} are filled in. An empty value removes it.',
  }),
  bodyKind: field(z.enum(['keep', 'set']).default('keep'), {
    tab: 'Message',
    label: 'Body',
    control: 'radio',
    options: { keep: 'Keep', set: 'Replace' },
  }),
  body: field(z.string().max(1_000_000).default(''), {
    tab: 'Message',
    label: 'New body',
    control: 'textarea',
    when: (c) => c['bodyKind'] === 'set',
    whenText: 'Body is Replace',
    help: '${header.subject}, ${property.name} and ${body} are filled in.',
  }),
  bodyContentType: field(z.string().trim().min(1).max(200).default('text/plain'), {
    tab: 'Message',
    label: 'Content type',
    control: 'text',
    when: (c) => c['bodyKind'] === 'set',
    whenText: 'Body is Replace',
  }),
});
export type ContentModifierConfig = z.output<typeof config>;

export const contentModifier = describe({
  type: 'content-modifier',
  role: 'step',
  title: 'Content Modifier',
  icon: 'pencil-line',
  summary: 'Sets headers, properties or the body of the message.',
  config,
  rules: [
    (c) =>
      c.assignments.length === 0 && c.bodyKind === 'keep'
        ? {
            field: 'assignments',
            level: 'warning',
            code: 'CHANGES_NOTHING',
            message: 'This step changes nothing.',
            remedy: 'Set a header, a property or the body.',
          }
        : undefined,
  ],
  checklist: [],
  subtitle: (c) => {
    const parts = [];
    if (c.assignments.length > 0)
      parts.push(c.assignments.length === 1 ? `sets ${c.assignments[0]?.name}` : `sets ${c.assignments.length} values`);
    if (c.bodyKind === 'set') parts.push('replaces the body');
    return parts.join(', ') || 'changes nothing yet';
  },
});
