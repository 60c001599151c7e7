/**
 * One run of `commit` for all callers that came while the run before it was under way.
 * A caller's promise ends with a run that began after its call, so whatever it did before is covered.
 */
export function groupCommit(commit: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;

  async function run(before: Promise<void>): Promise<void> {
    // Its callers have heard of a failure; those of this run get their own.
    await before.catch(() => undefined);
    next = undefined;
    await commit();
  }

  return () => {
    if (!next) {
      next = run(running);
      running = next;
    }
    return next;
  };
}
