import { flowSettings } from './catalog/flow-settings.ts';
import { shownFields } from './catalog/define.ts';
import { describeType } from './catalog/index.ts';
import type { FlowDocument } from './flow.ts';
import { fillIn, mentionedIn, valuesFor, type ParameterValues } from './parameters.ts';
import type { Problem } from './problem.ts';

/** Whether what fields name as `{{name}}` is declared, and has a value. */

export interface CheckedParameters {
  /** With the values filled in. */
  filled: FlowDocument;
  problems: Problem[];
  /** Whether a field waits for a value that is given at Deploy, so that nothing can be said about it yet. */
  isOpen: (nodeId: string | undefined, field: string | undefined) => boolean;
}

/** @param given the values of a deployment; undefined while drawing, when those without a default are not known yet */
export function checkParameters(document: FlowDocument, given: ParameterValues | undefined): CheckedParameters {
  const { parameters = [] } = document;
  const values = valuesFor(document, given ?? {});
  const filled = fillIn(document, given ?? {});
  const declared = new Set(parameters.map(({ name }) => name));
  const problems: Problem[] = [];
  const open = new Set<string>();
  const used = new Set<string>();
  for (const { nodeId, field, name } of usesIn(document, filled)) {
    used.add(name);
    const place = nodeId === undefined ? { field } : { nodeId, field };
    if (!declared.has(name)) {
      problems.push({
        ...place,
        level: 'error',
        code: 'PARAMETER_MISSING',
        message: `The flow has no parameter '${name}'.`,
        remedy: `Declare it under Parameters, or write a value instead; \\{{${name}}} is the text itself.`,
      });
    } else if (!Object.hasOwn(values, name)) {
      open.add(`${nodeId ?? ''}\n${field}`);
      if (given !== undefined)
        problems.push({
          ...place,
          parameter: name,
          level: 'error',
          code: 'PARAMETER_WITHOUT_VALUE',
          message: `The parameter '${name}' has no value.`,
          remedy: 'Give it a value at Deploy, or a default under Parameters.',
        });
    }
  }
  for (const { name } of parameters) {
    if (used.has(name)) continue;
    problems.push({
      parameter: name,
      level: 'info',
      code: 'PARAMETER_UNUSED',
      message: `No field uses the parameter '${name}'.`,
      remedy: `Write {{${name}}} into a field, or delete it under Parameters.`,
    });
  }
  return { filled, problems, isOpen: (nodeId, field) => open.has(`${nodeId ?? ''}\n${field ?? ''}`) };
}

/** Each parameter once per field that applies. */
function usesIn(document: FlowDocument, filled: FlowDocument): { nodeId: string | undefined; field: string; name: string }[] {
  const ofNodes = document.nodes.flatMap(({ id, type, config }, index) => {
    const description = describeType(type);
    const shown = description ? shownFields(description, filled.nodes[index]?.config ?? config) : [];
    return shown.flatMap(({ key }) => [...new Set(mentionedIn(config[key]))].map((name) => ({ nodeId: id, field: key, name })));
  });
  const ofSettings = shownFields(flowSettings, filled.settings ?? {}).flatMap(({ key }) =>
    [...new Set(mentionedIn(document.settings?.[key]))].map((name) => ({ nodeId: undefined, field: key, name })),
  );
  return [...ofNodes, ...ofSettings];
}
