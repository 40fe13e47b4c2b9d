import { UnderstudyError } from '../../env/error.ts';
import type { Head } from '../../policies/students/architecture.ts';
import type { LabelKind } from '../../workspace/labels.ts';

export const losses = ['auto', 'bce', 'mse', 'ordinal'] as const;
export type Loss = (typeof losses)[number];

/** What a student is trained for: its head, its loss, and the numbers that the loss compares with. */
export interface Objective {
  readonly loss: Exclude<Loss, 'auto'>;
  /** Why this loss, for the log. */
  readonly reason: string;
  readonly head: Head;
  /** Numbers in a row of targets. */
  readonly columns: number;
  /** Row-major [n, columns] from probabilities [n, k]. */
  targetsOf(probabilities: Float64Array): Float32Array;
}

/** More levels than this are not a lattice. */
const LEVELS = 24;
/** And each has to occur this often on average. */
const ROWS_A_LEVEL = 8;

/**
 * The objective for labels of k actions.
 * @param probabilities row-major [n, k], n > 0
 * @param kind of single choices the loss is their cross-entropy; default probabilities
 * @throws {UnderstudyError} DISTILL_ANSWERS if all labels are equal, DISTILL_ARGUMENT for an ordinal loss with k > 2
 */
export function objectiveOf(
  loss: Loss,
  probabilities: Float64Array,
  k: number,
  kind: LabelKind = 'probabilities',
): Objective {
  const rows = probabilities.length / k;
  const first = Array.from(probabilities.subarray(0, k));
  if (probabilities.every((p, i) => p === first[i % k]))
    throw new UnderstudyError(
      'DISTILL_ANSWERS',
      k === 2
        ? `all ${rows} labels are ${first[1]}: there is nothing to learn; the policy constant:${first[1]} says the same`
        : `all ${rows} labels are ${first.join(', ')}: there is nothing to learn`,
    );
  if (loss === 'ordinal' && k > 2)
    throw new UnderstudyError('DISTILL_ARGUMENT', `an ordinal loss needs two actions, got ${k}; use bce or mse`);
  const levels = k === 2 ? levelsOf(probabilities) : [];
  const { chosen, reason } = loss === 'auto' ? choose(levels, rows, k, kind) : { chosen: loss, reason: 'as asked' };
  if (chosen === 'ordinal') return ordinal(levels, reason);
  return {
    loss: chosen,
    reason,
    head: k === 2 ? { kind: 'sigmoid' } : { kind: 'softmax', actions: k },
    columns: k === 2 ? 1 : k,
    targetsOf: (labels) => (k === 2 ? secondOf(labels) : Float32Array.from(labels)),
  };
}

function choose(levels: readonly number[], rows: number, k: number, kind: LabelKind) {
  if (kind === 'choices') return { chosen: 'bce', reason: 'the labels are single choices' } as const;
  if (k > 2) return { chosen: 'bce', reason: `${k} actions` } as const;
  if (levels.length > LEVELS || rows < levels.length * ROWS_A_LEVEL)
    return {
      chosen: 'bce',
      reason: `${levels.length} different labels in ${rows} rows are not a small lattice`,
    } as const;
  return { chosen: 'ordinal', reason: `the labels sit on ${levels.length} levels` } as const;
}

/** P of the second action, from rows of two. */
const secondOf = (probabilities: Float64Array): Float32Array =>
  Float32Array.from({ length: probabilities.length / 2 }, (_, i) => probabilities[2 * i + 1]!);

const levelsOf = (probabilities: Float64Array): number[] =>
  [...new Set(Array.from({ length: probabilities.length / 2 }, (_, i) => probabilities[2 * i + 1]!))].sort(
    (a, b) => a - b,
  );

function ordinal(levels: readonly number[], reason: string): Objective {
  const columns = levels.length - 1;
  return {
    loss: 'ordinal',
    reason,
    head: { kind: 'ordinal', levels },
    columns,
    targetsOf: (probabilities) =>
      Float32Array.from({ length: (probabilities.length / 2) * columns }, (_, i) =>
        probabilities[2 * Math.floor(i / columns) + 1]! > levels[i % columns]! ? 1 : 0,
      ),
  };
}
