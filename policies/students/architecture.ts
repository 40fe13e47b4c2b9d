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
 * @param input [n, width] of 0 and 1 for a bag, else tokens [n, length] (input.ts)
 * @param length tokens in a row, padding included; at most width + 1
 */
export function logitsOf<T>(ops: Operations<T>, architecture: Architecture, input: T, length: number): T {
  if (isBag(architecture)) return bagLogits(ops, architecture, input);
  return architecture.kind === 'encoder'
    ? encoderLogits(ops, architecture, input, length)
    : decoderLogits(ops, architecture, input, length);
}
