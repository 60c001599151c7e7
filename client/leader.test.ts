import { afterEach, expect, test, vi } from 'vitest';
import { leadByElection } from './leader.ts';

const quick = { silence: 150, beat: 30 };
const open: AbortController[] = [];
afterEach(() => open.splice(0).forEach((tab) => tab.abort()));

/** Tabs of one browser, each of which says whether it leads. */
function openTab(name: string, leading: Set<number>, number: number): AbortController {
  const tab = new AbortController();
  open.push(tab);
  const run = async (signal: AbortSignal) => {
    leading.add(number);
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    leading.delete(number);
  };
  void leadByElection({ name, run, signal: tab.signal }, quick);
  return tab;
}

test('of several tabs one leads, and the next when it is closed', async () => {
  const leading = new Set<number>();
  const tabs = [0, 1, 2, 3].map((number) => openTab('closing', leading, number));
  await vi.waitFor(() => expect(leading.size).toBe(1));
  for (let left = 3; left > 0; left -= 1) {
    // Those who led at the same moment have agreed.
    await vi.waitFor(() => expect(leading.size).toBe(1), { timeout: 3_000 });
    const [leader = -1] = leading;
    tabs[leader]?.abort();
    await vi.waitFor(() => expect(leading.has(leader)).toBe(false));
    await vi.waitFor(() => expect(leading.size).toBe(1), { timeout: 3_000 });
  }
});

test('a leader that has fallen silent without a word is followed by another, and gives way when it wakes up', async () => {
  const leading = new Set<number>();
  openTab('silent', leading, 0);
  await vi.waitFor(() => expect([...leading]).toEqual([0]));
  // What a tab says that began to lead since: the one before has to believe it.
  const channel = new BroadcastChannel('silent-leader');
  const claim = { at: Date.now() + 1, id: 'f' };
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has none
  channel.postMessage({ type: 'lead', claim });
  await vi.waitFor(() => expect(leading.size).toBe(0));
  // It is not heard again.
  await vi.waitFor(() => expect([...leading]).toEqual([0]), { timeout: 3_000 });
  channel.close();
});

test('an earlier claim does not take the lead away', async () => {
  const leading = new Set<number>();
  openTab('earlier', leading, 0);
  await vi.waitFor(() => expect([...leading]).toEqual([0]));
  const channel = new BroadcastChannel('earlier-leader');
  const heard: unknown[] = [];
  channel.addEventListener('message', ({ data }: MessageEvent) => heard.push(data));
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has none
  channel.postMessage({ type: 'lead', claim: { at: 1, id: 'a' } });
  await vi.waitFor(() => expect(heard.length).toBeGreaterThan(0));
  expect([...leading]).toEqual([0]);
  channel.close();
});
