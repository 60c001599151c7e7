import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import type { FlowSummary } from '../shared/api/flows.ts';
import { flowFileName, toFlowFile, type FileFlow } from '../shared/flow-file.ts';
import { readFlowFile, type TextProblem } from '../server/http/flow-file-text.ts';
import { apiClient, type ApiClient } from './api-client.ts';
import { parse } from 'yaml';
import { z } from 'zod';
import { counted, runCommand, UsageError } from './command.ts';

const usage = `npm run flows -- validate DIR
npm run flows -- export DIR [--format yaml|json]
npm run flows -- apply DIR [--deploy] [--note TEXT] [--values FILE]

Keeps the flows of a Mailroom as files, for version control. See docs/flows-as-files.md.

  validate   reads every *.flow.yaml and *.flow.json in DIR and lists what is wrong; needs no server
  export     writes the draft of every flow to DIR, one file each
  apply      creates or updates the drafts that the files name, by the name of the flow; when a file is wrong, nothing is changed
  --deploy   deploys those that differ from what is deployed, with --note
  --values   the values of parameters to deploy with: name of the flow, below it a value for each parameter, in YAML or JSON.
             A flow that it does not name keeps the values of its last deployment

The server is MAILROOM_URL (http://127.0.0.1 with MAILROOM_PORT without), signed in to with MAILROOM_API_TOKEN.
Ends with 0; with 1 when a file is wrong or the server refuses; with 64 when it was called wrongly.`;

const valuesSchema = z.record(z.string(), z.record(z.string(), z.string()));

const fileEnd = /\.flow\.(yaml|json)$/;
/** More than anybody draws by hand; a directory with more is probably not the one that was meant. */
const maxFiles = 5_000;

await runCommand('The command', usage, async ({ say, progress, config }) => {
  const { values, positionals } = parseArgs({
    options: {
      format: { type: 'string', default: 'yaml' },
      deploy: { type: 'boolean', default: false },
      note: { type: 'string', default: '' },
      values: { type: 'string' },
    },
    allowPositionals: true,
  });
  const [action, directory, ...others] = positionals;
  if (directory === undefined || others.length > 0) throw new UsageError('Name what to do and the one directory.');
  const { format } = values;
  if (format !== 'yaml' && format !== 'json') throw new UsageError('--format wants yaml or json.');
  const connect = () =>
    apiClient({
      url: process.env['MAILROOM_URL'] ?? `http://127.0.0.1:${config.port}`,
      token: process.env['MAILROOM_API_TOKEN'] ?? '',
    });
  if (action === 'validate') return (await readAll(directory, say)) === undefined ? 1 : 0;
  if (action === 'export') return exportAll(connect(), directory, format, say);
  if (action === 'apply') {
    if (values.values !== undefined && !values.deploy) throw new UsageError('--values is for --deploy.');
    const given = values.values === undefined ? {} : await readValues(values.values);
    return applyAll(connect(), directory, { ...values, given }, say, progress);
  }
  throw new UsageError(`There is no '${action}'.`);
});

type GivenValues = z.output<typeof valuesSchema>;

/** @throws UsageError where the file is none, or says something else than values */
async function readValues(file: string): Promise<GivenValues> {
  try {
    return valuesSchema.parse(parse(await readFile(file, 'utf8'), { maxAliasCount: 0, schema: 'failsafe' }));
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : error instanceof Error ? error.message : String(error);
    throw new UsageError(`${file} can't be read as values of parameters: ${why}`);
  }
}

/** What the values name and the files do not have, as sentences. */
function unknownValues(given: GivenValues, flows: Read[]): string[] {
  return Object.entries(given).flatMap(([name, values]) => {
    const flow = flows.find((candidate) => candidate.name === name);
    if (!flow) return [`There is no flow '${name}' to give values to.`];
    const known = new Set(flow.draft.parameters?.map((parameter) => parameter.name));
    return Object.keys(values).flatMap((parameter) => (known.has(parameter) ? [] : [`'${name}' has no parameter '${parameter}'.`]));
  });
}

type Say = (text: string) => void;
type Read = FileFlow & { file: string };

