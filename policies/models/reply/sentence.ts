import { type Amount, amountAt, decimal, type Token, tokensOf } from './amount.ts';

/** What a text names: a share, and the action whose share it is, if the text says so. */
export interface Named {
  readonly value: number;
  /** Index of the action; undefined where the text names none. */
  readonly action?: number;
}

const words = (text: string) => new Set(text.split(' '));

/** Words that may stand before an amount and change nothing. */
const LEAD = words(
  "i i'd i'll i'm would will say think guess estimate believe put it it's at that that's there there's is be this so well sure okay ok here here's my the a an final overall best answer result estimated they them person with about around roughly approximately approx circa ca maybe perhaps",
);
/** Words for a probability. */
const NOUNS = words('probability chance chances likelihood prob p pr odds');
/** What a whole number can be said to be. */
const LABELS = new Set([...NOUNS, 'answer', 'result', 'estimate']);
const LINKS = words(': = is');
const MARKS = words(', : = ! ~ ≈ * _ ` ( )');
/** Between two ways of saying one amount. */
const AGAIN = words("( ) , = that is that's i.e so or");
/** Words between "of" or "that" and an action. */
const CLAUSE = words('they them he she the a this person someone will would');

/**
 * Reads a text that is a number, and nothing but a number:
 *
 *     text   := lead* label? amount ("(" amount ")" | "," "that is" amount)* tail?
 *     lead   := words and marks that change nothing: "I would say about"
 *     label  := noun clause? (":" | "=" | "is")? | action noun? (":" | "=")
 *     tail   := "likely" | noun clause?
 *     clause := ("of" | "to" | "that" …) "not"? action | "(" action ")"
 *     noun   := "probability" | "chance" | "likelihood" | …
 *
 * All of it has to fit. A lone 0 or 1 without a unit counts only where it is all there is or is said to be a probability;
 * several amounts have to be equal.
 * @param actions all k actions, as the text would name them
 * @returns undefined for every other text
 * @example sentenceIn('I would say 70 %.', ['walk', 'ride']) // => { value: 0.7 }
 */
export function sentenceIn(text: string, actions: readonly string[]): Named | undefined {
  // "(1)" and "[1]" point at something.
  if (/^[([]?\s*\d+\s*[)\]]\.?$/.test(text.trim())) return undefined;
  // "(a) 0.6" and "b) 0.6" say which of several, and "odds: 0.5" is a third.
  if (/^[([]?\s*\p{L}\s*[)\]]/u.test(text.trim())) return undefined;
  const inner = unwrapped(text);
  const all = tokensOf(inner);
  if (!all) return undefined;
  const full = /[.!]$/.test(inner);
  const tokens = full ? all.slice(0, -1) : all;
  const forms = actions.map(formsOf);

  let at = 0;
  let label: Label | undefined;
  let labelled = false;
  let amount: Amount | undefined;
  for (; at < tokens.length; ) {
    // An article may begin an amount ("a quarter") or a sentence ("a chance of").
    amount = amountAt(tokens, at);
    if (amount) break;
    const found = labelAt(tokens, at, forms);
    if (found) {
      if (label) return undefined;
      label = found;
      at = found.next;
      continue;
    }
    const { text: word } = tokens[at]!;
    if (LABELS.has(word)) labelled = true;
    else if (!LEAD.has(word) && !MARKS.has(word) && !(word === 'of' && labelled) && !isAbbreviated(tokens, at))
      return undefined;
    at++;
  }
  if (!amount) return undefined;
  const before = tokens[at - 1]?.text ?? '';
  const start = at;
  if (
    tokens.some(({ text: word }) => word === 'odds') &&
    tokens[amount.next - 1]!.kind === 'number' &&
    amount.next === start + 1
  )
    return undefined;
  let bare = amount.bare;
  const { value } = amount;
  at = amount.next;

  for (;;) {
    let again = at;
    while (again < tokens.length && AGAIN.has(tokens[again]!.text)) again++;
    const other = again > at ? amountAt(tokens, again) : undefined;
    if (!other) break;
    if (other.value !== value) return undefined;
    bare &&= other.bare;
    at = other.next;
  }
  while (at < tokens.length && isEmphasis(tokens[at]!.text)) at++;
  if (tokens[at]?.text === ')') at++;

  const noun = tokens[at]?.text ?? '';
  const zero = tokens[start]!.text === 'zero' && NOUNS.has(noun);
  if (NOUNS.has(noun) || noun === 'likely') {
    const clause = clauseAt(tokens, at + 1, forms);
    if (clause && label) return undefined;
    label ??= clause;
    at = clause?.next ?? at + 1;
  }
  while (at < tokens.length && isEmphasis(tokens[at]!.text)) at++;
  if (at < tokens.length) return undefined;

  const alone = start === leading(tokens) && tokens[start]!.kind === 'number' && !full;
  if (bare && !alone && !zero && !((labelled || label) && LINKS.has(before) && amount.next === tokens.length))
    return undefined;
  if (!label) return { value };
  return { value: label.not ? decimal(1 - value) : value, action: label.action };
}

