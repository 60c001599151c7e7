import { startCyruses } from './cyrus-servers.ts';
import { startDovecots } from './dovecot-servers.ts';
import { corpusSection } from './corpus.ts';
import { imapPostProcessingSection } from './imap-post-processing.ts';
import { pop3PostProcessingSection } from './pop3-post-processing.ts';
import type { Fleet } from './servers.ts';
import { signInSection } from './sign-in.ts';
import { failuresText, isPassed, tableText, type Section } from './table.ts';
import { startTokens } from './tokens.ts';

/**
 * `npm run conformance`: the Mail sender against real servers, combination by combination. Prints a table for each subject and
 * one last line, `N passed, M failed`; ends with 1 if something failed.
 * `npm run conformance -- NAME…` runs only the named subjects.
 */

/** Rows that run at once. */
const lanes = 8;

const started = performance.now();
const progress = (text: string) => process.stderr.write(`${Math.round((performance.now() - started) / 1000)} s  ${text}\n`);

progress('starting servers');
const tokens = await startTokens();
const fleets: Fleet[] = [];
const sections: Section[] = [];
try {
  const { tokenFor, introspectionUrl } = tokens;
  for (const start of [() => startDovecots(introspectionUrl), startCyruses]) fleets.push(await start());
  const everything = fleets.map((fleet) => fleet.everything);
  const offering = fleets.flatMap((fleet) => fleet.offering);
  const capable = fleets.flatMap((fleet) => fleet.capable);
  const subjects: Record<string, () => Promise<Section>> = {
    'sign-in': () => signInSection(offering, tokenFor, lanes),
    'imap-post-processing': () => imapPostProcessingSection(capable, lanes),
    'pop3-post-processing': () => pop3PostProcessingSection(everything, lanes),
    corpus: () => corpusSection(everything),
  };
  const names = process.argv.slice(2);
  for (const [name, run] of Object.entries(subjects)) {
    if (names.length > 0 && !names.includes(name)) continue;
    progress(name);
    const section = await run();
    process.stdout.write(`${tableText(section)}\n`);
    sections.push(section);
  }
} finally {
  progress('stopping servers');
  await Promise.all([tokens, ...fleets].map((started) => started.stop()));
}
const rows = sections.flatMap((section) => section.rows);
const failed = rows.filter((row) => !isPassed(row)).length;
if (failed > 0) process.stdout.write(`${failuresText(sections)}\n\n`);
process.stdout.write(`${rows.length - failed} passed, ${failed} failed\n`);
process.exitCode = failed > 0 ? 1 : 0;
