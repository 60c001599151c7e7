import { filter, type FilterConfig } from '../../shared/catalog/filter.ts';
import type { Step } from '../ports/steps.ts';
import { conditionText, judge } from './conditions.ts';

/** Lets a message pass when all or any of its conditions hold; upper and lower case are the same. */
export const filterStep: Step<FilterConfig> = {
  type: filter.type,
  run(message, { conditions, match }, context) {
    const { holds, failing } = judge(conditions, match, message, context);
    if (holds) return { to: 'next', message, summary: `passed: ${conditions.length - failing.length} of ${conditions.length} hold` };
    const [first] = failing;
    return { to: 'stop', message, summary: first ? `filtered out: not true that ${conditionText(first)}` : 'filtered out' };
  },
};
