import { deployCredential, deployFlow, mailToHttp } from '../../server/testing/flows.ts';
import { eventually } from '../../server/testing/eventually.ts';
import { startMailServer, type MailServer } from '../../server/testing/mail-server.ts';
import { makeDataDirectory, startMailroomProcess } from '../../server/testing/mailroom-process.ts';
import { largeMail, makeCorpus } from './corpus.ts';
import { countingSink } from './counting-sink.ts';
import { processTree, watchTree } from './process-tree.ts';
import type { Bench } from './bench.ts';

const attachmentMb = Number(process.env['BENCH_ATTACHMENT_MB'] ?? 50);
const deadlineMs = 180_000;

export const big: Bench = {
  about: `one mail with an attachment of ${attachmentMb} MB, which the receiver gets whole: memory over that at rest`,
  async run(report, progress) {
    const server = await startMailServer();
    try {
      for (const protocol of ['imap4', 'pop3'] as const) {
        progress(protocol);
        report({ case: protocol, attachment_mb: attachmentMb, ...(await measure(server, protocol)) });
      }
    } finally {
      await server.stop();
    }
  },
};

async function measure(server: MailServer, protocol: 'imap4' | 'pop3') {
  const data = await makeDataDirectory();
  const sink = await countingSink();
  const user = await server.createUser();
  await using mailroom = await startMailroomProcess({ dataDirectory: data.path, env: { MAILROOM_LOG_LEVEL: 'warn' } });
  try {
    await deployCredential(mailroom, user);
    // An ordinary mail first, so that only what the large one takes is counted.
    const [small] = makeCorpus(1);
    if (small) await user.deliver(small.raw);
    await deployFlow(mailroom, 'Big', mailToHttp(server, protocol, sink.url, { maxMailMb: 100 }));
    await eventually(() => sink.delivered.size === 1, { deadlineMs });
    const idleMb = (await processTree(mailroom.pid)).find((one) => one.pid === mailroom.pid)?.rssMb ?? 0;
    await user.deliver(largeMail('bench-000001', attachmentMb));
    const started = performance.now();
    const watch = watchTree(mailroom.pid);
    const isDelivered = await eventually(() => sink.delivered.size === 2, { deadlineMs }).catch(() => false);
    const seconds = (performance.now() - started) / 1_000;
    watch.stop();
    const isOnServer = (await user.files()).some((file) => file.raw.includes('bench-000001') && !/[ST]/.test(file.flags));
    return {
      peak_over_idle_mb: Math.max(0, Math.round(watch.peak().nodeRssMb - idleMb)),
      seconds: Number(seconds.toFixed(1)),
      lost: isDelivered || isOnServer ? 0 : 1,
      delivered_mb: Math.round(sink.bytes() / 1e6),
      node_rss_peak_mb: watch.peak().nodeRssMb,
    };
  } finally {
    sink.close();
    await mailroom.stop();
    await data.remove();
  }
}
