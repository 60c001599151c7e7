import { configView, shownFields } from '../../shared/catalog/define.ts';
import { describeType } from '../../shared/catalog/index.ts';
import type { FlowDocument, FlowNode } from '../../shared/flow.ts';
import { changesBetween } from './changes.ts';
import { findNode, nameOf } from './document.ts';
import { countText, kindOf } from './roles.ts';

/** What somebody gets who deploys `to` where `from` runs: a line per node, in the words of the form. Empty when both do the same. */
export function differenceText(from: FlowDocument, to: FlowDocument): string[] {
  const { added, removed, changed, rewired } = changesBetween(from, to);
  return [
    ...added.map((id) => `adds the ${titleOf(findNode(to, id))}`),
    ...removed.map((id) => `leaves out the ${titleOf(findNode(from, id))}`),
    ...changed.map((id) => `changes the ${titleOf(findNode(to, id))}: ${changedFields(findNode(from, id), findNode(to, id))}`),
    ...(rewired > 0 ? [`${countText(rewired, 'connection')} drawn differently`] : []),
  ];
}

function titleOf(node: FlowNode | undefined): string {
  return node ? `${kindOf(node.type)} ‘${nameOf(node)}’` : 'node';
}

function changedFields(from: FlowNode | undefined, to: FlowNode | undefined): string {
  const description = to && describeType(to.type);
  if (!description || !from) return 'all of it';
  const [before, after] = [configView(description, from.config), configView(description, to.config)];
  const fields = [...shownFields(description, to.config), ...shownFields(description, from.config)];
  const labels = fields.filter(({ key }) => JSON.stringify(before[key]) !== JSON.stringify(after[key])).map(({ info }) => info.label);
  return [...new Set(labels)].join(', ');
}
