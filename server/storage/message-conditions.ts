import type { MessageFilter } from '../ports/logs.ts';
import { containing, partCondition, searchConditions, wordsCondition } from './message-search.ts';

/** Conditions of SQL on `m`, which stands for a row of the log or of what is searched of it. */
export interface FilterConditions {
  /** On what both have. */
  both: string[];
  /** On `message_search`: they need not be enough, but leave little to look at in the log. */
  searched: string[];
  /** On `message_log`. */
  logged: string[];
}

/**
 * What a filter means, its times left out.
 *
 * @param hasParts see `findsPartsOfWords`
 * @param parameter adds a value, and returns the placeholder for it
 */
export function filterConditions(filter: MessageFilter, hasParts: boolean, parameter: (value: unknown) => string): FilterConditions {
  const { flowIds, version, statuses, header, errorCode, search } = filter;
  const subject = trimmed(filter.subject);
  const sender = trimmed(filter.sender);
  const mailMessageId = trimmed(filter.mailMessageId);
  const both = flowIds ? [`m.flow_id ${isOneOf(flowIds, 'uuid', parameter)}`] : [];
  const searched = search === undefined ? [] : searchConditions(search, hasParts, parameter);
  const logged: string[] = [];
  if (version !== undefined) logged.push(`m.version = ${parameter(version)}`);
  if (statuses) logged.push(`m.status ${isOneOf(statuses, 'text', parameter)}`);
  if (header)
    logged.push(
      'm.custom is not null',
      `${folded('m.custom')} @> ${folded(`${parameter(JSON.stringify({ [header.name]: header.value }))}::jsonb`)}`,
    );
  if (errorCode !== undefined) logged.push(`m.error->>'code' = ${parameter(errorCode)}`);
  for (const [column, part] of [
    ['subject', subject],
    ['"from"', sender],
  ] as const) {
    if (part === '') continue;
    if (hasParts) searched.push(...partCondition(part, parameter));
    logged.push(`message_text(m.${column}, '', '') like ${parameter(containing(part))}`);
  }
  if (mailMessageId !== '') {
    searched.push(...wordsCondition(mailMessageId, parameter));
    const bare = mailMessageId.replace(/^<(.*)>$/, '$1');
    logged.push(`m.mail_message_id in (${parameter(bare)}, ${parameter(`<${bare}>`)})`);
  }
  if (filter.unreadAgain) logged.push('m.id = any(array(select message_id from ledger where unread_again_at is not null))');
  return { both, searched, logged };
}

/** One value is compared, so that an index that goes on with the time is read in its order. */
function isOneOf(values: string[], type: string, parameter: (value: unknown) => string): string {
  const [only, ...others] = values;
  return others.length === 0 ? `= ${parameter(only)}` : `= any(${parameter(values)}::${type}[])`;
}

/** In lower case, as the index `message_custom_lower` has it. */
function folded(json: string): string {
  return `message_text(${json}::text, '', '')::jsonb`;
}

function trimmed(text: string | undefined): string {
  return text?.trim() ?? '';
}
