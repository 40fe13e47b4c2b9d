import { bagLogits, bagWeights } from './bag.ts';
import type { Operations } from './operations.ts';
import { decoderLogits, encoderLogits, transformerWeights } from './transformer.ts';

export const students = ['logistic', 'mlp', 'encoder', 'decoder'] as const;
export type StudentKind = (typeof students)[number];

/** Students that see a set of phrases, as 0/1 columns: the order in which they are shown makes no difference. */
export interface BagArchitecture {
  readonly kind: 'logistic' | 'mlp';
  /** Phrases in the vocabulary. */
  readonly width: number;
  /** Sizes of the hidden ReLU layers; none for logistic. */
  readonly hidden: readonly number[];
  /** Of a logistic: whether every two phrases together are an input of their own, 1 where both hold. */
  readonly interactions?: boolean;
}

/** Students that read the phrases one after the other, in the order shown. */
export interface TransformerArchitecture {
  readonly kind: 'encoder' | 'decoder';
  readonly width: number;
  /** Numbers that stand for one token inside. */
  readonly size: number;
  readonly layers: number;
  readonly heads: number;
  /** Size of the layer between the two dense layers of a block. */
  readonly inner: number;
}

export type Architecture = BagArchitecture | TransformerArchitecture;

/** A trained tensor: its shape and what it is before training. */
export interface Weight {
  readonly name: string;
  readonly shape: readonly number[];
  /** Standard deviation of the normal distribution that it starts from; 0 leaves it at `mean`. */
  readonly deviation: number;
  readonly mean: number;
}

export const isBag = (architecture: Architecture): architecture is BagArchitecture =>
  architecture.kind === 'logistic' || architecture.kind === 'mlp';

/** Every trained tensor of an architecture that ends in `outputs` numbers. */
export function weightsOf(architecture: Architecture, outputs: number): Weight[] {
  return isBag(architecture) ? bagWeights(architecture, outputs) : transformerWeights(architecture, outputs);
}

/**
 * What the last layer gives, before it becomes probabilities: [n, outputs].
 * @param input [n, width] of 0 and 1 for a bag, else tokens [n, length] (tokens.ts)
 * @param length tokens in a row, padding included; at most width + 1
 */
export function logitsOf<T>(ops: Operations<T>, architecture: Architecture, input: T, length: number): T {
  if (isBag(architecture)) return bagLogits(ops, architecture, input);
  return architecture.kind === 'encoder'
    ? encoderLogits(ops, architecture, input, length)
    : decoderLogits(ops, architecture, input, length);
}
