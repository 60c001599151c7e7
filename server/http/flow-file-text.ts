import { Document, isAlias, isMap, isNode, isPair, LineCounter, parseDocument, visit } from 'yaml';
import { fromFile, type FileProblem, type FlowContent, type FlowFile } from '../../shared/flow-file.ts';

/** The text of a flow file. JSON is read as YAML, which it is a part of. */

export type FileFormat = 'yaml' | 'json';

/** Of a text, in bytes of UTF-8. */
export const largestFileBytes = 2_000_000;
/** A flow has ten levels at most; text nested deeper is refused before it is read. */
const deepestLevel = 64;
const mostProblems = 200;
/** Lines and commas: reading one takes some 40 µs, in which the server does nothing else. The largest flow has about 75,000. */
const mostParts = 100_000;

export function writeText(file: FlowFile, format: FileFormat): string {
  if (format === 'json') return `${JSON.stringify(file, null, 2)}\n`;
  const document = new Document(file, { aliasDuplicateObjects: false });
  visit(document, {
    Scalar(_key, scalar) {
      if (typeof scalar.value === 'string' && !isSafeUnquoted(scalar.value)) scalar.type = 'QUOTE_DOUBLE';
    },
  });
  return document.toString({ lineWidth: 0, doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER });
}

/** Written as a block or plainly, other texts lose line ends or blanks at the edges of lines. */
function isSafeUnquoted(text: string): boolean {
  return (
    /^[\t\n\u0020-\u007E\u00A0-\u2027\u202A-\uFEFE\uFF00-\uFFFD]*$/.test(text.replace(/[\u{10000}-\u{10FFFF}]/gu, '')) &&
    !/^\s|\s$|[ \t]\n|\n[ \t]/.test(text.replace(/\n$/, ''))
  );
}

export interface ReadText {
  /** Only where no problem is an error. */
  flow?: FlowContent;
  problems: FileProblem[];
  /** Where a path of the file begins in its text. */
  positionOf?: (path: string) => Position;
}

interface Position {
  line: number;
  column: number;
}

/** The flow of a text, or everything that is wrong with it, each with line and column. */
export function readText(text: string): ReadText {
  const sizeBytes = Buffer.byteLength(text);
  if (sizeBytes > largestFileBytes) {
    return refuse('FILE_TOO_LARGE', `The file has ${(sizeBytes / 1e6).toFixed(1)} MB.`, 'A flow may have 2 MB. Is this the right file?');
  }
  if ((text.match(/[\n,]/g)?.length ?? 0) > mostParts)
    return refuse('FILE_TOO_LARGE', `The file has more than ${mostParts.toLocaleString('en')} lines and items.`, 'Is this the right file?');
  const lines = new LineCounter();
  const document = parse(text, lines);
  if (!document) return refuse('FILE_TOO_DEEP', 'The file is nested too deeply.', 'Is this the right file? A flow has few levels.');
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const broken = [...syntaxProblems(document, at), ...contentProblems(document, at)];
  if (broken.length > 0) return { problems: broken.slice(0, mostProblems) };
  const { problems, ...rest } = fromFile(document.toJS({ maxAliasCount: 0 }));
  const positionOf = (path: string) => at(offsetOf(document, path));
  return { ...rest, positionOf, problems: problems.slice(0, mostProblems).map((problem) => ({ ...problem, ...positionOf(problem.path) })) };
}

/** Undefined where it is nested too deeply. */
function parse(text: string, lineCounter: LineCounter): Document.Parsed | undefined {
  if (isDeep(text)) return undefined;
  try {
    // Whether keys differ is looked at below: the parser compares each with each.
    return parseDocument(text.replace(/^\uFEFF/, ''), { lineCounter, uniqueKeys: false, prettyErrors: false });
  } catch (cause) {
    if (cause instanceof RangeError) return undefined;
    throw cause;
  }
}

/** Brackets within texts count as well, but a thousand that are never closed is nothing people write. */
function isDeep(text: string): boolean {
  let open = 0;
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    open = Math.max(0, open + (bracket === '[' || bracket === '{' ? 1 : -1));
    if (open > 1_000) return true;
  }
  return /^(?:[ ]*[-?] ){64}/m.test(text) || /^ {400} *[\w-]/m.test(text);
}

type At = (offset: number) => Position;

function syntaxProblems(document: Document.Parsed, at: At): FileProblem[] {
  return [...document.errors, ...document.warnings].map(({ message, pos }) => ({
    path: '',
    ...at(pos[0]),
    level: 'error' as const,
    code: 'FILE_NOT_READABLE',
    message: `The text is neither YAML nor JSON here: ${message.split('\n', 1)[0] ?? ''}`,
    remedy: 'Correct it in the file.',
  }));
}

/** What YAML can say and a flow does not: repetitions by name, which grow without limit, and keys given twice. */
function contentProblems(document: Document.Parsed, at: At): FileProblem[] {
  const problems: FileProblem[] = [];
  const add = (offset: number, code: string, message: string, remedy: string) =>
    problems.push({ path: '', ...at(offset), level: 'error', code, message, remedy });
  visit(document, (_key, item, ancestors) => {
    if (ancestors.length > deepestLevel * 2) {
      add(0, 'FILE_TOO_DEEP', 'The file is nested too deeply.', 'Is this the right file? A flow has few levels.');
      return visit.BREAK;
    }
    if (problems.length > mostProblems) return visit.BREAK;
    if (isAlias(item)) add(item.range?.[0] ?? 0, 'FILE_ALIAS', `'*${item.source}' repeats another part.`, 'Write out what it stands for.');
    if (!isMap(item)) return undefined;
    const seen = new Set<string>();
    for (const { key } of item.items) {
      const name = String(key);
      if (seen.has(name))
        add(isNode(key) ? (key.range?.[0] ?? 0) : 0, 'FILE_KEY_TWICE', `'${name}' is given twice.`, 'Delete one of them.');
      seen.add(name);
    }
    return undefined;
  });
  return problems;
}

/** Where the deepest part of the path that the text has begins. */
function offsetOf(document: Document.Parsed, path: string): number {
  let item: unknown = document.contents;
  let offset = 0;
  for (const step of path === '' ? [] : path.split('.')) {
    if (isMap(item)) {
      const pair = item.items.find(({ key }) => String(key) === step);
      if (!isPair(pair)) break;
      if (isNode(pair.key)) offset = pair.key.range?.[0] ?? offset;
      item = pair.value;
    } else if (isNode(item) && 'items' in item && Array.isArray(item.items)) {
      item = item.items[Number(step)];
      if (!isNode(item)) break;
      offset = item.range?.[0] ?? offset;
    } else break;
  }
  return offset;
}

function refuse(code: string, message: string, remedy: string): { problems: FileProblem[] } {
  return { problems: [{ path: '', level: 'error', code, message, remedy }] };
}