/** @returns undefined where a file is wrong, which has been said */
async function readAll(directory: string, say: Say): Promise<Read[] | undefined> {
  const names = (await readdir(directory)).filter((name) => fileEnd.test(name)).sort();
  if (names.length > maxFiles) throw new UsageError(`There are more than ${maxFiles} flow files in ${directory}.`);
  const flows: Read[] = [];
  let errors = 0;
  for (const name of names) {
    const file = path.join(directory, name);
    const { flow, problems } = readFlowFile(await readFile(file, 'utf8'));
    for (const problem of problems) say(lineOf(file, problem));
    errors += problems.filter(({ level }) => level === 'error').length;
    const twin = flow && flows.find((other) => other.name === flow.name);
    if (flow && twin) {
      say(`${file}: error: '${flow.name}' is in ${twin.file} as well. Give one of them another name.`);
      errors += 1;
    }
    if (flow) flows.push({ ...flow, file });
  }
  say(`${counted(names.length, 'file')}, ${counted(errors, 'error')}.`);
  return errors === 0 ? flows : undefined;
}

/** As compilers say it, so that editors find the place. */
function lineOf(file: string, { line, column, level, message, remedy }: TextProblem): string {
  return `${file}:${line}:${column}: ${level}: ${message} ${remedy}`;
}

async function exportAll(api: ApiClient, directory: string, format: 'yaml' | 'json', say: Say): Promise<number> {
  const { items } = await api('listFlows', {});
  await mkdir(directory, { recursive: true });
  const taken = new Set<string>();
  for (const { id, name } of items) {
    const { text } = await api('getFlowFile', { params: { id }, query: { format } });
    const file = path.join(directory, freeName(flowFileName(name, format), taken));
    // Whole or not at all: the file may be under version control.
    await writeFile(`${file}.new`, text);
    await rename(`${file}.new`, file);
  }
  say(`${counted(items.length, 'flow')} written to ${directory}.`);
  return 0;
}

/** Two flows may have the same name. */
function freeName(wanted: string, taken: Set<string>): string {
  let name = wanted;
  for (let number = 2; taken.has(name); number += 1) name = wanted.replace(fileEnd, `-${number}.flow.$1`);
  taken.add(name);
  return name;
}

async function applyAll(
  api: ApiClient,
  directory: string,
  { deploy, note, given }: { deploy: boolean; note: string; given: GivenValues },
  say: Say,
  progress: Say,
): Promise<number> {
  const flows = await readAll(directory, say);
  if (!flows) return 1;
  const unknown = unknownValues(given, flows);
  for (const sentence of unknown) say(`error: ${sentence} Nothing was changed.`);
  if (unknown.length > 0) return 1;
  const { items } = await api('listFlows', {});
  const targets = flows.map((flow) => ({ flow, target: targetOf(flow, items) }));
  let changed = 0;
  let deployed = 0;
  for (const { flow, target } of targets) {
    progress(`${flow.name}…`);
    const before = target && (await api('getFlow', { params: { id: target.id } }));
    const isSame = before && isDeepStrictEqual(toFlowFile(before), toFlowFile(flow));
    const { name, description, draft } = flow;
    const after = !before
      ? await api('createFlow', { body: { name, description, draft } })
      : isSame
        ? before
        : await api('saveFlow', { params: { id: before.id }, body: { revision: before.revision, description, draft } });
    if (!isSame) changed += 1;
    const isCurrent =
      after.deployedDocument && isDeepStrictEqual(toFlowFile({ ...after, draft: after.deployedDocument }), toFlowFile(after));
    const values = (Object.hasOwn(given, name) ? given[name] : undefined) ?? after.parameterValues;
    if (!deploy || (isCurrent && isDeepStrictEqual(values, after.parameterValues))) continue;
    await api('deployFlow', { params: { id: after.id }, body: { revision: after.revision, note, values } });
    deployed += 1;
  }
  say(`${counted(changed, 'flow')} changed, ${flows.length - changed} as they were, ${deployed} deployed.`);
  return 0;
}

/** @throws UsageError where the name does not say which flow is meant */
function targetOf({ name, file }: Read, items: FlowSummary[]): FlowSummary | undefined {
  const found = items.filter((item) => item.name === name);
  if (found.length > 1)
    throw new UsageError(`${file}: ${found.length} flows are called '${name}'. Rename all but one; nothing was changed.`);
  return found[0];
}
