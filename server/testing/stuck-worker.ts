import { openQueue } from '../engine/queue.ts';
import { silentLog } from './silent-log.ts';

/** A process of its own that takes jobs from the queue at the URL given and never ends one; prints the id of each. */
const [url] = process.argv.slice(2);
if (!url) throw new Error('usage: stuck-worker.ts <database url>');
const queue = await openQueue({ database: { url }, log: silentLog });
queue.work(
  async ({ messageId }) => {
    process.stdout.write(`${messageId}\n`);
    await new Promise(() => undefined);
  },
  { concurrency: 2, perFlow: async (flowIds) => new Map(flowIds.map((flowId) => [flowId, 100])) },
);
