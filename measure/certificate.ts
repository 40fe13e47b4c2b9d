import { ONE } from '../env/chance.ts';
import { UnderstudyError } from '../env/error.ts';
import { exactPath } from '../env/exact-path.ts';
import { type OutcomeGradient, type PathGradient, pathGradient } from '../env/path-gradient.ts';
import { sequence } from '../env/random.ts';
import type { Scenario } from '../env/scenario.ts';
import type { WorkOptions } from '../env/work.ts';
import { AskedOnce } from '../policies/asked-once.ts';
import type { Policy } from '../policies/policy.ts';
import { fQuantile } from '../stats/f-distribution.ts';
import { kernelRegression } from '../stats/kernel-regression.ts';
import { mean } from '../stats/moments.ts';

export interface CertifyOptions extends WorkOptions {
  readonly scenario: Scenario;
  /** Who decided in the run. */
  readonly policy: Policy;
  /** Who might have decided: asked about at most `questions` observations. */
  readonly teacher: Policy;
  readonly questions: number;
  readonly agents: number;
  /** Of the run: its world is the one that the certificate is about. */
  readonly seed: number;
  readonly ticks?: number;
  /** `reward`, measures and actions by name. Default: the measures; of a scenario without any, its actions. */
  readonly outcomes?: readonly string[];
  /** What the run's totals were; default: what they are in the mean. */
  readonly totals?: Readonly<Record<string, number>>;
  /** Probability that an interval holds what it says; default .95. */
  readonly level?: number;
}

/** What a run's total would have been under the teacher. */
export interface CertifiedOutcome {
  /** The run's own total. */
  readonly total: number;
  /** Estimate of the teacher's. */
  readonly teacher: number;
  /** The run's minus the teacher's, and the interval in which it lies with probability `level`, as far as people can go. */
  readonly difference: number;
  readonly lower: number;
  readonly upper: number;
  /** Standard errors of what makes up the interval's width, and what is added for terms of higher order. */
  readonly parts: { readonly questions: number; readonly people: number; readonly curvature: number };
}

export interface Certificate {
  readonly teacher: string;
  readonly level: number;
  /** Observations that the teacher was asked about, those that it gave no probability for, and those that may occur. */
  readonly questions: number;
  readonly failed: number;
  readonly observations: number;
  /** Share of the run's agent-ticks whose observation was asked about. */
  readonly covered: number;
  readonly outcomes: Readonly<Record<string, CertifiedOutcome>>;
}

/** With fewer, the spread of the answers says nothing. */
const FEWEST = 20;

/** The half of the questions that go where they matter most; chance decides on the others. */
const FIRST = 0.5;

/**
 * How far a run under one policy is from the same run under another that is asked only a few questions. The questions go
 * first to the observations that move the outcomes most: occupancy times what a decision there is worth in the end
 * (`pathGradient`). From the answers a regression corrects the policy everywhere else; the corrected policy's totals are
 * computed exactly, and what is still between it and the teacher is estimated from questions drawn with probabilities
 * proportional to what they may matter (Hansen & Hurwitz 1943), spread over the observations so that no kind of them is
 * left out. That the teacher's agents would be in other states is in the values (the performance-difference lemma: Kakade & Langford 2002). The model-assisted form is unbiased to first
 * order whatever the regression is worth (Särndal, Swensson & Wretman 1992); the second order is estimated and added to
 * the width.
 * @throws {UnderstudyError} SIMULATION_ARGUMENT for fewer than 20 questions or an unknown outcome, SCENARIO_CROWD where
 *   agents act on each other
 */
