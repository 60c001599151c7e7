/** One tab of a browser does something for all. */

/** A leader that is not heard for so long is gone. Timers of hidden tabs run once a second. */
const silenceMs = 5_000;
const beatMs = 1_500;

/** A later claim wins, so that a tab whose timers the browser has slowed down leaves the lead to one that is seen. */
interface Claim {
  at: number;
  id: string;
}
type Word = { type: 'lead'; claim: Claim } | { type: 'leave' };

interface Given {
  name: string;
  /** Runs while this tab leads; ends when the signal does. */
  run: (signal: AbortSignal) => Promise<void>;
  signal: AbortSignal;
}

/** Runs `run` in one of the tabs that ask for it, and in the next when that one is closed. Settles when `signal` is aborted. */
export async function leadOne(given: Given): Promise<void> {
  // Web Locks exist only in secure contexts, and some embedded browsers have none.
  if ('locks' in navigator) return leadByLock(given);
  return leadByElection(given);
}

async function leadByLock({ name, run, signal }: Given): Promise<void> {
  try {
    // The lock may be granted in the moment of the end.
    await navigator.locks.request(name, { signal }, async () => (signal.aborted ? undefined : run(signal)));
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Tabs tell each other who leads. For a moment two may lead, which costs a second stream and nothing else. */
export async function leadByElection(
  { name, run, signal }: Given,
  { silence = silenceMs, beat = beatMs }: { silence?: number; beat?: number } = {},
): Promise<void> {
  const channel = new BroadcastChannel(`${name}-leader`);
  const id = crypto.randomUUID();
  let own: { claim: Claim; ended: AbortController; running: Promise<void> } | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const say = (word: Word) => {
    // A channel has no target origin: it reaches this origin only.
    // oxlint-disable-next-line unicorn/require-post-message-target-origin
    channel.postMessage(word);
  };
  const waitFor = (ms: number, next: () => void) => {
    clearTimeout(timer);
    timer = setTimeout(next, ms);
  };
  const keepLeading = () => {
    if (!own) return;
    say({ type: 'lead', claim: own.claim });
    waitFor(beat, keepLeading);
  };
  const lead = () => {
    const ended = new AbortController();
    own = { claim: { at: Date.now(), id }, ended, running: run(ended.signal) };
    keepLeading();
  };
  const follow = () => {
    own?.ended.abort();
    own = undefined;
    waitFor(silence, lead);
  };

  channel.addEventListener('message', ({ data }: MessageEvent<Word>) => {
    if (data.type === 'leave') {
      // Not all at once.
      if (!own) waitFor(Math.random() * beat, lead);
    } else if (!own || isLater(data.claim, own.claim)) follow();
    else say({ type: 'lead', claim: own.claim });
  });
  const leave = () => {
    if (own) say({ type: 'leave' });
  };
  if (typeof window !== 'undefined') window.addEventListener('pagehide', leave, { signal });
  // Whoever leads is heard before this.
  waitFor(beat + Math.random() * beat, lead);

  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve());
  });
  clearTimeout(timer);
  leave();
  own?.ended.abort();
  await own?.running;
  channel.close();
}

function isLater(one: Claim, other: Claim): boolean {
  return one.at === other.at ? one.id > other.id : one.at > other.at;
}
