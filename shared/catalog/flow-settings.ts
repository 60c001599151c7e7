import { z } from 'zod';
import type { FlowDocument } from '../flow.ts';
import type { RetryPlan } from '../retry.ts';
import { checkConfig, completeConfig, describe, field, type AnyDescription } from './define.ts';
import { flowRetry, flowRetryFields, longestWaitRule } from './retry-fields.ts';

/** What is set for a flow as a whole; described like an adapter, so that form, checks and reference page come from it. */

/** Messages of one flow side by side in one worker, unless the flow says otherwise. */
export const defaultMessagesAtOnce = 32;

/** The most headers that a flow keeps for the log. */
const maxLogHeaders = 10;
/** RFC 5322, 2.2: printable characters without a colon; `=` parts name and value where the log is searched. */
const headerName = /^[!-9;<>-~]{1,100}$/;

const logHeaders = z
  .string()
  .trim()
  .max(1_200)
  .refine((text) => namesIn(text).length <= maxLogHeaders, `at most ${maxLogHeaders} names`)
  .refine((text) => namesIn(text).every((name) => headerName.test(name)), 'names of headers, parted by |')
  .default('');

function namesIn(text: string): string[] {
  return [...new Set(text.split('|').map((name) => name.trim()))].filter((name) => name !== '');
}

const config = z.object({
  ...flowRetryFields,
  messagesAtOnce: field(z.int('a whole number').min(1, 'at least 1').max(96, 'at most 96').default(defaultMessagesAtOnce), {
    tab: 'Limits',
    label: 'Messages at Once',
    control: 'number',
    help: 'Messages of this flow that a worker runs side by side; the others wait. With Processing Order In Order it is one at a time.',
  }),
  logHeaders: field(logHeaders, {
    tab: 'Log',
    label: 'Headers for the log',
    control: 'text',
    placeholder: 'X-Order-No | X-Customer',
    help: 'Headers of the mail that the log keeps, to find messages by: up to ten names, parted by |. Everybody who sees the log sees their values.',
  }),
});

const described = describe({
  type: 'flow',
  role: 'flow',
  title: 'Flow settings',
  icon: 'settings-2',
  summary: 'What holds for the whole flow: when failed messages are tried again, and how many run side by side.',
  config,
  rules: [longestWaitRule],
  checklist: [],
  subtitle: () => '',
});
export const flowSettings = described as unknown as AnyDescription;

export interface FlowSettings {
  retry: RetryPlan;
  messagesAtOnce: number;
  /** Names of headers that the log keeps. */
  logHeaders: string[];
}

/** Of a drawing that was checked; one that was deployed before there were settings gets the defaults. */
export function settingsOf(document: FlowDocument): FlowSettings {
  const { config: checked } = checkConfig(described, completeConfig(flowSettings, document.settings ?? {}));
  const { messagesAtOnce, logHeaders: names, ...retry } = checked ?? config.parse({});
  return { retry: flowRetry(retry), messagesAtOnce, logHeaders: namesIn(names) };
}
