import { errorPrecision, iccPrecision, meanPrecision } from '../distill/plan/precision.ts';
import { observations } from '../env/observation.ts';
import { sampleObservations } from '../env/sampling/sampling.ts';
import { stateCount } from '../env/sampling/states.ts';
import { runSeeds } from '../measure/stability/plan.ts';
import { openPolicy, openTeacher } from '../policies/open.ts';
import type { Answer } from '../policies/policy.ts';
import { defaultScenario as scenario } from '../scenarios/default-scenario.ts';
import { meanHalfWidth } from '../stats/half-widths.ts';
import { icc } from '../stats/icc.ts';
import { mean, standardDeviation } from '../stats/moments.ts';

const known = (answers: readonly Answer[]) =>
  answers.map((answer) => ({ answer, elicit: 'expected' as const, explain: false, estimate: 0 }));

/**
 * Predicted half-widths of 95 % intervals beside those that studies of the oracle then have: `npm run bench -- plan [STUDIES]`.
 * The spread is taken from a probe of states that another seed draws; ICC from one reading of each prompt.
 */
export async function plan(studies = 200): Promise<void> {
  await using oracle = await openTeacher('oracle', { scenario });
  await using student = await openPolicy('student:mlp', { scenario });
  const draw = (size: number, seed: number) => sampleObservations(scenario, { size, order: 'canonical', seed });
  const read = async (size: number, seed: number) => oracle.ask(draw(size, seed), { elicit: 'expected' });
  const errors = async (size: number, seed: number) => {
    const drawn = draw(size, seed);
    const [truth, { probabilities }] = await Promise.all([read(size, seed), student.decide(drawn)]);
    return truth.map((answer, i) => (answer.probabilities![1]! - probabilities[2 * i + 1]!) ** 2);
  };
  const within = new Map<string, number[]>();
  const halves = new Map<number, number[]>();
  const note = (result: string, predicted: number, realised: number) =>
    within.set(result, [...(within.get(result) ?? []), predicted / realised]);
  for (let study = 0; study < studies; study++) {
    const other = 100_000 + study;
    const answers = await read(1000, study);
    const realised = meanHalfWidth(
      standardDeviation(answers.map(({ probabilities }) => probabilities![1]!)),
      1000,
      stateCount(scenario),
    );
    for (const probe of [50, 100, 200]) {
      const [predicted] = meanPrecision(scenario.actions, known(await read(probe, other)), 1000, stateCount(scenario));
      note(`mean P(buy) of 1,000 states, probe of ${probe}`, predicted!.halfWidth!, realised);
    }
    for (const tested of [1000, 2000]) {
      const halfWidth = meanHalfWidth(standardDeviation(await errors(tested, study)), tested);
      halves.set(tested, [...(halves.get(tested) ?? []), halfWidth]);
      for (const rows of [1000, 2000, 4000, 8000])
        note(
          `MSE of the mlp on ${tested} rows, from its errors on ${rows}`,
          errorPrecision('mlp', await errors(rows, other), tested).halfWidth!,
          halfWidth,
        );
    }
    for (const prompts of [50, 100]) {
      const shown = observations(scenario, [...draw(prompts, study).masks]);
      const runs = runSeeds(study, 10);
      const drawn = await Promise.all(runs.map((seed) => oracle.ask(shown, { elicit: 'sample', seed })));
      const ratings = Array.from({ length: prompts }, (_, i) => drawn.map((run) => run[i]!.probabilities![1]!));
      const { lower, upper } = icc(ratings, 'ICC(1,1)');
      const reading = known(await oracle.ask(shown, { elicit: 'expected' }));
      const { halfWidth } = iccPrecision(reading, { prompts, runs: 10, before: undefined });
      note(`ICC(1,1) of ${prompts} prompts × 10 runs, from one reading of each`, halfWidth!, (upper! - lower!) / 2);
    }
  }
  // No prediction can do better than the mean of what is realised: the rest is the luck of the rows.
  for (const [tested, realised] of halves)
    for (const one of realised) note(`MSE of the mlp on ${tested} rows, if it were known exactly`, mean(realised), one);
  console.log(`\nPredicted by realised half-width of the 95 % interval, ${studies} studies of the oracle`);
  for (const [result, ratios] of within) {
    const sorted = [...ratios].sort((a, b) => a - b);
    const at = (q: number) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!.toFixed(3);
    const near = ratios.filter((ratio) => Math.abs(ratio - 1) <= 0.1).length / ratios.length;
    console.log(
      `  ${result.padEnd(58)} within 10 %: ${(100 * near).toFixed(1)} %, 5 % to 95 %: ${at(0.05)} to ${at(0.95)}`,
    );
  }
}
