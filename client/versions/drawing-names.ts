/**
 * Which drawings are compared, as it stands in the address: `?compare=3..draft`. A number is a version, `deployed` the one that runs,
 * `draft` what is drawn here, `theirs` what somebody else has saved meanwhile, `kept-<id>` a draft that lost against another.
 */
export type DrawingName = string;

export interface Compared {
  from: DrawingName;
  to: DrawingName;
}

const name = String.raw`([1-9]\d{0,8}|deployed|draft|theirs|kept-[0-9a-f-]{36})`;
const pattern = new RegExp(String.raw`^${name}\.\.${name}$`);

/** @returns undefined for an address that names no two drawings */
export function readCompared(text: string): Compared | undefined {
  const [, from, to] = pattern.exec(text) ?? [];
  return from !== undefined && to !== undefined ? { from, to } : undefined;
}

export function writeCompared({ from, to }: Compared): string {
  return `${from}..${to}`;
}

/** The version that is meant; undefined for drafts. */
export function versionIn(drawing: DrawingName, deployedVersion: number | undefined): number | undefined {
  if (drawing === 'deployed') return deployedVersion;
  return /^\d+$/.test(drawing) ? Number(drawing) : undefined;
}

/** What people call it in a sentence. */
export function drawingTitle(drawing: DrawingName): string {
  if (drawing === 'draft') return 'your draft';
  if (drawing === 'theirs') return 'the other draft';
  if (drawing === 'deployed') return 'the deployed version';
  return drawing.startsWith('kept-') ? 'the draft set aside' : `version ${drawing}`;
}
