import { configView, shownFields, type AnyDescription } from '../../shared/catalog/define.ts';
import { flowSettings } from '../../shared/catalog/flow-settings.ts';
import { describeType } from '../../shared/catalog/index.ts';
import type { FlowDocument, FlowNode } from '../../shared/flow.ts';
import { changesBetween } from '../../shared/changes.ts';
import { findNode, nameOf } from './document.ts';
import { countText, kindOf } from './roles.ts';

/** What somebody gets who deploys `to` where `from` runs: a line per node, in the words of the form. Empty when both do the same. */
export function differenceText(from: FlowDocument, to: FlowDocument): string[] {
  const { added, removed, changed, rewired, hasOtherSettings, hasOtherParameters } = changesBetween(from, to);
  return [
    ...added.map((id) => `adds the ${titleOf(findNode(to, id))}`),
    ...removed.map((id) => `leaves out the ${titleOf(findNode(from, id))}`),
    ...changed.map((id) => `changes the ${titleOf(findNode(to, id))}: ${changedFields(findNode(from, id), findNode(to, id))}`),
    ...(hasOtherSettings
      ? [`changes the settings of the flow: ${changedLabels(flowSettings, from.settings ?? {}, to.settings ?? {})}`]
      : []),
    ...(hasOtherParameters ? ['changes the parameters'] : []),
    ...(rewired > 0 ? [`${countText(rewired, 'connection')} drawn differently`] : []),
  ];
}

function titleOf(node: FlowNode | undefined): string {
  return node ? `${kindOf(node.type)} ‘${nameOf(node)}’` : 'node';
}

function changedFields(from: FlowNode | undefined, to: FlowNode | undefined): string {
  const description = to && describeType(to.type);
  if (!description || !from) return 'all of it';
  return changedLabels(description, from.config, to.config);
}

function changedLabels(description: AnyDescription, from: Record<string, unknown>, to: Record<string, unknown>): string {
  const [before, after] = [configView(description, from), configView(description, to)];
  const fields = [...shownFields(description, to), ...shownFields(description, from)];
  const labels = fields.filter(({ key }) => JSON.stringify(before[key]) !== JSON.stringify(after[key])).map(({ info }) => info.label);
  return [...new Set(labels)].join(', ');
}