export async function certify(options: CertifyOptions): Promise<Certificate> {
  const { scenario, agents, seed, questions, level = 0.95, ticks = scenario.horizon, signal } = options;
  const names = options.outcomes ?? outcomesOf(scenario);
  if (!Number.isInteger(questions) || questions < FEWEST)
    throw new UnderstudyError(
      'SIMULATION_ARGUMENT',
      `a certificate needs a whole number of at least ${FEWEST} questions, got ${questions}`,
    );
  const policy = AskedOnce.of(scenario, options.policy);
  const teacher = AskedOnce.of(scenario, options.teacher);
  const path = { seed, ticks, outcomes: names };
  const own = await pathGradient(scenario, policy, path);

  const importance = importanceOf(own);
  const masks = [...importance.keys()].filter((mask) => importance.get(mask)! > 0);
  masks.sort((a, b) => importance.get(b)! - importance.get(a)! || scenario.sets.compare(a, b));
  const first = masks.slice(0, Math.min(masks.length, Math.ceil(questions * FIRST)));
  await teacher.learn(first, { signal });
  const said = (mask: number) => teacher.weightsOf(mask) ?? defaultOnly(scenario);
  const corrected = correction(scenario, own, first, said, (mask) => importance.get(mask)!);
  const better = await pathGradient(scenario, corrected.decide, path);

  const open = [...better.occupancy.keys()].filter((mask) => !corrected.known.has(mask)).sort(scenario.sets.compare);
  const worth = importanceOf(better);
  const weights = open.map((mask) => worth.get(mask)! * Math.sqrt(corrected.unexplained(mask)));
  const drawn = drawFromZones(weights, questions - first.length, sequence(seed, 'certificate'));
  await teacher.learn(
    drawn.map(({ item }) => open[item]!),
    { signal },
  );

  const asked = [...new Set([...first, ...drawn.map(({ item }) => open[item]!)])];
  const again = correction(scenario, own, asked, said, (mask) => importance.get(mask)!);
  const best = await pathGradient(scenario, again.decide, path);
  const spread = await exactPath(scenario, corrected.decide, { seed, ticks, totals: true });
  const quantile = Math.sqrt(fQuantile(level, 1, Math.max(1, Math.floor(drawn.length / 2))));
  const outcome = (name: string): CertifiedOutcome => {
    const gradient = better.outcomes[name]!;
    const terms = drawn.map(
      ({ item, probability }) => firstOrder(gradient, open[item]!, better.weights, said) / probability,
    );
    const rest = terms.length > 0 ? mean(terms) : 0;
    const error = standardErrorOfZones(terms);
    const predicted = [...best.weights.keys()].reduce(
      (sum, mask) => sum + firstOrder(gradient, mask, better.weights, (one) => best.weights.get(one)!),
      0,
    );
    const curvature = agents * Math.abs(best.outcomes[name]!.value - gradient.value - predicted);
    // A sample may say more than people can do.
    const [least, most] = gradient.bounds.map((bound) => agents * ticks * bound) as [number, number];
    const possible = (value: number) => Math.min(most, Math.max(least, value));
    const estimate = agents * (gradient.value + rest);
    const total = options.totals?.[name] ?? agents * own.outcomes[name]!.value;
    const people = Math.sqrt(agents * (spread.totals?.measures[name]?.variance ?? 0));
    const width = quantile * Math.hypot(agents * error, people) + curvature;
    return {
      total,
      teacher: possible(estimate),
      difference: total - possible(estimate),
      lower: total - possible(estimate + width),
      upper: total - possible(estimate - width),
      parts: { questions: agents * error, people, curvature },
    };
  };
  let coveredTicks = 0;
  for (const mask of asked) coveredTicks += own.occupancy.get(mask) ?? 0;
  return {
    teacher: teacher.id,
    level,
    questions: asked.length,
    failed: asked.filter((mask) => teacher.weightsOf(mask) === undefined).length,
    observations: own.occupancy.size,
    covered: coveredTicks / ticks,
    outcomes: Object.fromEntries(names.map((name) => [name, outcome(name)])),
  };
}

const outcomesOf = ({ measures, actions }: Scenario): string[] =>
  Object.keys(measures).length > 0 ? Object.keys(measures) : [...actions];

const defaultOnly = ({ actions }: Scenario): number[] => actions.map((_, a) => (a === 0 ? ONE : 0));

/** By observation: how much its decision can change the outcomes, each as a share of what all decisions can. */
function importanceOf({ outcomes, occupancy }: PathGradient): Map<number, number> {
  const importance = new Map<number, number>();
  for (const { slopes } of Object.values(outcomes)) {
    const ranges = [...slopes].map(([mask, slope]) => [mask, Math.max(...slope) - Math.min(...slope)] as const);
    const sum = ranges.reduce((total, [, range]) => total + range, 0);
    for (const [mask, range] of ranges)
      importance.set(mask, (importance.get(mask) ?? 0) + (sum > 0 ? range / sum : occupancy.get(mask)!));
  }
  return importance;
}

