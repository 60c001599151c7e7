import type { MaterialTestLine } from '../../shared/api/material.ts';

/** How a test went, in a sentence. */
export function outcomeOf(lines: MaterialTestLine[]): string {
  if (lines.length === 0) return 'Nothing names it: there is nothing to try it with.';
  const count = (state: MaterialTestLine['state']) => lines.filter((line) => line.state === state).length;
  const [failed, good, skipped] = [count('failed'), count('good'), count('skipped')];
  const rest = skipped === 0 ? '' : `, ${skipped} not tried`;
  if (failed === 0) return `${good === 1 && lines.length === 1 ? 'It works' : `It works in ${good} of ${lines.length} places`}${rest}.`;
  return `It fails in ${failed} of ${lines.length} ${lines.length === 1 ? 'place' : 'places'}${rest}.`;
}
