import { stateSpace } from '../env/state-space.ts';
import { requireDynamics } from '../env/vocabulary.ts';
import { populationStatistics } from '../measure/compare/population-statistics.ts';
import { AskedOnce } from '../policies/asked-once.ts';
import { openPolicy, openScenario } from '../scenarios/open.ts';
import { Plans } from '../sim/engine/plans.ts';
import { Simulation } from '../sim/simulation.ts';
import { distances, sameDistribution } from '../stats/two-samples.ts';

/**
 * How often `compare` raises a false alarm: a world is compared with itself, each time on seeds that nothing else has. A test
 * at .05 whose p-values are right does in 5 % of the comparisons.
 */
export async function comparing(nulls = 1000, replications = 8, agents = 40, days = 1): Promise<void> {
  const scenario = requireDynamics(await openScenario('ice-cream-v1'), 'a comparison');
  await using opened = await openPolicy('oracle', { scenario });
  const policy = new AskedOnce(scenario, opened);
  const plans = new Plans(stateSpace(scenario));
  const ticks = days * scenario.ticksPerDay;
  let seed = 0;
  const sample = async () => {
    const runs = [];
    for (let r = 0; r < replications; r++) {
      const simulation = new Simulation({ scenario, policy, agents, seed: seed++, plans, people: 'exact' });
      runs.push(await populationStatistics(simulation, ticks));
    }
    return runs;
  };
  const alarms = { ks: 0, wasserstein: 0, energy: 0 };
  let statistics = 0;
  for (let n = 0; n < nulls; n++) {
    const all = [...(await sample()), ...(await sample())];
    // What somebody of every run is in; the same rule as in compare.
    const rows = all.map((run) => run.filter((_, j) => all.every((other) => Number.isFinite(other[j]!.value))).map(({ value }) => value)); // biome-ignore format: one line
    const { p } = sameDistribution(rows.slice(0, replications), rows.slice(replications), { seed: n, resamples: 199 });
    statistics += rows[0]!.length / nulls;
    for (const distance of distances) if (p[distance] <= 0.05) alarms[distance]++;
    if (n % 100 === 99) console.error(`${n + 1} of ${nulls} nulls`);
  }
  console.log(
    `\nfalse alarms at .05 over ${nulls} comparisons of a world with itself, ${replications} runs each of ${agents} agents × ${ticks} ticks, ${statistics.toFixed(1)} statistics each:`,
  );
  for (const distance of distances) {
    const share = alarms[distance] / nulls;
    const half = 1.96 * Math.sqrt((share * (1 - share)) / nulls);
    console.log(`  ${distance.padEnd(12)} ${(100 * share).toFixed(1)} % ± ${(100 * half).toFixed(1)}`);
  }
}
