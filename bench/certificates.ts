import { exactPath } from '../env/exact-path.ts';
import { pathGradient } from '../env/path-gradient.ts';
import { certify } from '../measure/certificate.ts';
import { AskedOnce } from '../policies/asked-once.ts';
import { openPolicy } from '../policies/open.ts';
import type { Policy } from '../policies/policy.ts';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { run } from '../sim/run.ts';
import { mean } from '../stats/moments.ts';

const AGENTS = 10_000_000;

/** Whether the interval of a run held the truth, its half-width, and how far its middle was off. */
interface Row {
  readonly held: boolean;
  readonly width: number;
  readonly missed: number;
}

/** How far two others were off. */
interface Rivals {
  readonly archetypes: number;
  readonly neighbours: number;
}

/** Runs in which rivals are asked too: their error needs no coverage. */
const RIVALLED = 20;

/**
 * Whether certificates hold what they say: `npm run bench -- certificates [RUNS] [QUESTIONS]`. Each run is played twice by
 * 10 million agents on its seed, once under a student and once under the oracle; the certificate sees the first and asks the
 * oracle no more than QUESTIONS questions. Beside it, at the same number of questions: archetypes (each trait set decides by the
 * mean of the answers at its commonest contexts) and nearest neighbours (the commonest observations are asked about, all
 * others decide as the nearest of these), whose totals are computed exactly, in the first runs.
 */
export async function certificates(runs = 200, questions = 1000): Promise<void> {
  const scenario = iceCream;
  await using oracle = await openPolicy('oracle', { scenario });
  const teacher = new AskedOnce(scenario, oracle);
  for (const name of ['student:mlp', 'student:logistic']) {
    await using opened = await openPolicy(name, { scenario });
    const student = new AskedOnce(scenario, opened);
    const rows: Row[] = [];
    const rivals: Rivals[] = [];
    for (let seed = 0; seed < runs; seed++) {
      const played = (policy: Policy) => run({ scenario, policy, agents: AGENTS, seed, cohorts: true });
      const [own, other] = [await played(student), await played(teacher)];
      const truth = own.measures.sales! - other.measures.sales!;
      const { outcomes } = await certify({
        ...{ scenario, policy: student, teacher, questions, agents: AGENTS, seed, totals: own.measures },
      });
      const { difference, lower, upper } = outcomes.sales!;
      rows.push({
        held: lower <= truth && truth <= upper,
        width: (upper - lower) / 2,
        missed: Math.abs(difference - truth),
      });
      if (seed % 20 === 19) report(name, questions, rows, rivals);
      if (seed >= RIVALLED) continue;
      const commonest = await commonestOf(student, seed);
      const missed = async (decide: (mask: number) => number[]) =>
        Math.abs((await totalOf(decide, seed)) - other.measures.sales!);
      const asked = async (masks: readonly number[]) => {
        await teacher.learn(masks);
        return new Map(masks.map((mask) => [mask, teacher.probability(mask, 1)]));
      };
      rivals.push({
        archetypes: await missed(archetypes(await asked(byTraits(commonest, questions)))),
        neighbours: await missed(neighbours(await asked(commonest.slice(0, questions)))),
      });
    }
    if (runs % 20 > 0) report(name, questions, rows, rivals);
  }
}

const totalOf = async (decide: (mask: number) => number[], seed: number) =>
  (await exactPath(iceCream, decide, { seed })).measures.sales!.reduce(
    (sum, moments) => sum + AGENTS * moments.mean,
    0,
  );

/** Observations of a run, the commonest first. */
async function commonestOf(student: Policy, seed: number): Promise<number[]> {
  const { occupancy } = await pathGradient(iceCream, student, { seed });
  return [...occupancy].sort((a, b) => b[1] - a[1]).map(([mask]) => mask);
}

function grouped<T>(items: readonly T[], key: (item: T) => number): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
}

const traitsOf = (mask: number) => mask & (2 ** iceCream.traits.length - 1);

/** As many of the commonest observations of each trait set. */
function byTraits(commonest: readonly number[], questions: number): number[] {
  const groups = grouped(commonest, traitsOf);
  const each = Math.floor(questions / groups.size);
  return [...groups.values()].flatMap((group) => group.slice(0, each));
}

function archetypes(answers: ReadonlyMap<number, number>): (mask: number) => number[] {
  const groups = grouped([...answers], ([mask]) => traitsOf(mask));
  return (mask) => {
    const p = mean(groups.get(traitsOf(mask))!.map(([, answer]) => answer));
    return [1 - p, p];
  };
}

function neighbours(answers: ReadonlyMap<number, number>): (mask: number) => number[] {
  const known = [...answers];
  return (mask) => {
    let [best, distance] = [0, Number.POSITIVE_INFINITY];
    for (const [other, p] of known) {
      const d = iceCream.sets.distance(mask, other);
      if (d < distance) [best, distance] = [p, d];
    }
    return [1 - best, best];
  };
}

function report(name: string, questions: number, rows: readonly Row[], rivals: readonly Rivals[]): void {
  const held = rows.filter((row) => row.held).length;
  const millions = (values: readonly number[]) => `${(mean(values) / 1e6).toFixed(2)} M`;
  console.log(
    `${name}, ${questions} questions, ${rows.length} runs: the 95 % interval held ${held} (${((100 * held) / rows.length).toFixed(1)} %), half-width ${millions(rows.map(({ width }) => width))} sales; mean error ${millions(rows.map(({ missed }) => missed))}, in ${rivals.length} runs that of archetypes ${millions(rivals.map((one) => one.archetypes))}, of nearest neighbours ${millions(rivals.map((one) => one.neighbours))}`,
  );
}
