import type { Role } from '../../shared/catalog/define.ts';
import { describeType } from '../../shared/catalog/index.ts';
import type { FlowNode } from '../../shared/flow.ts';
import type { Problem } from '../../shared/problem.ts';
import { nameOf } from './document.ts';

/** What nodes and connections are called: on screen, for screen readers, in announcements. */

export const roleTitles: Record<Role, string> = { sender: 'Sender', step: 'Step', receiver: 'Receiver' };
export const roleGroups: Record<Role, string> = { sender: 'Senders', step: 'Steps', receiver: 'Receivers' };

/** "Mail sender", "Filter step", "HTTP receiver". */
export function kindOf(type: string): string {
  const description = describeType(type);
  return description ? `${description.title} ${description.role}` : `Unknown type ${type}`;
}

/** Kind, name, state and problems of a node, in this order. */
export function nodeLabel(node: FlowNode, problems: Problem[], state?: string): string {
  return [`${kindOf(node.type)} ${nameOf(node)}`, state, problemCount(problems)].filter(Boolean).join(', ');
}

/** "2 problems"; undefined where there is none, apart from notes. */
export function problemCount(problems: Problem[]): string | undefined {
  const count = problems.filter((problem) => problem.level !== 'info').length;
  return count > 0 ? countText(count, 'problem') : undefined;
}

export function countText(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
