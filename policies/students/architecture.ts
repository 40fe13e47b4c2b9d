import { type BagArchitecture, bagLogits, bagWeights } from './bag.ts';
import type { Operations, Weight } from './operations.ts';
import { decoderLogits, encoderLogits, type TransformerArchitecture, transformerWeights } from './transformer.ts';

export const students = ['logistic', 'mlp', 'encoder', 'decoder'] as const;
export type StudentKind = (typeof students)[number];

export type Architecture = BagArchitecture | TransformerArchitecture;

export const isBag = (architecture: Architecture): architecture is BagArchitecture =>
  architecture.kind === 'logistic' || architecture.kind === 'mlp';

/** Every trained tensor of an architecture that ends in `outputs` numbers. */
export function weightsOf(architecture: Architecture, outputs: number): Weight[] {
  return isBag(architecture) ? bagWeights(architecture, outputs) : transformerWeights(architecture, outputs);
}

/**
 * What the last layer gives, before it becomes probabilities: [n, outputs].
 * @param input [n, width] of 0 and 1 for a bag, otherwise tokens [n, length] (input.ts)
 * @param length tokens in a row, padding included; at most `longest`
 */
export function logitsOf<T>(ops: Operations<T>, architecture: Architecture, input: T, length: number): T {
  if (isBag(architecture)) return bagLogits(ops, architecture, input);
  return architecture.kind === 'encoder'
    ? encoderLogits(ops, architecture, input, length)
    : decoderLogits(ops, architecture, input, length);
}

/**
 * How the last layer becomes one probability per action.
 * - sigmoid: two actions, one number
 * - softmax: one number per action
 * - ordinal: two actions and labels on a lattice of K levels. K − 1 sigmoids say how likely the label lies above each
 *   level but the last; the probability is the expected level, v₁ + Σ pⱼ·(vⱼ₊₁ − vⱼ). Frank & Hall, "A simple
 *   approach to ordinal classification", 2001.
 */
export type Head =
  | { readonly kind: 'sigmoid' }
  | { readonly kind: 'softmax'; readonly actions: number }
  | { readonly kind: 'ordinal'; readonly levels: readonly number[] };

/** Numbers that the last layer has to give. */
export const outputsOf = (head: Head): number =>
  head.kind === 'sigmoid' ? 1 : head.kind === 'softmax' ? head.actions : head.levels.length - 1;

/** [n, outputs] → [n, k]. */
export function probabilitiesOf<T>(ops: Operations<T>, head: Head, logits: T): T {
  if (head.kind === 'softmax') return ops.softmax(logits);
  const p = head.kind === 'sigmoid' ? ops.sigmoid(logits) : expectedLevel(ops, head.levels, ops.sigmoid(logits));
  return ops.concat([ops.subtract(ops.constant([1], [1]), p), p]);
}

function expectedLevel<T>(ops: Operations<T>, levels: readonly number[], above: T): T {
  const steps = levels.slice(1).map((level, j) => level - levels[j]!);
  return ops.add(ops.matMul(above, ops.constant(steps, [steps.length, 1])), ops.constant([levels[0]!], [1]));
}
