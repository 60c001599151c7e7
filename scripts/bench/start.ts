import { setTimeout as sleep } from 'node:timers/promises';
import { makeDataDirectory, startMailroomProcess } from '../../server/testing/mailroom-process.ts';
import { processTree } from './process-tree.ts';
import type { Bench } from './bench.ts';

const settleMs = 5_000;

export const start: Bench = {
  about: 'seconds from starting the server to ready, first and later, and memory at rest',
  async run(report, progress) {
    const data = await makeDataDirectory();
    try {
      for (const name of ['first', 'later']) {
        progress(name);
        const started = performance.now();
        await using mailroom = await startMailroomProcess({ dataDirectory: data.path });
        const ready = await fetch(`${mailroom.url}/readyz`);
        if (!ready.ok) throw new Error(`/readyz answered ${ready.status}`);
        const seconds = (performance.now() - started) / 1_000;
        await sleep(settleMs);
        const tree = await processTree(mailroom.pid);
        const mb = (total: number) => Math.round(total);
        report({
          case: name,
          seconds_to_ready: Number(seconds.toFixed(2)),
          node_rss_mb: mb(tree.find((one) => one.pid === mailroom.pid)?.rssMb ?? 0),
          tree_rss_mb: mb(tree.reduce((total, one) => total + one.rssMb, 0)),
        });
      }
    } finally {
      await data.remove();
    }
  },
};
