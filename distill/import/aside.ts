import { numberIn } from '../../workspace/tables/numbers.ts';
import type { Profile } from './profile.ts';
import { argument, listArgument } from './words.ts';

/** A column that is left out unless somebody says otherwise, with what to give then. */
export interface Aside {
  readonly why: string;
  readonly note: string;
}

/** Names that only weights of rows have, and names that amounts have, too. */
const WEIGHTS =
  /^(p?wgts?|pweights?|fweights?|(survey|sampl(e|ing)|design|post|final|population|person|row|case)[ _.-]?w(eigh|g)?ts?)$/i;
const MAYBE_WEIGHTS = /^(w|(.*[ _.-])?(wt|wgt|weights?)([ _.-].*)?)$/i;
/** Names of models and what they say. */
const MODELS =
  /(^|[^a-z])(gpt|chatgpt|openai|claude|gemini|gemma|llama|mistral|mixtral|qwen|deepseek|phi|llm|ai|model|pred|preds|predicted|prediction|yhat|y[ _.-]?hat|p[ _.-]?hat)(\d.*|[^a-z].*)?$/i;
/** Names of shares that are answers rather than facts. */
const PROBABILITIES = /(^|[^a-z])(p|prob|proba|probs|probability|likelihood|simulated|synthetic)\d*([^a-z]|$)/i;
/** What Qualtrics records beside the answers. */
const RECORDED =
  /^(startdate|enddate|recordeddate|status|ipaddress|progress|duration( \(in seconds\))?|finished|responseid|recipient(lastname|firstname|email)|external(data)?reference|location(latitude|longitude)|distributionchannel|userlanguage|q_.*|.*_(first click|last click|page submit|click count))$/i;

/**
 * Whether a column is about the rows, or answers the question itself, so that phrases of it would be wrong: weights, answers of
 * a model, what a survey tool records.
 * @param labels columns of the label
 * @param surveyTool whether the table is of a survey tool
 */
export function asideOf(profile: Profile, labels: readonly Profile[], surveyTool: boolean): Aside | undefined {
  const { name } = profile;
  const keep = `--kind ${argument(`${name}=bins`)} or =levels makes phrases of it`;
  if (isWeight(profile))
    return {
      why: 'looks like the weights of rows',
      note: `${name} looks like the weights of the rows and is left out: --weight ${argument(name)} uses it as that, ${keep}`,
    };
  if (isAnswer(profile, labels))
    return {
      why: 'looks like another answer to the same question',
      note: `${name} looks like another answer to the same question and is left out: --compare ${listArgument([name])} puts it beside the label, ${keep}`,
    };
  if (surveyTool && RECORDED.test(name)) return { why: 'recorded by the survey tool', note: '' };
  return undefined;
}

function isWeight({ name, sample, values, shapes }: Profile): boolean {
  if (!(WEIGHTS.test(name) || MAYBE_WEIGHTS.test(name)) || shapes.has('text') || values.size < 3) return false;
  const numbers = numbersOf(sample);
  if (numbers.some((number) => !(number >= 0))) return false;
  if (WEIGHTS.test(name)) return true;
  // Weights of rows are about one; those of people and parcels are not often.
  const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
  return mean > 0.5 && mean < 2;
}

function isAnswer(profile: Profile, labels: readonly Profile[]): boolean {
  const { name, sample, shapes, values, many } = profile;
  if (!shapes.has('text')) {
    const numbers = numbersOf(sample);
    const shares = numbers.every((number) => number >= 0 && number <= 1);
    if (shares && !numbers.every(Number.isInteger)) return MODELS.test(name) || PROBABILITIES.test(name);
  }
  const [label] = labels;
  if (labels.length > 1 || many || label!.many || !MODELS.test(name)) return false;
  return values.size > 1 && [...values.keys()].every((value) => label!.values.has(value));
}

const numbersOf = (sample: readonly string[]): number[] =>
  sample.map((cell) => numberIn(cell, 'point') ?? numberIn(cell, 'comma') ?? Number.NaN);
