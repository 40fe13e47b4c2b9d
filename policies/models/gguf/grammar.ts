/** Longest explanation, in characters. */
const EXPLANATION_LIMIT = 240;

/**
 * Start of every reply, up to its first number: the model is given it rather than made to spell it.
 * @param actions all actions; the reply has a number for each but the first
 * @example replyHead(['walk', 'ride']) // => '{"ride": '
 */
export function replyHead(actions: readonly string[]): string {
  return `{${JSON.stringify(actions[1])}: `;
}

/**
 * GBNF of what may follow the head: a number from 0.00 to 1.00 for each action but the first, then an explanation
 * where one is asked for. It ends on the closing brace.
 * @example replyGrammar(['walk', 'ride'], false) // => 'root ::= number "}"\nnumber ::= "0." [0-9] [0-9] | "1.00"'
 */
export function replyGrammar(actions: readonly string[], explain: boolean): string {
  const others = actions.slice(2).map((action) => `${literal(`, ${JSON.stringify(action)}: `)} number`);
  const end = explain ? `${literal(', "explanation": "')} sentence ${literal('"}')}` : literal('}');
  return [
    `root ::= ${['number', ...others, end].join(' ')}`,
    'number ::= "0." [0-9] [0-9] | "1.00"',
    ...(explain ? [`sentence ::= [^"\\\\\\x00-\\x1F]{1,${EXPLANATION_LIMIT}}`] : []),
  ].join('\n');
}

/** Room for a reply after its head, in tokens: a reply that is longer counts as cut. */
export function replyTokens(actions: readonly string[], explain: boolean): number {
  const numbers = actions.slice(1).reduce((sum, action) => sum + 10 + action.length, 0);
  return numbers + (explain ? 96 : 0);
}

/** A GBNF string. */
const literal = (text: string) => `"${text.replace(/[\\"]/g, '\\$&')}"`;
