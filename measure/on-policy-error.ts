import type { Vocabulary } from '../env/scenario.ts';
import { bootstrap } from '../stats/bootstrap.ts';
import { systematicSample } from '../stats/sampling.ts';
import type { OnPolicyError } from '../workspace/evaluation.ts';
import type { Visits } from './visits.ts';

/** A policy's error where a population goes under that very policy, as evaluation.json keeps it. */
export type VisitedError = Required<Omit<OnPolicyError, 'agents' | 'ticks' | 'answers'>>;

/** What a teacher says of states: P of each of the k actions, by mask. */
export type TeacherAnswers = ReadonlyMap<number, ArrayLike<number>>;

/**
 * States that stand for the visits of some populations, so that a teacher need not be asked about every state. All of
 * them if they are at most `most`; otherwise drawn with chances proportional to all populations' visits together
 * (`systematicSample`), and a visit of any of the populations to a drawn state counts for as many as that makes up for.
 * @param start uniform in [0, 1)
 * @returns by mask, ascending: how many visits one visit counts for, 1 or more (up to a common factor)
 */
export function sampleVisited(
  { sets }: Pick<Vocabulary, 'sets'>,
  visits: readonly Visits[],
  most: number,
  start: number,
): Map<number, number> {
  const totals = new Map<number, number>();
  for (const { masks, counts } of visits)
    masks.forEach((mask, i) => totals.set(mask, (totals.get(mask) ?? 0) + counts[i]!));
  const masks = [...totals.keys()].sort(sets.compare);
  if (masks.length <= most) return new Map(masks.map((mask) => [mask, 1]));
  const counts = masks.map((mask) => totals.get(mask)!);
  const draws = systematicSample(counts, most, start);
  return new Map(masks.flatMap((mask, i) => (draws[i]! > 0 ? [[mask, draws[i]! / counts[i]!] as const] : [])));
}

export interface OnPolicyErrorOptions {
  /** As `sampleVisited` draws it, from these visits and perhaps others; absent: every visited state counts as it is. */
  readonly sample?: ReadonlyMap<number, number>;
  readonly answers: TeacherAnswers;
  /** Whether the policy was fitted to a state. */
  readonly learned: (mask: number) => boolean;
  /** Seed of the bootstrap. */
  readonly seed: number;
}

/**
 * The squared error of a policy under its own distribution of states: Σ v(s) e(s) / Σ v(s) over the visited states s, v
 * counting visits and e the squared error of P(a | s), its mean over the actions but the default one. Where states were
 * drawn, it is the ratio estimate of that from the drawn ones; where some have no answer of the teacher, it is about
 * the rest, which `covered` is the share of. States that the policy was fitted to are in it: it decides there, too.
 */
export function onPolicyError(
  { masks, counts, decided }: Visits,
  { sample, answers, learned, seed }: OnPolicyErrorOptions,
): VisitedError {
  let [all, seen, sampled, covered, unseenWeight, unseenError] = [0, 0, 0, 0, 0, 0];
  const weights: number[] = [];
  const errors: number[] = [];
  masks.forEach((mask, i) => {
    const count = counts[i]!;
    const fitted = learned(mask);
    all += count;
    if (fitted) seen += count;
    const weight = count * (sample ? (sample.get(mask) ?? 0) : 1);
    sampled += weight;
    const answer = answers.get(mask);
    if (weight === 0 || answer === undefined) return;
    const error = squaredError(decided(mask), answer);
    if (Number.isNaN(error)) return;
    covered += weight;
    weights.push(weight);
    errors.push(error);
    if (fitted) return;
    unseenWeight += weight;
    unseenError += weight * error;
  });
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
    mseUnseen: unseenError / unseenWeight,
    covered: covered / sampled,
    visited: masks.length,
    states: weights.length,
    seenInTraining: seen / all,
  };
}

/** Mean over the actions but the default one. */
function squaredError(decided: ArrayLike<number>, answer: ArrayLike<number>): number {
  let sum = 0;
  for (let a = 1; a < answer.length; a++) sum += (decided[a]! - answer[a]!) ** 2;
  return sum / (answer.length - 1);
}
