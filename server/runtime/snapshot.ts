import { maxShownBodyChars, type Snapshot } from '../../shared/api/simulations.ts';
import type { Json, Message } from '../../shared/flow.ts';

/** A message as it was at one place, cut where it is longer than a person reads. */

const maxListed = 1_000;
const maxHeaderChars = 16 * 1024;
const maxPropertyChars = 16 * 1024;

/** The parts that are not the very ones of `before`. */
export function changedParts(message: Message, before: Message | undefined): Partial<Snapshot> {
  const whole = snapshotOf(message);
  if (!before) return whole;
  const { headers, properties, body, attachments, leftOut } = whole;
  return {
    leftOut,
    ...(message.headers === before.headers ? {} : { headers }),
    ...(message.properties === before.properties ? {} : { properties }),
    ...(message.body === before.body ? {} : { body }),
    ...(message.attachments === before.attachments ? {} : { attachments }),
  };
}

function snapshotOf({ headers, properties, body, attachments }: Message): Snapshot {
  const entries = Object.entries(headers);
  const facts = Object.entries(properties);
  const beyond = [entries, facts, attachments].map(({ length }) => Math.max(0, length - maxListed));
  return {
    headers: Object.fromEntries(
      entries
        .slice(0, maxListed)
        .map(([name, value]) => [name, value.length > maxHeaderChars ? `${value.slice(0, maxHeaderChars)}…` : value]),
    ),
    properties: Object.fromEntries(facts.slice(0, maxListed).map(([name, value]) => [name, shownValue(value)])),
    body: {
      contentType: body.contentType,
      // Not between the two halves of a character.
      text: body.text.slice(0, maxShownBodyChars).replace(/[\uD800-\uDBFF]$/, ''),
      characters: body.text.length,
      isCut: body.text.length > maxShownBodyChars,
    },
    attachments: attachments.slice(0, maxListed),
    leftOut: beyond.reduce((sum, count) => sum + count, 0),
  };
}

function shownValue(value: Json): Json {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > maxPropertyChars ? `${text.slice(0, maxPropertyChars)}…` : value;
}
