import '../server/file-threads.ts';
import { buildClient } from './build-client.ts';

// What `npm start` runs, after scripts/install.js has put Node 24 and the packages in place.
await buildClient();
const { runProcess } = await import('../server/process.ts');
await runProcess();
