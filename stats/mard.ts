/**
 * Mean absolute relative difference of repeated runs: the mean, over all pairs of runs and all prompts, of
 * |a − b| / mean(a, b).
 * @param runs shape [runs, prompts], numbers of 0 or more, no missing cells
 * @throws {RangeError} if there are fewer than 2 runs or no prompts, runs differ in length, or a value is negative or
 *   not a number (the difference relative to a mean near 0 or below has no meaning)
 * @returns from 0 (every run the same) to 2; two zeros count as no difference
 * @example mard([[0.4, 0.5], [0.6, 0.5]]) // => 0.1999…
 */
export function mard(runs: readonly ArrayLike<number>[]): number {
  if (runs.length < 2) throw new RangeError(`MARD compares 2 runs or more, got ${runs.length}`);
  const prompts = runs[0]!.length;
  if (prompts === 0) throw new RangeError('MARD of no prompts');
  runs.forEach((run, r) => {
    if (run.length !== prompts) throw new RangeError(`MARD: run 0 has ${prompts} prompts, run ${r} has ${run.length}`);
    for (let i = 0; i < prompts; i++)
      if (!(run[i]! >= 0))
        throw new RangeError(`MARD: run ${r}, prompt ${i} is ${run[i]}; expected a number of 0 or more`);
  });
  let sum = 0;
  for (let a = 1; a < runs.length; a++)
    for (let b = 0; b < a; b++)
      for (let i = 0; i < prompts; i++) {
        const difference = Math.abs(runs[a]![i]! - runs[b]![i]!);
        if (difference > 0) sum += (2 * difference) / (runs[a]![i]! + runs[b]![i]!);
      }
  return sum / (((runs.length * (runs.length - 1)) / 2) * prompts);
}
