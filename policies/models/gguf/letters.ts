import type { LlamaContextSequence, LlamaModel, Token } from 'node-llama-cpp';
import { OPTION_LETTERS } from '../../../env/prompt.ts';
import { chancesOf, looking } from './next-token.ts';
import { evaluatePrompt, type Turns } from './turns.ts';

/** How a letter is asked for … */
export const LETTER_REQUEST = 'Reply with JSON: {"choice": "letter of the option"}.';
/** … and the beginning of the reply, which the model is given. It ends in the quote, as ` A`, `"A` and `A` are three tokens. */
export const LETTER_HEAD = '{"choice": "';

/** What may stand after a letter: a tokenizer may have one token for both. */
const ENDS = ['', '"', '"}', '"}\n', '" }', '",', '"\n'];

/**
 * The tokens that write each of the first letters after the head, or why this tokenizer's letters cannot be told apart.
 * @returns shape [count], each one token or more
 */
export function lettersOf(model: LlamaModel, count: number): readonly (readonly Token[])[] | string {
  const tokens = (text: string) => model.tokenize(text, false, 'trimLeadingSpace');
  const head = tokens(LETTER_HEAD);
  const letters: Token[][] = [];
  for (const letter of OPTION_LETTERS.slice(0, count)) {
    const found = new Set<Token>();
    for (const end of ENDS) {
      const whole = tokens(LETTER_HEAD + letter + end);
      const first = whole[head.length];
      if (head.some((token, i) => whole[i] !== token) || first === undefined)
        return `its tokenizer writes the letter ${letter} in a way that depends on what precedes it`;
      found.add(first);
    }
    letters.push([...found]);
  }
  const all = letters.flat();
  if (new Set(all).size < all.length) return 'its tokenizer begins several letters with the same token';
  return letters;
}

/**
 * How likely each letter is the next token.
 * @param tokens the question and the head of the reply
 * @returns probabilities out of everything that the model might write, shape [letters]
 */
export async function readLetters(
  sequence: LlamaContextSequence,
  tokens: readonly Token[],
  letters: readonly (readonly Token[])[],
  turns: Turns,
): Promise<number[]> {
  const all = letters.flat();
  const items = [...tokens.slice(0, -1), looking(tokens.at(-1)!, all)];
  const evaluated = await evaluatePrompt(sequence, tokens, 1, turns, (from) =>
    sequence.controlledEvaluate(items.slice(from)),
  );
  const chances = new Map(chancesOf(evaluated.at(-1), all).map((p, i) => [all[i]!, p]));
  return letters.map((ways) => ways.reduce((sum, token) => sum + chances.get(token)!, 0));
}