interface Label {
  readonly action: number;
  readonly not: boolean;
  readonly next: number;
}

/** "ride:", "ride probability", "probability of riding", "P(ride)". */
function labelAt(tokens: readonly Token[], at: number, forms: readonly Forms[]): Label | undefined {
  if (NOUNS.has(tokens[at]!.text)) return clauseAt(tokens, at + 1, forms);
  if (at !== leading(tokens)) return undefined;
  const named = actionAt(tokens, at, forms);
  let next = named?.next ?? 0;
  // "ride probability: 0.7"
  if (named && NOUNS.has(tokens[next]?.text ?? '')) return { ...named, not: false, next: next + 1 };
  while (isEmphasis(tokens[next]?.text ?? '')) next++;
  return named && [':', '='].includes(tokens[next]?.text ?? '') ? { ...named, not: false } : undefined;
}

/** "of riding", "that they would not ride", "(ride)". */
function clauseAt(tokens: readonly Token[], at: number, forms: readonly Forms[]): Label | undefined {
  const first = tokens[at]?.text ?? '';
  if (first === '(') {
    const named = actionAt(tokens, at + 1, forms);
    return named && tokens[named.next]?.text === ')'
      ? { action: named.action, not: false, next: named.next + 1 }
      : undefined;
  }
  if (!['of', 'to', 'that', 'for', 'they', 'he', 'she'].includes(first)) return undefined;
  let next = at + 1;
  while (CLAUSE.has(tokens[next]?.text ?? '')) next++;
  if (tokens[next]?.text === 'to') next++;
  const not = tokens[next]?.text === 'not';
  const named = actionAt(tokens, not ? next + 1 : next, forms);
  return named && { ...named, not };
}

type Forms = readonly (readonly string[])[];

/** An action's name as tokens, as it is and with -ing or -s on its first word. */
function formsOf(action: string): Forms {
  const name = tokensOf(action)?.map(({ text }) => text) ?? [];
  const [verb = '', ...rest] = name;
  if (!/^\p{L}+$/u.test(verb)) return name.length > 0 ? [name] : [];
  const verbs = [verb, `${verb}s`, `${verb}ing`, `${verb.replace(/e$/, '')}ing`, `${verb}${verb.at(-1)}ing`];
  return verbs.map((form) => [form, ...rest]);
}

function actionAt(tokens: readonly Token[], at: number, forms: readonly Forms[]) {
  const found = forms.flatMap((names, action) =>
    names
      .filter((name) => name.every((word, i) => tokens[at + i]?.text === word))
      .map((name) => ({ action, next: at + name.length })),
  );
  // "stay home" rather than "stay".
  return found.sort((a, b) => b.next - a.next)[0];
}

const isEmphasis = (text: string) => text === '*' || text === '_' || text === '`';

/** Where a text begins behind its emphasis. */
function leading(tokens: readonly Token[]): number {
  const first = tokens.findIndex(({ text }) => !isEmphasis(text));
  return Math.max(0, first);
}

/** "approx. 0.7": the full stop of an abbreviation. */
const isAbbreviated = (tokens: readonly Token[], at: number) =>
  tokens[at]!.text === '.' && !tokens[at]!.spaced && ['approx', 'ca', 'prob'].includes(tokens[at - 1]?.text ?? '');

const PAIRS = ['**', '*', '__', '_', '``', '`', '"', "'", '$$', '$'].map((mark) => [mark, mark] as const);
const BRACKETS = [
  ['“', '”'],
  ['„', '“'],
  ['«', '»'],
  ['(', ')'],
  ['[', ']'],
  ['\\(', '\\)'],
  ['\\[', '\\]'],
  ['\\boxed{', '}'],
  ['\\text{', '}'],
] as const;

/** A text without quotation marks, emphasis, code fences and formula marks around all of it. */
function unwrapped(text: string): string {
  let inner = text
    .trim()
    .replace(/^```\w{0,10}\s([^`]*)```$/, '$1')
    .trim();
  for (let before = ''; before !== inner; ) {
    before = inner;
    const dotted = inner.replace(/\.$/, '');
    for (const [open, close] of [...PAIRS, ...BRACKETS]) {
      const wrapped = dotted.length > open.length + close.length && dotted.startsWith(open) && dotted.endsWith(close);
      const within = dotted.slice(open.length, dotted.length - close.length);
      if (wrapped && !within.includes(open) && !within.includes(close)) inner = within.trim();
      if (before !== inner) break;
    }
  }
  return inner;
}
