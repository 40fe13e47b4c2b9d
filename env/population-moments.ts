import type { Moments } from './propagation.ts';

/** Mean and variance of a total over a population, over its agents and the courses of the world. */
export interface PopulationMoments extends Moments {
  /** The part of the variance that is chance among agents who live in one world: it grows with their number. */
  readonly within: number;
  /** The part that the world brings, which all of them share: it grows with the square of their number. */
  readonly between: number;
}

/**
 * What a total over N independent agents varies by, from the moments of one agent in several courses of the world: the law
 * of total variance, Var = E[Var | world] + Var(E | world).
 * @param agents N
 * @param weights probabilities of the courses, if these are all there are; without, they are independent draws, and the
 *   variance between them is estimated without bias
 * @throws {RangeError} for fewer than two drawn courses, or weights of another number or sum
 */
export function populationMoments(
  courses: readonly Moments[],
  agents: number,
  weights?: readonly number[],
): PopulationMoments {
  if (!weights && courses.length < 2) throw new RangeError(`expected two courses or more, got ${courses.length}`);
  if (weights && (weights.length !== courses.length || Math.abs(sumOf(weights) - 1) > 1e-9))
    throw new RangeError(
      `expected ${courses.length} weights that sum to 1, got ${weights.length} that sum to ${sumOf(weights)}`,
    );
  const share = (i: number) => (weights ? weights[i]! : 1 / courses.length);
  const mean = sumOf(courses.map((course, i) => share(i) * course.mean));
  const within = agents * sumOf(courses.map((course, i) => share(i) * course.variance));
  const spread = sumOf(courses.map((course, i) => share(i) * (course.mean - mean) ** 2));
  const between = agents ** 2 * spread * (weights ? 1 : courses.length / (courses.length - 1));
  return { mean: agents * mean, variance: within + between, within, between };
}

const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, x) => sum + x, 0);
