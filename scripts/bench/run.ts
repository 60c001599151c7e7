import type { Bench } from './bench.ts';

/** `npm run bench -- NAME`: progress on standard error, one JSON object per case on standard output. */

const benches: Record<string, () => Promise<Bench>> = {
  big: async () => (await import('./big.ts')).big,
  canvas: async () => (await import('./canvas.ts')).canvas,
  crash: async () => (await import('./crash.ts')).crash,
  drain: async () => (await import('./drain.ts')).drain,
  faults: async () => (await import('./faults.ts')).faults,
  idle: async () => (await import('./idle.ts')).idle,
  latency: async () => (await import('./latency.ts')).latency,
  log: async () => (await import('./log.ts')).log,
  mailboxes: async () => (await import('./mailboxes.ts')).mailboxes,
  monitor: async () => (await import('./monitor.ts')).monitor,
  start: async () => (await import('./start.ts')).start,
  workers: async () => (await import('./workers.ts')).workers,
};

const [name] = process.argv.slice(2);
const load = name === undefined ? undefined : benches[name];
if (!load) {
  const lines = await Promise.all(Object.entries(benches).map(async ([key, bench]) => `  ${key.padEnd(9)} ${(await bench()).about}`));
  process.stdout.write(`npm run bench -- NAME\n\n${lines.join('\n')}\n`);
  process.exit(name === undefined ? 0 : 1);
}
const bench = await load();
await bench.run(
  (line) => process.stdout.write(`${JSON.stringify(line)}\n`),
  (text) => process.stderr.write(`${text}\n`),
);
