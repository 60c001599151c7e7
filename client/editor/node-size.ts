import type { FlowNode } from '../../shared/flow.ts';
import { portsOf } from '../../shared/ports.ts';

/** How much room a node takes, in px at zoom 1: known without measuring, so that hits, layout and the first painting need none. */

const widthPx = 216;
const leastHeightPx = 64;
const outputPx = 26;

export function sizeOf(node: FlowNode): { width: number; height: number } {
  const { length } = portsOf(node).outputs;
  return { width: widthPx, height: length < 2 ? leastHeightPx : leastHeightPx + length * outputPx };
}

/** Where the input is, from the top of its node. */
export const inputAt = leastHeightPx / 2;

/** Where an output is, from the top of its node: the only one in the middle, several below each other under the name. */
export function outputAt(node: FlowNode, port: string): number {
  const { outputs } = portsOf(node);
  if (outputs.length < 2) return leastHeightPx / 2;
  const index = outputs.findIndex((output) => output.port === port);
  return leastHeightPx + (Math.max(0, index) + 0.5) * outputPx - 6;
}
