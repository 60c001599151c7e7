import type { SenderAdapter } from '../ports/mailbox.ts';
import type { Receiver, Step } from '../ports/steps.ts';

/** What adapters and steps do, by the type of their description. */
export interface Behaviours {
  senders: Map<string, SenderAdapter>;
  steps: Map<string, Step>;
  receivers: Map<string, Receiver>;
}

export function behavioursOf(senders: SenderAdapter[], steps: Step[], receivers: Receiver[]): Behaviours {
  const byType = <T extends { type: string }>(list: T[]) => new Map(list.map((item) => [item.type, item]));
  return { senders: byType(senders), steps: byType(steps), receivers: byType(receivers) };
}

/**
 * A checked configuration, as the behaviour of its type takes it.
 * A list of behaviours can't know their types, so each takes `never`; the description that checked the values is the
 * one the behaviour is written against, which a test of the two lists makes sure of.
 */
export type BoundConfig = never;
