/** One row: what it is about, what must happen, what did. It passes when the two are the same words. */
export interface Row {
  about: string[];
  wanted: string;
  happened: string;
}

export interface Section {
  title: string;
  /** Heads of the columns that say what a row is about. */
  columns: string[];
  rows: Row[];
  /** Printed below the rows: what was left out by rule, and how things were measured. */
  remarks: string[];
}

export const isPassed = ({ wanted, happened }: Row): boolean => wanted === happened;

export function tableText({ title, columns, rows, remarks }: Section): string {
  const head = ['', ...columns, 'wanted', 'happened'];
  const lines = rows.map((row) => [isPassed(row) ? 'pass' : 'FAIL', ...row.about, row.wanted, row.happened]);
  const widths = head.map((name, column) => Math.max(name.length, ...lines.map((line) => line[column]?.length ?? 0)));
  const text = (line: string[]) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  const passed = rows.filter(isPassed).length;
  return [
    `== ${title}`,
    '',
    text(head),
    text(widths.map((width) => '-'.repeat(width))),
    ...lines.map(text),
    '',
    ...remarks,
    `${title}: ${rows.length} rows, ${passed} passed, ${rows.length - passed} failed`,
    '',
  ].join('\n');
}

/** The failed rows of all sections once more, so that nobody has to look for them. */
export function failuresText(sections: Section[]): string {
  return sections
    .flatMap(({ title, rows }) => rows.filter((row) => !isPassed(row)).map((row) => ({ title, ...row })))
    .map(({ title, about, wanted, happened }) => `FAIL ${title}: ${about.join(' · ')}\n     wanted   ${wanted}\n     happened ${happened}`)
    .join('\n');
}
