import { expect, test } from 'vitest';
import { groupCommit } from './group-commit.ts';

/** A commit whose runs end when told to. */
function manualCommit() {
  const runs: PromiseWithResolvers<void>[] = [];
  const commit = groupCommit(() => {
    const run = Promise.withResolvers<void>();
    runs.push(run);
    return run.promise;
  });
  return { commit, runs };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('callers that come during a run share the next one, which starts after it', async () => {
  const { commit, runs } = manualCommit();
  const first = commit();
  await turn();
  const [second, third] = [commit(), commit()];
  await turn();
  expect(runs).toHaveLength(1);
  runs[0]?.resolve();
  await first;
  await turn();
  expect(runs).toHaveLength(2);
  runs[1]?.resolve();
  await Promise.all([second, third]);
});

test('a failed run is told to its own callers only', async () => {
  const { commit, runs } = manualCommit();
  const first = commit();
  await turn();
  const second = commit();
  runs[0]?.reject(new Error('disk failed'));
  await expect(first).rejects.toThrow('disk failed');
  await turn();
  runs[1]?.resolve();
  await second;
});
