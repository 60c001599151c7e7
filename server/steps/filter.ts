import { conditionText } from '../../shared/catalog/conditions.ts';
import { filter, type FilterConfig } from '../../shared/catalog/filter.ts';
import type { Step } from '../ports/steps.ts';
import { holds } from './conditions.ts';

/** Lets a message pass when all or any of its conditions hold. */
export const filterStep: Step<FilterConfig> = {
  type: filter.type,
  run(message, { conditions, match }, context) {
    const failing = conditions.filter((condition) => !holds(condition, message, context));
    if (holds({ match, of: conditions }, message, context)) {
      return { to: 'next', message, summary: `passed: ${conditions.length - failing.length} of ${conditions.length} hold` };
    }
    const [first] = failing;
    const text = first ? `filtered out: not true that ${conditionText(first)}` : 'filtered out';
    return { to: 'stop', message, summary: text.length > 200 ? `${text.slice(0, 199)}…` : text };
  },
};