/** Σ_a (π′ − π)(a | o) · slope(o, a) of one observation. */
function firstOrder(
  { slopes }: OutcomeGradient,
  mask: number,
  from: ReadonlyMap<number, ArrayLike<number>>,
  to: (mask: number) => ArrayLike<number>,
): number {
  const slope = slopes.get(mask);
  if (!slope) return 0;
  const before = from.get(mask)!;
  const after = to(mask);
  let sum = 0;
  for (let a = 0; a < slope.length; a++) sum += ((after[a]! - before[a]!) / ONE) * slope[a]!;
  return sum;
}

/** Answers that the regression learns from, the most important first: its cost grows with their cube. */
const REGRESSED = 800;

/** A policy moved towards a teacher's answers: the answers themselves where there are any, elsewhere what they suggest. */
interface Correction {
  readonly decide: (mask: number) => number[];
  readonly known: ReadonlySet<number>;
  /** Share of the variance that the answers leave open; 1 or more where they say nothing. */
  readonly unexplained: (mask: number) => number;
}

function correction(
  { sets, actions }: Scenario,
  { weights }: PathGradient,
  asked: readonly number[],
  said: (mask: number) => ArrayLike<number>,
  importance: (mask: number) => number,
): Correction {
  const k = actions.length;
  const known = new Set(asked);
  const points = asked.slice(0, REGRESSED);
  const values = actions
    .slice(1)
    .map((_, a) => Float64Array.from(points, (mask) => (said(mask)[a + 1]! - weights.get(mask)![a + 1]!) / ONE));
  const fit = kernelRegression({
    n: points.length,
    distance: (i, j) => sets.distance(points[i]!, points[j]!),
    values,
    weights: Float64Array.from(points, importance),
  });
  const distances = (mask: number) => points.map((other) => sets.distance(mask, other));
  return {
    known,
    unexplained: (mask) => fit.unexplained(distances(mask)),
    decide: (mask) => {
      if (known.has(mask)) return Array.from(said(mask), (weight) => weight / ONE);
      const before = weights.get(mask);
      if (!before) return defaultLike(k);
      const means = fit.means(distances(mask));
      const moved = Array.from({ length: k - 1 }, (_, a) => Math.max(0, before[a + 1]! / ONE + means[a]!));
      const sum = moved.reduce((total, p) => total + p, 0);
      const others = sum > 1 ? moved.map((p) => p / sum) : moved;
      return [1 - others.reduce((total, p) => total + p, 0), ...others].map((p) => Math.max(0, p));
    },
  };
}

const defaultLike = (k: number): number[] => Array.from({ length: k }, (_, a) => (a === 0 ? 1 : 0));

/**
 * m draws with probabilities proportional to weights, one from each of m zones of equal weight: neighbours in the list are
 * in one zone or in the next. None if there is nothing to draw from.
 */
function drawFromZones(
  weights: readonly number[],
  m: number,
  random: () => number,
): { readonly item: number; readonly probability: number }[] {
  let total = 0;
  const cumulative = weights.map((weight) => (total += weight));
  if (!(total > 0)) return [];
  let item = 0;
  return Array.from({ length: m }, (_, zone) => {
    const point = ((zone + random()) / m) * total;
    while (item < weights.length - 1 && cumulative[item]! <= point) item++;
    return { item, probability: weights[item]! / total };
  });
}

/**
 * Standard error of the mean of one term from each zone, from the differences of zones that follow each other: too large
 * by what the zones themselves differ (Hansen, Hurwitz & Madow 1953; Wolter 2007, section 8.2). 0 of fewer than two.
 */
function standardErrorOfZones(terms: readonly number[]): number {
  const n = terms.length;
  if (n < 2) return 0;
  let squares = 0;
  for (let zone = 1; zone < n; zone++) squares += (terms[zone]! - terms[zone - 1]!) ** 2;
  return Math.sqrt(squares / (2 * (n - 1) * n));
}
