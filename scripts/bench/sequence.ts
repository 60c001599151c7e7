/** A fixed pseudo-random sequence, 0 to 1 (Park and Miller's minimal standard generator). */
export function sequence(seed: number): () => number {
  let state = seed % 2_147_483_647 || 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** The seed of a run: what BENCH_SEED says, else another each time; printed, so that a run can be repeated. */
export function seedOf(): number {
  const given = Number(process.env['BENCH_SEED']);
  return Number.isInteger(given) && given > 0 ? given : Math.floor(Math.random() * 1e9) + 1;
}
