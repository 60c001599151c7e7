import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FlowDocument } from '../../shared/flow.ts';
import { Autosave, type FlowPatch, type SaveState } from './autosave.ts';

const drawing = (type: string): FlowDocument => ({ nodes: [{ id: 'n', type, position: { x: 0, y: 0 }, config: {} }], edges: [] });

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** An autosave whose requests the test answers one by one. */
function start() {
  const requests: { patch: FlowPatch & { revision: number }; answer: (revision: number) => void; fail: (error: unknown) => void }[] = [];
  const states: SaveState[] = [];
  const autosave = new Autosave({
    revision: 1,
    delayMs: 600,
    save: (patch) => new Promise((answer, fail) => requests.push({ patch, answer, fail })),
    isConflict: (error) => error === 'conflict',
    isRefused: (error) => error === 'not allowed',
    describeError: String,
    onState: (state) => states.push(state),
  });
  return { autosave, requests, states };
}

const settle = () => vi.advanceTimersByTimeAsync(0);

describe('Autosave', () => {
  it('saves once after typing has paused, with the last drawing', async () => {
    const { autosave, requests, states } = start();
    autosave.changed({ draft: drawing('filter') });
    await vi.advanceTimersByTimeAsync(500);
    autosave.changed({ draft: drawing('http-receiver') });
    await vi.advanceTimersByTimeAsync(599);
    expect(requests).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(requests.map(({ patch }) => patch)).toEqual([{ draft: drawing('http-receiver'), revision: 1 }]);
    requests[0]?.answer(2);
    await settle();
    expect(states.at(-1)).toEqual({ kind: 'saved' });
    expect(autosave.isUnsaved).toBe(false);
    expect(autosave.revision).toBe(2);
  });

  it('has one request under way at a time; the next names the revision the first made', async () => {
    const { autosave, requests } = start();
    autosave.changed({ draft: drawing('filter') });
    void autosave.flush();
    await settle();
    autosave.changed({ name: 'Orders' });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(requests).toHaveLength(1);
    requests[0]?.answer(2);
    await settle();
    expect(requests[1]?.patch).toEqual({ name: 'Orders', revision: 2 });
  });

  it('tells what failed and tries again with everything not saved', async () => {
    const { autosave, requests, states } = start();
    autosave.changed({ name: 'Orders' });
    void autosave.flush();
    await settle();
    autosave.changed({ draft: drawing('filter') });
    requests[0]?.fail('no connection');
    await settle();
    expect(states).toContainEqual({ kind: 'failed', text: 'no connection', isRefused: false });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(requests[1]?.patch).toEqual({ name: 'Orders', draft: drawing('filter'), revision: 1 });
  });

  it('leaves what was refused for good until the next change, or until a person says so', async () => {
    const { autosave, requests, states } = start();
    autosave.changed({ name: 'Orders' });
    void autosave.flush();
    await settle();
    requests[0]?.fail('not allowed');
    await settle();
    expect(states.at(-1)).toEqual({ kind: 'failed', text: 'not allowed', isRefused: true });
    await vi.advanceTimersByTimeAsync(120_000);
    expect(requests).toHaveLength(1);
    expect(autosave.isUnsaved).toBe(true);
    void autosave.flush();
    await settle();
    expect(requests[1]?.patch).toEqual({ name: 'Orders', revision: 1 });
  });

  it('holds everything back after a conflict until a person decides', async () => {
    const { autosave, requests, states } = start();
    autosave.changed({ draft: drawing('filter') });
    void autosave.flush();
    await settle();
    requests[0]?.fail('conflict');
    await settle();
    autosave.changed({ draft: drawing('http-receiver') });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(requests).toHaveLength(1);
    expect(states.at(-1)).toEqual({ kind: 'conflict' });

    void autosave.overwrite(7);
    await settle();
    expect(requests[1]?.patch).toEqual({ draft: drawing('http-receiver'), keepsOther: true, revision: 7 });
  });

  it('drops what was not saved when theirs is loaded', async () => {
    const { autosave, requests } = start();
    autosave.changed({ draft: drawing('filter') });
    autosave.restart(7);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(requests).toHaveLength(0);
    expect(autosave.isUnsaved).toBe(false);
  });
});
