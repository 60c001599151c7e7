import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { z } from 'zod';
import { checkFlow } from '../shared/check-flow.ts';
import type { FileProblem } from '../shared/flow-file.ts';
import { routes } from '../shared/api.ts';
import { largestFileBytes, readText } from '../server/http/flow-file-text.ts';
import { connectToApi, type Api } from './flows-api.ts';

const usage = `npm run flows -- validate DIR
npm run flows -- export DIR [--format yaml|json]
npm run flows -- apply DIR [--dry-run] [--deploy [--note TEXT] [--values FILE]]

Flows as files (*.yaml, *.yml, *.json), for version control. See docs/flows-as-files.md.

validate  checks every file, without a server
export    writes a file for each flow of the server; files of other flows stay
apply     gives each file's drawing to the flow of its name, or creates it: all files, or none where one has an error
          --deploy   deploys them, too; --values names a file of values of parameters, by name of flow

MAILROOM_URL (http://127.0.0.1:8025 unless set) and MAILROOM_API_TOKEN say which server, and who asks.
Exit codes: 0 done, 1 something is wrong, 64 called wrongly.`;

class UsageError extends Error {}
/** Told already, line by line. */
class Failed extends Error {}

interface SourceFile {
  fileName: string;
  text: string;
}

const say = (text: string) => process.stdout.write(`${text}\n`);
const complain = (text: string) => process.stderr.write(`${text}\n`);

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      format: { type: 'string', default: 'yaml' },
      'dry-run': { type: 'boolean', default: false },
      deploy: { type: 'boolean', default: false },
      note: { type: 'string', default: '' },
      values: { type: 'string' },
    },
  });
  const [what, directory, ...more] = positionals;
  if (directory === undefined || more.length > 0) throw new UsageError('Name what to do and one directory.');
  if (what === 'validate') return validate(await readDirectory(directory));
  if (what === 'export') return exportAll(connectToApi(process.env), directory, formatOf(values.format));
  if (what !== 'apply') throw new UsageError(`There is no '${what}'.`);
  if (!values.deploy && (values.note !== '' || values.values !== undefined))
    throw new UsageError('--note and --values belong to --deploy.');
  const files = await readDirectory(directory);
  const parameters = values.values === undefined ? {} : await readValues(values.values);
  const api = connectToApi(process.env);
  const flowIds = await apply(api, files, values['dry-run']);
  if (values.deploy && !values['dry-run']) await deployAll(api, flowIds, values.note, parameters);
}

/** In the order of their names. */
async function readDirectory(directory: string): Promise<SourceFile[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((cause: unknown) => {
    throw new UsageError(`${directory} can't be read: ${messageOf(cause)}`);
  });
  const names = entries.filter((entry) => entry.isFile() && /\.(ya?ml|json)$/i.test(entry.name)).map(({ name }) => name);
  if (names.length === 0) throw new UsageError(`There is no *.yaml or *.json in ${directory}.`);
  const read = names.sort().map(async (fileName) => ({ fileName, text: await readFile(path.join(directory, fileName), 'utf8') }));
  return Promise.all(read);
}

function validate(files: SourceFile[]): void {
  let wrong = 0;
  for (const { fileName, text } of files) {
    const { flow, problems, positionOf } = readText(text);
    const drawn = flow ? drawingProblems(flow.draft) : [];
    const all = [...problems, ...drawn.map((problem) => ({ ...problem, ...positionOf?.(problem.path) }))];
    tell(fileName, all);
    if (all.some(({ level }) => level === 'error')) wrong += 1;
    else say(`${fileName}: '${flow?.name}' is fit to be deployed`);
  }
  if (wrong > 0) throw new Failed(`${wrong} of ${files.length} files have errors.`);
}

/** What Deploy would refuse; which artifacts are deployed only a server knows. */
function drawingProblems(draft: Parameters<typeof checkFlow>[0]): FileProblem[] {
  return checkFlow(draft, { credentials: [] }).flatMap(({ nodeId, field, level, code, message, remedy }): FileProblem[] => {
    if (level === 'info' || code === 'CREDENTIAL_NOT_DEPLOYED') return [];
    const index = draft.nodes.findIndex(({ id }) => id === nodeId);
    const place =
      index === -1 ? (field === undefined ? '' : `settings.${field}`) : `nodes.${index}${field === undefined ? '' : `.config.${field}`}`;
    return [{ path: place, level, code, message, remedy }];
  });
}

