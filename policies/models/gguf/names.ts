import type { LlamaContextSequence, LlamaModel, Token } from 'node-llama-cpp';
import { LETTER_HEAD } from './letters.ts';
import { chancesOf, looking } from './next-token.ts';
import { evaluatePrompt, type Turns } from './turns.ts';

/** How the whole name of an option is asked for; the reply begins as one with a letter does. */
export const NAME_REQUEST = 'Reply with JSON: {"choice": "the option, word for word"}.';

/** Names as the tokens that write them: a node for each beginning that some of them share. */
interface Node {
  /** By the token that leads there. */
  readonly next: Map<Token, Node>;
  /** Index of the name that is complete here. */
  name?: number;
}

/** The names of options in a tokenizer. */
export interface Names {
  readonly root: Node;
  readonly count: number;
  /** Tokens that begin with the quote that ends a name, whatever they go on with. */
  readonly ends: readonly Token[];
  /** Tokens of the longest name. */
  readonly longest: number;
}

/**
 * The tokens of names after the head, as the tokenizer itself writes them, or why they cannot be told apart. A name that
 * begins another ("bus", "bus lane") is told from it by its end.
 */
export function namesOf(model: LlamaModel, names: readonly string[]): Names | string {
  const tokens = (text: string) => model.tokenize(text, false, 'trimLeadingSpace');
  const head = tokens(LETTER_HEAD);
  const root: Node = { next: new Map() };
  let longest = 0;
  for (const [index, name] of names.entries()) {
    const whole = tokens(LETTER_HEAD + JSON.stringify(name).slice(1, -1));
    const own = whole.slice(head.length);
    if (own.length === 0 || head.some((token, i) => whole[i] !== token))
      return `its tokenizer writes "${name}" in a way that depends on what precedes it`;
    let node = root;
    for (const token of own) {
      const after: Node = node.next.get(token) ?? { next: new Map() };
      node.next.set(token, after);
      node = after;
    }
    if (node.name !== undefined) return `two options are called "${name}"`;
    node.name = index;
    longest = Math.max(longest, own.length);
  }
  return { root, count: names.length, ends: quotesOf(model), longest };
}

/** Every token whose text begins with a quote. Some texts have two tokens, of which a tokenizer writes one. */
function quotesOf(model: LlamaModel): Token[] {
  const found: Token[] = [];
  for (const token of model.iterateAllTokens()) {
    if (model.isSpecialToken(token)) continue;
    const text = model.detokenize([token]);
    if (!text.startsWith('"')) continue;
    const written = model.tokenize(text, false, 'trimLeadingSpace');
    if (written.length === 1 && written[0] === token) found.push(token);
  }
  return found;
}

/**
 * How likely a model is to write each name and then a quote, out of everything that it might write: the product over the
 * name's tokens, and over all tokens that end it. Every path is followed to its end, as an order in which a name is nearly
 * impossible counts too.
 * @param tokens the question and the head of the reply
 * @returns probabilities, shape [names], and how many tokens were looked at
 */
export async function readNames(
  sequence: LlamaContextSequence,
  tokens: readonly Token[],
  { root, count, ends }: Names,
  turns: Turns,
): Promise<{ chances: number[]; looked: number }> {
  const chances = new Array<number>(count).fill(0);
  let looked = 1;
  const among = (node: Node) => [...node.next.keys(), ...(node.name === undefined ? [] : ends)];
  const first = among(root);
  const items = [...tokens.slice(0, -1), looking(tokens.at(-1)!, first)];
  const evaluated = await evaluatePrompt(sequence, tokens, 1, turns, (from) =>
    sequence.controlledEvaluate(items.slice(from)),
  );

  /** @param seen chances of what is looked for after the node */
  const follow = async (node: Node, at: number, reached: number, seen: readonly number[]): Promise<void> => {
    const children = [...node.next];
    if (node.name !== undefined)
      chances[node.name] = reached * seen.slice(children.length).reduce((sum, chance) => sum + chance, 0);
    for (const [c, [token, child]] of children.entries()) {
      if (sequence.nextTokenIndex > at)
        await sequence.eraseContextTokenRanges([{ start: at, end: sequence.nextTokenIndex }]);
      const wanted = among(child);
      looked++;
      const next = await turns.reply(() => sequence.controlledEvaluate([looking(token, wanted)]));
      await follow(child, at + 1, reached * seen[c]!, chancesOf(next[0], wanted));
    }
  };
  await follow(root, tokens.length, 1, chancesOf(evaluated.at(-1), first));
  return { chances, looked };
}
