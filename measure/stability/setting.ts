import type { AskOptions } from '../../policies/policy.ts';

/** One way of asking all prompts once. */
export interface Setting extends Pick<AskOptions, 'elicit' | 'temperature' | 'seed' | 'repeat' | 'batch' | 'explain'> {
  /** Number of the order in which phrases are shown; 0 is the canonical one. */
  readonly order: number;
  readonly paraphrase: number;
}

/** How a facet's answers are got: the mean of the number's distribution, draws, or the likeliest reply. */
export type Asked = 'expected' | 'sample' | 'greedy';

/** An answer at a temperature: a draw by its seed, at temperature 0 the greedy reply, told apart by its number. */
export const answering = (
  temperature: number,
  seed: number,
  repeat: number,
): Pick<AskOptions, 'elicit' | 'temperature' | 'seed' | 'repeat'> =>
  temperature === 0 ? { elicit: 'greedy', repeat } : { elicit: 'sample', temperature, seed };

/** The same for settings that are the same question: such a one is asked once. */
export const keyOf = ({ elicit, temperature, seed, repeat, batch, explain, order, paraphrase }: Setting): string =>
  JSON.stringify([elicit, temperature, seed, repeat, batch, explain, order, paraphrase]);
