import { createHash } from 'node:crypto';
import type { FlowDocument } from '../../shared/flow.ts';
import type { ParameterValues } from '../../shared/parameters.ts';

/**
 * Tells whether two deployments do the same: SHA-256, in hex, of the drawing without its layout (positions, notes, ids of connections,
 * order of nodes) and of the values of its parameters. Everything typed counts, also what is hidden now or equals a default: a default may
 * be another one in a later Mailroom.
 */
export function contentHash({ nodes, edges, settings = {}, parameters = [] }: FlowDocument, values: ParameterValues): string {
  const content = {
    nodes: Object.fromEntries(nodes.map(({ id, type, config }) => [id, { type, config }])),
    // Copies of a message are delivered in this order.
    edges: edges.map(({ from, port = '', to }) => [from, port, to]),
    settings,
    parameters,
    values,
  };
  return createHash('sha256').update(JSON.stringify(content, inOrder)).digest('hex');
}

/** PostgreSQL hands the keys of an object back in another order than they were written in. */
function inOrder(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
