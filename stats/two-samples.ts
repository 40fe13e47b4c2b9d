import { sequence, shuffle } from '../env/random.ts';
import { populationStandardDeviation } from './moments.ts';

/** How far two samples lie apart, in three ways. */
export interface Distances {
  /** Kolmogorov–Smirnov: the largest distance of the two distribution functions F and G. */
  readonly ks: number;
  /** ∫ |F − G|, in standard deviations of both samples together. */
  readonly wasserstein: number;
  /** 2 ∫ (F − G)², likewise: the energy distance (Székely & Rizzo, "Energy statistics", 2013). */
  readonly energy: number;
}

export const distances = ['ks', 'wasserstein', 'energy'] as const;
export type Distance = (typeof distances)[number];

/** Distances of one statistic, each with the probability that luck makes any of all the statistics lie so far apart. */
export interface ComparedStatistic extends Distances {
  readonly p: Readonly<Record<Distance, number>>;
}

export interface SameDistributionTest {
  readonly statistics: readonly ComparedStatistic[];
  /** By distance: the smallest p of all statistics, which is that of the hypothesis that none differs. */
  readonly p: Readonly<Record<Distance, number>>;
}

export interface PermutationOptions {
  readonly seed: number;
  /** Exchanges of labels that are drawn; default 1,999. */
  readonly resamples?: number;
}

/**
 * Tests whether two samples of vectors come from one distribution, statistic by statistic, holding the probability of any
 * false alarm: the labels of whole vectors are exchanged by chance, so that the statistics keep their dependence, and each
 * distance is held against the largest of all statistics in every exchange (Westfall & Young, "Resampling-based multiple
 * testing", 1993, single step). The observed labels count among the exchanges, which keeps the test valid. Of n and m rows, ks has
 * hardly more than n m values, and ties would make its p too large: among equal ks, the larger ∫ |F − G| lies farther apart.
 * @param a shape [n][statistics], independent rows
 * @param b shape [m][statistics]
 * @throws {RangeError} for samples without rows or with rows of other lengths, and values that are not finite
 */
export function sameDistribution(
  a: readonly ArrayLike<number>[],
  b: readonly ArrayLike<number>[],
  { seed, resamples = 1999 }: PermutationOptions,
): SameDistributionTest {
  const rows = [...a, ...b];
  if (a.length === 0 || b.length === 0)
    throw new RangeError(`two samples need 1 row or more each, got ${a.length} and ${b.length}`);
  const width = rows[0]!.length;
  const other = rows.findIndex((row) => row.length !== width);
  if (other >= 0) throw new RangeError(`expected rows of ${width} statistics, got ${rows[other]!.length}`);
  const columns = Array.from({ length: width }, (_, j) => sortedColumn(rows, j));
  const labels = Uint8Array.from(rows, (_, i) => (i < a.length ? 0 : 1));
  const observed = columns.map((column) => distancesOf(column, labels, a.length, b.length));
  const held = observed.map((own) => withoutTies(own, a.length, b.length));
  const reached = observed.map(() => ({ ks: 1, wasserstein: 1, energy: 1 }));
  const random = sequence(seed, 'permutation');
  for (let r = 0; r < resamples; r++) {
    shuffle(labels, random);
    const most = { ks: 0, wasserstein: 0, energy: 0 };
    for (const column of columns) {
      const found = withoutTies(distancesOf(column, labels, a.length, b.length), a.length, b.length);
      for (const distance of distances) if (found[distance] > most[distance]) most[distance] = found[distance];
    }
    held.forEach((own, j) => {
      // Sums that are equal in exact arithmetic may differ in their last bits.
      for (const distance of distances) if (most[distance] >= own[distance] * (1 - 1e-12)) reached[j]![distance]++;
    });
  }
  const shareOf = (count: number) => count / (resamples + 1);
  const statistics = observed.map((own, j) => ({ ...own, p: mapped((distance) => shareOf(reached[j]![distance])) }));
  return { statistics, p: mapped((distance) => Math.min(1, ...statistics.map(({ p }) => p[distance]))) };
}

const mapped = (of: (distance: Distance) => number): Record<Distance, number> => ({
  ks: of('ks'),
  wasserstein: of('wasserstein'),
  energy: of('energy'),
});

/** The values of one statistic in ascending order: whose each is, and how far it is to the next. */
interface SortedColumn {
  readonly order: Uint32Array;
  /** In standard deviations; 0 for the last. */
  readonly gaps: Float64Array;
}

function sortedColumn(rows: readonly ArrayLike<number>[], j: number): SortedColumn {
  const values = Float64Array.from(rows, (row) => row[j]!);
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) throw new RangeError(`statistic ${j} of row ${wrong} is ${values[wrong]}`);
  const order = Uint32Array.from(values.keys()).sort((x, y) => values[x]! - values[y]!);
  const sd = populationStandardDeviation(values) || 1;
  const gaps = Float64Array.from(order, (row, i) =>
    i + 1 < order.length ? (values[order[i + 1]!]! - values[row]!) / sd : 0,
  );
  return { order, gaps };
}

/** Distances in which ks, whose values are at least 1 / (n m) apart, holds the order of ∫ |F − G| in what is less than that. */
const withoutTies = ({ ks, wasserstein, energy }: Distances, n: number, m: number): Distances => ({
  ks: ks + wasserstein / (1 + wasserstein) / (2 * n * m),
  ...{ wasserstein, energy },
});

function distancesOf({ order, gaps }: SortedColumn, labels: Uint8Array, n: number, m: number): Distances {
  let [first, second] = [0, 0];
  let [ks, wasserstein, energy] = [0, 0, 0];
  for (let i = 0; i < order.length; i++) {
    if (labels[order[i]!] === 0) first++;
    else second++;
    const gap = gaps[i]!;
    if (gap === 0) continue;
    const apart = Math.abs(first / n - second / m);
    if (apart > ks) ks = apart;
    wasserstein += apart * gap;
    energy += 2 * apart * apart * gap;
  }
  return { ks, wasserstein, energy };
}
