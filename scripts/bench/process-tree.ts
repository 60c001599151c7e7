import { readdir, readFile } from 'node:fs/promises';

/** Memory and processor time of a process and its descendants, read from /proc while it runs. */
export interface TreeWatch {
  peak(): { nodeRssMb: number; treeRssMb: number };
  /** Processor seconds of the tree up to now, ended children that were waited for included. */
  cpuSeconds(): Promise<number>;
  stop(): void;
}

const everyMs = 100;
/** Looking at a whole tree costs 25 ms of processor: each 100 ms it took a quarter of the machine from what was measured. */
const wholeEveryMs = 2_000;
const ticksPerSecond = 100;
const pageBytes = 4_096;

export function watchTree(pid: number): TreeWatch {
  let nodeRssMb = 0;
  let treeRssMb = 0;
  /** What the process shares with others changes little: looked up with the tree, and taken off in between. */
  let sharedMb = Infinity;
  const look = async () => {
    nodeRssMb = Math.max(nodeRssMb, (await residentMb(pid)) - sharedMb);
  };
  const lookAtAll = async () => {
    const tree = await processTree(pid);
    const own = tree.find((one) => one.pid === pid)?.rssMb ?? 0;
    sharedMb = (await residentMb(pid)) - own;
    nodeRssMb = Math.max(nodeRssMb, own);
    treeRssMb = Math.max(treeRssMb, sum(tree.map((one) => one.rssMb)));
  };
  const timers = [
    setInterval(() => void look().catch(() => undefined), everyMs),
    setInterval(() => void lookAtAll().catch(() => undefined), wholeEveryMs),
  ];
  void lookAtAll().catch(() => undefined);
  return {
    peak: () => ({ nodeRssMb: Math.round(nodeRssMb), treeRssMb: Math.round(Math.max(treeRssMb, nodeRssMb)) }),
    cpuSeconds: async () => sum((await allProcesses(pid)).map((one) => one.cpuSeconds)),
    stop: () => timers.forEach((timer) => clearInterval(timer)),
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
  const tree = await allProcesses(root);
  await Promise.all(tree.map(async (one) => (one.rssMb = await memoryMb(one.pid))));
  return tree;
}

async function allProcesses(root: number): Promise<Process[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const all = (await Promise.all(pids.map(readProcess))).filter((one) => one !== undefined);
  const inTree = new Set([root]);
  for (let before = 0; before !== inTree.size;) {
    before = inTree.size;
    for (const one of all) if (inTree.has(one.parent)) inTree.add(one.pid);
  }
  return all.filter((one) => inTree.has(one.pid));
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

/** All pages it has, those that others have as well included. */
async function residentMb(pid: number): Promise<number> {
  const [, pages] = (await readFile(`/proc/${pid}/statm`, 'utf8')).split(' ');
  return (Number(pages) * pageBytes) / 1024 / 1024;
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
