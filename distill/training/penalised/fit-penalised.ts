import { setImmediate as nextTurn } from 'node:timers/promises';
import { sequence, shuffle } from '../../../env/random.ts';
import type { Architecture } from '../../../policies/students/architecture.ts';
import { type BagArchitecture, pairsOf } from '../../../policies/students/bag.ts';
import type { Epoch, FitEvents, FitJob, FitState, Values } from '../fit-job.ts';
import { choosePenalties } from './choose-penalties.ts';
import { fitRegression, type RegressionRows } from './regression.ts';
import { termsOf } from './terms.ts';

const FOLDS = 5;
/** Penalties are chosen on this many rows at most: they are variances of effects, which do not depend on the number. */
const MOST_ROWS = 10_000;

/**
 * The weights of a logistic student as those of a regression under penalties that cross-validation chose, fitted to all
 * rows. Rows of one cluster are in one fold. The curve has an entry for each set of penalties that was tried, with mean log
 * losses over the folds.
 */
export async function fitPenalised(job: FitJob, { signal, onTried }: FitEvents = {}): Promise<FitState> {
  const { rows, seed, traits, mirror } = job;
  const { observations, targets, columns: outputs, weights, clusters = observations.masks } = rows;
  const architecture = job.architecture as BagArchitecture;
  const pairs = architecture.interactions ?? false;
  const terms = termsOf(observations, { traits, pairs, mirror });
  const regression: RegressionRows = { terms, targets, outputs, weights };
  const curve: Epoch[] = [];
  const chosen = await choosePenalties(regression, foldsOf(clusters, seed), async ({ train, heldOut, mse }) => {
    const latest = { epoch: curve.length + 1, train, validation: heldOut, mse };
    curve.push(latest);
    onTried?.(curve.length, latest);
    await nextTurn();
    signal?.throwIfAborted();
  });
  const all = Int32Array.from({ length: observations.masks.length }, (_, i) => i);
  const fitted = fitRegression(regression, all, chosen.penalties);
  const values: Values = {
    'output.weight': terms.unfold(fitted, outputs),
    'output.bias': Float32Array.from(fitted.subarray(fitted.length - outputs)),
  };
  const { epoch } = curve.find(({ validation }) => validation === chosen.heldOut)!;
  return {
    place: { values, optimizer: { step: 0, means: {}, squares: {} } },
    best: { epoch, loss: chosen.heldOut, mse: chosen.mse, values },
    curve,
  };
}

/** Rows by fold, clusters in random order; of very many rows a sample of the clusters. */
function foldsOf(clusters: Uint32Array, seed: number): Int32Array[] {
  const drawn = shuffle(Uint32Array.from(new Set(clusters)).sort(), sequence(seed, 'validation'));
  const share = Math.min(1, MOST_ROWS / clusters.length);
  const used = drawn.subarray(0, Math.max(2, Math.ceil(share * drawn.length)));
  const folds = Math.min(FOLDS, used.length);
  const foldOf = new Map(Array.from(used, (cluster, i) => [cluster, i % folds]));
  const rows = Int32Array.from(clusters.keys());
  return Array.from({ length: folds }, (_, fold) => rows.filter((row) => foldOf.get(clusters[row]!) === fold));
}

/** The architecture and weights of a logistic student without inputs for pairs, if no pair was given any weight. */
export function withoutUnusedPairs(
  architecture: Architecture,
  values: Values,
): { readonly architecture: Architecture; readonly values: Values } {
  const weight = values['output.weight'];
  if (!weight || architecture.kind !== 'logistic' || !architecture.interactions) return { architecture, values };
  const { width } = architecture;
  const phrases = (weight.length / (width + pairsOf(width).length)) * width;
  if (weight.subarray(phrases).some((value) => value !== 0)) return { architecture, values };
  const { interactions: _, ...alone } = architecture;
  return { architecture: alone, values: { ...values, 'output.weight': weight.slice(0, phrases) } };
}
