import type { ControlledEvaluateIndexOutput, ControlledEvaluateInputItem, Token } from 'node-llama-cpp';

/** A token, with a look at how likely each of `among` is to follow it. */
export const looking = (token: Token, among: readonly Token[]): ControlledEvaluateInputItem => [
  token,
  // The likeliest token is selected, and with it the largest logit, to which the total is relative.
  { generateNext: { logits: { filter: { tokens: among, includeSelected: true } }, totalLogitWeight: true } },
];

/**
 * Probabilities of tokens after one that was looked at, out of the whole vocabulary: they do not sum to 1.
 * @param among which were looked for; shape of the result
 * @throws {Error} where the model gave no finite numbers
 */
export function chancesOf(output: ControlledEvaluateIndexOutput | undefined, among: readonly Token[]): number[] {
  const { logits, totalLogitWeight = Number.NaN } = output?.next ?? {};
  const largest = Math.max(...(logits?.values() ?? []));
  const chances = among.map((token) => Math.exp((logits?.get(token) ?? Number.NaN) - largest) / totalLogitWeight);
  if (!chances.every(Number.isFinite)) throw new Error('the model gave no finite logits');
  return chances;
}