function tell(fileName: string, problems: Pick<FileProblem, 'line' | 'column' | 'level' | 'code' | 'message' | 'remedy'>[]): void {
  for (const { line = 1, column = 1, level, code, message, remedy } of problems)
    complain(`${fileName}:${line}:${column}: ${level} ${code} ${message} ${remedy}`);
}

async function exportAll(api: Api, directory: string, format: 'yaml' | 'json'): Promise<void> {
  const { items } = await api('listFlows', {});
  await mkdir(directory, { recursive: true });
  const taken = new Set<string>();
  for (const { id } of [...items].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.id < b.id ? -1 : 1))) {
    const { fileName, text } = await api('exportFlow', { params: { id }, query: { format } });
    const free = freeName(fileName, taken);
    await writeFile(path.join(directory, free), text);
    say(`${free}: written`);
  }
}

/** Two flows may have the same name, and some file systems don't tell capitals apart. */
function freeName(fileName: string, taken: Set<string>): string {
  const { name, ext } = path.parse(fileName);
  let free = fileName;
  for (let count = 2; taken.has(free.toLowerCase()); count += 1) free = `${name} (${count})${ext}`;
  taken.add(free.toLowerCase());
  return free;
}

async function apply(api: Api, files: SourceFile[], isDryRun: boolean): Promise<string[]> {
  const tooLarge = files.find(({ text }) => Buffer.byteLength(text) > largestFileBytes);
  if (tooLarge) throw new Failed(`${tooLarge.fileName} is larger than 2 MB. Nothing was applied.`);
  const answer = await api('importFlows', { body: { files, match: 'name', isDryRun } });
  for (const { fileName, problems } of answer.files) tell(fileName, problems);
  const wrong = answer.files.filter(({ action }) => action === null);
  if (wrong.length > 0) throw new Failed(`${wrong.length} of ${files.length} files have errors. Nothing was applied.`);
  const words = isDryRun
    ? { create: 'would be created', update: 'would be changed', nothing: 'is the same' }
    : { create: 'created', update: 'changed', nothing: 'is the same' };
  for (const { fileName, name, action } of answer.files) if (action) say(`${fileName}: '${name}' ${words[action]}`);
  return answer.files.flatMap(({ flowId }) => (flowId === null ? [] : [flowId]));
}

type Values = Record<string, Record<string, string>>;

async function readValues(file: string): Promise<Values> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new UsageError(`${file} can't be read: ${messageOf(cause)}`);
  });
  const schema = z.record(z.string(), z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String)));
  const parsed = schema.safeParse(parse(text));
  if (!parsed.success) throw new UsageError(`${file} must give each flow its values, as in "Orders: { folder: inbox }".`);
  return parsed.data;
}

/** Goes on with the others where one is refused, and says so at the end. */
async function deployAll(api: Api, flowIds: string[], note: string, values: Values): Promise<void> {
  let refused = 0;
  for (const id of flowIds) {
    const { name, parameterValues } = await api('getFlow', { params: { id } });
    try {
      const given = { ...parameterValues, ...values[name] };
      const { version } = await api('deployFlow', { params: { id }, body: { note, values: given } });
      say(`'${name}': version ${version} deployed`);
    } catch (error) {
      refused += 1;
      complain(`'${name}' was not deployed: ${messageOf(error)}`);
    }
  }
  if (refused > 0) throw new Failed(`${refused} of ${flowIds.length} flows were not deployed; their drafts were applied.`);
}

function formatOf(text: string): 'yaml' | 'json' {
  const parsed = routes.exportFlow.query.shape.format.safeParse(text);
  if (!parsed.success) throw new UsageError('--format is yaml or json.');
  return parsed.data;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

try {
  await main();
} catch (error) {
  const isWrongCall =
    error instanceof UsageError || (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'));
  complain(isWrongCall ? `${messageOf(error)}\n\n${usage}` : messageOf(error));
  process.exitCode = isWrongCall ? 64 : 1;
}
