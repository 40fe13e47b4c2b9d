import { sequence, shuffle } from '../../../env/random.ts';
import { fitTerms, lossesOf, type RuleRows, type Term } from './regression.ts';

const FOLDS = 5;

/** How well the first terms do on rows that were held out. */
export interface Size {
  readonly terms: number;
  /** Mean cross-entropy of the rows that were fitted, and of those that were held out, in nats. */
  readonly train: number;
  readonly heldOut: number;
  /** Mean squared error of the probabilities of all actions but the first on those that were held out. */
  readonly mse: number;
}

/**
 * How many of the terms to keep, by cross-validation: as few as do no worse than the best number by more than one standard
 * error of the difference, cluster by cluster. Breiman et al., "Classification and regression trees", 1984, section 3.4.3.
 */
export function chooseSize(
  data: RuleRows,
  terms: readonly Term[],
  seed: number,
): { readonly size: number; readonly sizes: readonly Size[] } {
  const { clusters, weights, targets, outputs: m } = data;
  const folds = foldsOf(clusters, seed);
  const total = weights.reduce((a, b) => a + b, 0);
  /** By size, the loss of each cluster when it was held out. */
  const losses: Map<number, number>[] = [];
  const sizes = Array.from({ length: terms.length + 1 }, (_, size): Size => {
    const byCluster = new Map<number, number>();
    let [train, trained, heldOut, squares] = [0, 0, 0, 0];
    for (const fold of folds) {
      const rows = clusters.map((_, i) => i).filter((i) => !fold.has(clusters[i]!));
      const fit = fitTerms(data, terms.slice(0, size), { rows });
      lossesOf(data, fit).forEach((loss, i) => {
        const cluster = clusters[i]!;
        const weighted = weights[i]! * loss;
        if (!fold.has(cluster)) {
          train += weighted;
          trained += weights[i]!;
          return;
        }
        heldOut += weighted;
        byCluster.set(cluster, (byCluster.get(cluster) ?? 0) + weighted);
        for (let a = 0; a < m; a++)
          squares += (weights[i]! * (fit.probabilities[i * m + a]! - targets[i * m + a]!) ** 2) / m;
      });
    }
    losses.push(byCluster);
    return { terms: size, train: train / trained, heldOut: heldOut / total, mse: squares / total };
  });
  const best = sizes.reduce((lowest, one) => (one.heldOut < lowest.heldOut ? one : lowest)).terms;
  const size = losses.findIndex((own) => {
    const differences = [...own].map(([cluster, loss]) => loss - losses[best]!.get(cluster)!);
    const sum = differences.reduce((a, b) => a + b, 0);
    return sum <= Math.sqrt(differences.reduce((squares, one) => squares + one * one, 0));
  });
  return { size, sizes };
}

function foldsOf(clusters: Uint32Array, seed: number): Set<number>[] {
  const drawn = shuffle(Uint32Array.from(new Set(clusters)).sort(), sequence(seed, 'validation'));
  const folds = Math.min(FOLDS, drawn.length);
  return Array.from({ length: folds }, (_, f) => new Set(drawn.filter((_, i) => i % folds === f)));
}
