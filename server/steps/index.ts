import type { Step } from '../ports/steps.ts';
import { contentModifierStep } from './content-modifier.ts';
import { filterStep } from './filter.ts';
import { routerStep } from './router.ts';

/** The behaviour of every step of the catalog. */
export const steps: Step[] = [contentModifierStep, filterStep, routerStep];
