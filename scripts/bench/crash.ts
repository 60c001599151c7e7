import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../server/testing/eventually.ts';
import { deployCredential, deployFlow, mailToHttp } from '../../server/testing/flows.ts';
import { startMailServer, type MailServer } from '../../server/testing/mail-server.ts';
import { makeDataDirectory, startMailroomProcess } from '../../server/testing/mailroom-process.ts';
import { countRepeats, missingOf, type Break } from './balance.ts';
import type { Bench } from './bench.ts';
import { callSink } from './call-sink.ts';
import { makeCorpus } from './corpus.ts';
import { seedOf, sequence } from './sequence.ts';

const mails = Number(process.env['BENCH_MAILS'] ?? 500);
const kills = Number(process.env['BENCH_KILLS'] ?? 20);
/** Longest life of a process that gets nowhere, and what the last one may take. */
const longestLifeMs = 40_000;
const lastLifeMs = 180_000;
const only = process.env['BENCH_CASES']?.split(',');
const protocols = (['imap4', 'pop3'] as const).filter((protocol) => !only || only.includes(protocol));
const token = 'bench'.repeat(8);

export const crash: Bench = {
  about: `${mails} mails, kill -9 at ${kills} random moments of one drain, restarted each time`,
  async run(report, progress) {
    const seed = seedOf();
    progress(`seed ${seed}`);
    const server = await startMailServer();
    try {
      for (const protocol of protocols) report(await drainUnderKills(server, protocol, seed, progress));
    } finally {
      await server.stop();
    }
  },
};

async function drainUnderKills(server: MailServer, protocol: 'imap4' | 'pop3', seed: number, progress: (text: string) => void) {
  const random = sequence(seed);
  const corpus = makeCorpus(mails);
  const user = await server.createUser();
  for (const mail of corpus) await user.deliver(mail.raw);
  const data = await makeDataDirectory();
  // Slow enough that the drain lasts for all the kills, and that calls are in flight at most of them.
  const sink = await callSink(() => 300 + random() * 400);
  const start = () => startMailroomProcess({ dataDirectory: data.path, env: { MAILROOM_API_TOKEN: token, MAILROOM_LOG_LEVEL: 'warn' } });
  const breaks: Break[] = [];
  const before = performance.now();
  let mailroom = await start();
  try {
    await deployCredential(mailroom, user);
    await deployFlow(mailroom, 'Crash', mailToHttp(server, protocol, sink.url, { maxMessages: 100 }));
    for (let kill = 1; kill <= kills; kill++) {
      await killMoment(random, kill, () => sink.taken().size);
      breaks.push({ at: performance.now() });
      await mailroom.kill();
      progress(`${protocol}: killed ${kill} times, ${sink.taken().size} of ${mails} delivered`);
      mailroom = await start();
    }
    const lastKillAt = performance.now();
    const isDone = async () => {
      if (sink.taken().size < mails) return false;
      const { items } = await mailroom.call('listDeployments');
      return items[0]?.counts.COMPLETED === mails;
    };
    await eventually(isDone, { deadlineMs: lastLifeMs }).catch(() => undefined);
    // Two more visits, with which anything would come that comes twice.
    await sleep(3_000);
    const { items } = await mailroom.call('listDeployments');
    const setAside = (await mailroom.call('listQuarantine')).items.length;
    const { duplicates, inFlightRepeats } = countRepeats(sink.calls, breaks, progress);
    return {
      case: protocol,
      mails,
      kills: breaks.length,
      delivered: sink.taken().size,
      ...(await missingOf(user, corpus, sink.taken())),
      duplicates,
      in_flight_repeats: inFlightRepeats,
      completed: items[0]?.counts.COMPLETED ?? 0,
      quarantined: setAside,
      // From the last kill until all had been delivered, the take-over included.
      drained_s: Math.round(Math.max(0, ...sink.calls.map(({ at }) => at - lastKillAt)) / 1_000),
      seconds: Math.round((performance.now() - before) / 1_000),
      seed,
    };
  } finally {
    sink.close();
    await mailroom.stop();
    await data.remove();
  }
}

/** Every other time wherever the process is by then, else once it has delivered a few mails, so that the drain goes on between kills. */
async function killMoment(random: () => number, kill: number, delivered: () => number): Promise<void> {
  if (kill % 2 === 0) {
    await sleep(random() * 1_500);
    return;
  }
  const goal = Math.min(mails, delivered() + 1 + Math.floor(random() * (mails / kills)));
  await eventually(() => delivered() >= goal, { deadlineMs: longestLifeMs }).catch(() => undefined);
  await sleep(random() * 150);
}
