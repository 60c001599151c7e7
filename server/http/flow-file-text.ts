import { LineCounter, parseDocument, stringify, type Document, type Node } from 'yaml';
import type { FileFlow, FileProblem, FlowFile } from '../../shared/flow-file.ts';
import { fromFlowFile } from '../../shared/flow-file.ts';

/** Flow files as text, YAML 1.2 or JSON, which is YAML as well. The browser asks the server for it: the parser weighs more than the canvas. */

export type FileFormat = 'yaml' | 'json';

/** A problem with its place in the text, from 1. */
export interface TextProblem extends FileProblem {
  line: number;
  column: number;
}

const maxCharacters = 2_000_000;
/** Deeper than any drawing, and far from what would end the parser. */
const maxDepth = 60;

export function writeFlowFile(file: FlowFile, format: FileFormat): string {
  // Nothing is folded, so that a change of one value is a change of one line.
  return format === 'json' ? `${JSON.stringify(file, null, 2)}\n` : stringify(file, { lineWidth: 0, aliasDuplicateObjects: false });
}

/** Everything that is wrong with a text at once. The flow is there when nothing of it is an error. */
export function readFlowFile(text: string): { flow?: FileFlow; problems: TextProblem[] } {
  const refuse = (code: string, message: string, remedy: string) => ({
    problems: [{ path: [], level: 'error' as const, code, message, remedy, line: 1, column: 1 }],
  });
  if (text.length > maxCharacters) {
    return refuse('FILE_TOO_LARGE', `The file has more than ${maxCharacters.toLocaleString('en')} characters.`, 'Split the flow.');
  }
  if (deepest(text) > maxDepth) return refuse('FILE_TOO_DEEP', `The file nests more than ${maxDepth} levels.`, 'Check that it is a flow.');
  const counter = new LineCounter();
  const parsed = parseDocument(text, { lineCounter: counter, prettyErrors: false, uniqueKeys: true, version: '1.2' });
  const at = (offset: number) => {
    const { line, col } = counter.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  if (parsed.errors.length > 0) {
    return {
      problems: parsed.errors.map(({ message, pos }) => ({
        path: [],
        level: 'error',
        code: 'FILE_UNREADABLE',
        message: `This is neither YAML nor JSON: ${message.split('\n')[0]}`,
        remedy: 'Correct the text at this place.',
        ...at(pos[0]),
      })),
    };
  }
  let value: unknown;
  try {
    value = parsed.toJS({ maxAliasCount: 0 });
  } catch {
    return refuse('FILE_HAS_ALIASES', 'The file refers to parts of itself (& and *).', 'Write the parts out.');
  }
  const { flow, problems } = fromFlowFile(value);
  return {
    ...(flow ? { flow } : {}),
    problems: problems.map((problem) => ({ ...problem, ...at(offsetOf(parsed, problem.path)) })).sort(byPlace),
  };
}

function byPlace(a: TextProblem, b: TextProblem): number {
  return a.line - b.line || a.column - b.column;
}

/** The deepest place on the path that the text has. */
function offsetOf(document: Document.Parsed, path: (string | number)[]): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const found = document.getIn(path.slice(0, length), true) as Node | undefined;
    if (found?.range) return found.range[0];
  }
  return 0;
}

/** How deep brackets or indentation go, before a parser is let at it. */
function deepest(text: string): number {
  let depth = 0;
  let most = 0;
  for (const character of text) {
    if (character === '[' || character === '{') most = Math.max(most, ++depth);
    else if (character === ']' || character === '}') depth = Math.max(0, depth - 1);
  }
  const indented = /^( +)\S/gm;
  for (const [, spaces = ''] of text.matchAll(indented)) most = Math.max(most, Math.ceil(spaces.length / 2));
  return most;
}
