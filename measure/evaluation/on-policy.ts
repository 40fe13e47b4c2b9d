import { observations } from '../../env/observation.ts';
import type { Scenario } from '../../env/scenario.ts';
import type { DecideOptions, Policy } from '../../policies/policy.ts';
import { DecisionTable } from '../../sim/engine/decision-table.ts';
import { Simulation } from '../../sim/simulation.ts';
import { bootstrap, type Interval } from '../../stats/bootstrap.ts';
import { asked, type TestRows } from './test-rows.ts';

/** A model's error where a simulation under that very model goes. */
export interface OnPolicyError extends Interval {
  /** Mean squared error, each state weighted by its visits; with its 95 % bootstrap over states. NaN where no visited state has an answer of the teacher. */
  readonly mse: number;
  /** Share of visits, from 0 to 1, whose state the teacher's answer is known of. */
  readonly covered: number;
  /** Different states that were visited, and those of them with an answer. */
  readonly visited: number;
  readonly states: number;
  /** Share of the covered visits whose state is in the train file too. */
  readonly seenInTraining: number;
  readonly agents: number;
  readonly ticks: number;
  /** Whose answers: those of the test file, or asked now. */
  readonly answers: 'test file' | 'teacher';
}

/** Where a simulation under a model went, and what the model decides there. */
export interface Visits {
  readonly agents: number;
  readonly ticks: number;
  /** How many agent-ticks met each state, by mask. */
  readonly counts: ReadonlyMap<number, number>;
  /** P of the actions but the default one; NaN where the model gave none. */
  readonly decided: (mask: number) => Float64Array;
}

/** Courses of the world that the agents are shared out to: the weather of one would decide too much. */
const WORLDS = 4;

/** Simulates agents under a policy for the scenario's horizon, in four worlds; the worlds of a seed are the same for every policy. */
export async function visitsOf(
  scenario: Scenario,
  policy: Policy,
  { agents, seed, signal, onProgress }: { agents: number; seed: number } & DecideOptions,
): Promise<Visits> {
  const table = new DecisionTable(scenario, policy);
  const k = scenario.actions.length;
  const row = (mask: number) => Float64Array.from({ length: k }, (_, a) => table.probability(mask, a));
  /** The policy, asked about each state once in all worlds together. */
  const once: Policy = {
    id: policy.id,
    scenario: policy.scenario,
    async decide({ masks }, options) {
      await table.ask(masks, options);
      const probabilities = new Float64Array(masks.length * k);
      masks.forEach((mask, i) => probabilities.set(row(mask), i * k));
      return { probabilities, outcomes: Array.from(masks, (mask) => table.outcome(mask)!) };
    },
    [Symbol.asyncDispose]: async () => {},
  };
  const counts = new Map<number, number>();
  const each = Math.ceil(agents / WORLDS);
  const worlds = Array.from(
    { length: WORLDS },
    (_, world) =>
      new Simulation({
        scenario,
        policy: once,
        agents: each,
        // Worlds of neighbouring seeds of an evaluation are not each other's.
        seed: (seed * WORLDS + world) % Number.MAX_SAFE_INTEGER,
        onFailure: 'skip',
      }),
  );
  const work = signal ? { signal } : {};
  for (let tick = 0; tick < scenario.horizon; tick++) {
    const met = worlds.map((simulation) => simulation.observed());
    for (const { masks, counts: agents } of met)
      masks.forEach((mask, i) => counts.set(mask, (counts.get(mask) ?? 0) + agents[i]!));
    // All worlds' questions in one batch: a network takes as long for one row as for a batch.
    await table.ask(
      met.flatMap(({ masks }) => [...masks]),
      work,
    );
    for (const simulation of worlds) await simulation.step(work);
    onProgress?.(tick + 1, scenario.horizon);
  }
  return {
    agents: each * WORLDS,
    ticks: scenario.horizon,
    counts,
    decided: (mask) => asked(row(mask), scenario),
  };
}

/** What the teacher says of states: P of the actions but the default one, by mask. */
export type TeacherAnswers = ReadonlyMap<number, Float64Array>;

/** Answers of the test file: a state's rows, whatever their order, are averaged. */
export function answersInFile({ observations: { masks }, target, m }: TestRows): TeacherAnswers {
  const sums = new Map<number, { n: number; sum: Float64Array }>();
  masks.forEach((mask, row) => {
    const state = sums.get(mask) ?? { n: 0, sum: new Float64Array(m) };
    state.n++;
    for (let a = 0; a < m; a++) state.sum[a]! += target[row * m + a]!;
    sums.set(mask, state);
  });
  return new Map([...sums].map(([mask, { n, sum }]) => [mask, sum.map((value) => value / n)]));
}

/**
 * Asks a teacher about the states that models visited, those of most visits first, in canonical order.
 * @param budget questions at most
 */
export async function askVisited(
  teacher: Policy,
  scenario: Scenario,
  visits: readonly Visits[],
  budget: number,
  options: Parameters<Policy['decide']>[1] = {},
): Promise<TeacherAnswers> {
  const total = new Map<number, number>();
  for (const { counts } of visits) for (const [mask, count] of counts) total.set(mask, (total.get(mask) ?? 0) + count);
  const masks = [...total.keys()].sort((a, b) => total.get(b)! - total.get(a)! || a - b).slice(0, budget);
  const m = scenario.actions.length - 1;
  const answers = asked((await teacher.decide(observations(scenario, masks), options)).probabilities, scenario);
  return new Map(
    masks
      .map((mask, i) => [mask, answers.slice(i * m, (i + 1) * m)] as const)
      .filter(([, answer]) => !Number.isNaN(answer[0]!)),
  );
}

/**
 * The squared error of a model under its own distribution of states: Σ v(s) e(s) / Σ v(s) over the visited states s that
 * the teacher's answer is known of, v counting visits and e the squared error (mean over the actions but the default one).
 * It holds for the part of the visits that `covered` says. States that the model was trained on are in it: they are
 * where it decides, too.
 */
export function onPolicyError(
  { agents, ticks, counts, decided }: Visits,
  answers: TeacherAnswers,
  whose: OnPolicyError['answers'],
  learned: (mask: number) => boolean,
  seed: number,
): OnPolicyError {
  let [all, covered, seen] = [0, 0, 0];
  const weights: number[] = [];
  const errors: number[] = [];
  for (const [mask, count] of counts) {
    all += count;
    const answer = answers.get(mask);
    const own = decided(mask);
    if (!answer || Number.isNaN(own[0]!)) continue;
    covered += count;
    if (learned(mask)) seen += count;
    weights.push(count);
    errors.push(own.reduce((sum, p, a) => sum + (p - answer[a]!) ** 2, 0) / own.length);
  }
  const meanOf = (drawn: Iterable<number>) => {
    let [error, weight] = [0, 0];
    for (const state of drawn) {
      error += weights[state]! * errors[state]!;
      weight += weights[state]!;
    }
    return error / weight;
  };
  const none = { lower: Number.NaN, upper: Number.NaN };
  const interval = weights.length > 0 ? bootstrap(weights.length, (drawn) => [meanOf(drawn)], { seed })[0]! : none;
  return {
    mse: meanOf(weights.keys()),
    ...interval,
    covered: covered / all,
    visited: counts.size,
    states: weights.length,
    seenInTraining: seen / covered,
    agents,
    ticks,
    answers: whose,
  };
}
