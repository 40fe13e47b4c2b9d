import { type Observations, phrasesOf } from './observation.ts';
import type { Vocabulary } from './scenario.ts';

/**
 * The question about row i of a batch, phrases in the order shown.
 * @throws {RangeError} for a paraphrase that the scenario does not have
 */
export function promptOf(scenario: Vocabulary, batch: Observations, i: number, paraphrase = 0): string {
  const form = scenario.prompt.paraphrases[paraphrase];
  if (form === undefined)
    throw new RangeError(
      `${scenario.id} has ${scenario.prompt.paraphrases.length} paraphrases, asked for number ${paraphrase}`,
    );
  const { traits, context } = phrasesOf(scenario, batch, i);
  const filled = form
    .replace('{traits}', () => traits.join(', ') || scenario.prompt.none.traits)
    .replace('{contexts}', () => context.join(', ') || scenario.prompt.none.contexts);
  return `${filled} ${scenario.prompt.question}`;
}
