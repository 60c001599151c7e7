import { readdir, readFile } from 'node:fs/promises';

/** Memory and processor time of a process and its descendants, read from /proc while it runs. */
export interface TreeWatch {
  peak(): { nodeRssMb: number; treeRssMb: number };
  /** Processor seconds of the tree up to now, ended children that were waited for included. */
  cpuSeconds(): Promise<number>;
  stop(): void;
}

const everyMs = 100;
const ticksPerSecond = 100;

export function watchTree(pid: number): TreeWatch {
  let nodeRssMb = 0;
  let treeRssMb = 0;
  const look = async () => {
    const tree = await processTree(pid);
    nodeRssMb = Math.max(nodeRssMb, tree.find((one) => one.pid === pid)?.rssMb ?? 0);
    treeRssMb = Math.max(treeRssMb, sum(tree.map((one) => one.rssMb)));
  };
  const timer = setInterval(() => void look().catch(() => undefined), everyMs);
  return {
    peak: () => ({ nodeRssMb: Math.round(nodeRssMb), treeRssMb: Math.round(treeRssMb) }),
    cpuSeconds: async () => sum((await processTree(pid)).map((one) => one.cpuSeconds)),
    stop: () => clearInterval(timer),
  };
}

interface Process {
  pid: number;
  parent: number;
  rssMb: number;
  cpuSeconds: number;
}

/** Memory is proportional set size: pages that PostgreSQL's processes share count once. */
export async function processTree(root: number): Promise<Process[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const all = (await Promise.all(pids.map(readProcess))).filter((one) => one !== undefined);
  const inTree = new Set([root]);
  for (let before = 0; before !== inTree.size;) {
    before = inTree.size;
    for (const one of all) if (inTree.has(one.parent)) inTree.add(one.pid);
  }
  const tree = all.filter((one) => inTree.has(one.pid));
  await Promise.all(tree.map(async (one) => (one.rssMb = await memoryMb(one.pid))));
  return tree;
}

async function readProcess(pid: number): Promise<Process | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The name is in brackets and may hold anything; fields are counted after it (proc(5)).
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const ticks = sum(fields.slice(11, 15));
    return { pid, parent: fields[1] ?? 0, rssMb: 0, cpuSeconds: ticks / ticksPerSecond };
  } catch {
    return undefined;
  }
}

async function memoryMb(pid: number): Promise<number> {
  try {
    const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
    return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

const sum = (numbers: number[]) => numbers.reduce((total, one) => total + one, 0);
