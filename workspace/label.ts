import { createHash } from 'node:crypto';
import { parseRow, shown } from './json-text.ts';

/** How one question to a policy ended. Only an ok answer carries probabilities. */
export const outcomes = ['ok', 'unparsable', 'refused', 'timeout', 'missing'] as const;

/** What a line of the label store holds beside its key and its checksum. */
export type LabelRecord = Readonly<Record<string, unknown>>;

export const isLabelKey = (key: unknown): key is string => typeof key === 'string' && /^[0-9a-f]{64}$/.test(key);

/** First hex digits of a SHA-256: a change of a line by chance goes unseen once in 2^64 times. */
const DIGITS = 16;
const SEALED = new RegExp(`,"sum":"([0-9a-f]{${DIGITS}})"\\}$`);
/** Characters of the checksum with its name, up to the brace that ends the line. */
const SEAL_LENGTH = ',"sum":"'.length + DIGITS + 1;

/**
 * A line of the label store, without its end: JSON with the key first and the checksum last. The checksum is the start
 * of the SHA-256 of the line as it would be without it.
 * @param key SHA-256 in lower-case hex
 */
export function labelLine(key: string, record: LabelRecord): string {
  const text = JSON.stringify({ key, ...record });
  return `${text.slice(0, -1)},"sum":"${checksum(text)}"}`;
}

const checksum = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, DIGITS);

/**
 * The key of a line of the label store, and whether the line has a checksum. One that has is known by it; one without,
 * as earlier versions wrote them, is read and what it says is checked.
 * @param text a line without its end
 * @returns or what is wrong in a sentence without a subject
 */
export function labelKeyOf(text: string): { readonly key: string; readonly sealed: boolean } | string {
  if (hasChecksum(text)) {
    const key = text.slice('{"key":"'.length, '{"key":"'.length + 64);
    return text.startsWith('{"key":"') && isLabelKey(key) && matches(text) ? { key, sealed: true } : CHANGED;
  }
  const label = parseLabel(text);
  return typeof label === 'string' ? label : { key: label.key, sealed: false };
}

/**
 * What a line of the label store says.
 * @returns what is wrong in a sentence without a subject, where something is
 */
export function parseLabel(text: string): { readonly key: string; readonly record: LabelRecord } | string {
  const whole = !hasChecksum(text) || matches(text);
  const row = whole ? parseRow(text) : CHANGED;
  if (typeof row === 'string') return row;
  const { key, sum, ...record } = row;
  // A checksum that is not where it was written: the line was written again by something else.
  if (sum !== undefined && !hasChecksum(text)) return CHANGED;
  if (!isLabelKey(key)) return 'is not a label, which begins with its `key` of 64 hex digits';
  return labelProblem(record) ?? { key, record };
}

/** What is wrong with a line without a checksum after one that has it. Such a line is more probably the remains of two. */
export const UNSEALED = 'has no checksum, and lines before it have one (lines of an older store belong at the start)';

const CHANGED = 'does not match its checksum: it was changed after it was written';
const hasChecksum = (text: string) => SEALED.test(text.slice(-SEAL_LENGTH - 1));
const matches = (text: string) => text.slice(-DIGITS - 2, -2) === checksum(`${text.slice(0, -SEAL_LENGTH - 1)}}`);

/**
 * What is wrong with a label's values, in a sentence without a subject; undefined for a sound one. A record without an
 * outcome is not an answer, it says something about a model.
 */
export function labelProblem(record: LabelRecord): string | undefined {
  const { outcome, probabilities, probability_LLM: second } = record;
  if (outcome === undefined && probabilities === undefined && second === undefined) return undefined;
  if (!outcomes.some((known) => known === outcome))
    return `has the outcome ${shown(outcome)} (known: ${outcomes.join(', ')})`;
  for (const name of TEXTS)
    if (record[name] !== undefined && typeof record[name] !== 'string')
      return `must give text as \`${name}\`, got ${shown(record[name])}`;
  if (record.distribution !== undefined && !isNumbers(record.distribution))
    return `must give numbers as its \`distribution\`, got ${shown(record.distribution)}`;
  if (record.choice !== undefined && !isChoice(record.choice))
    return `must give \`letters\`, \`mass\` and \`bias\` in numbers as its \`choice\`, got ${shown(record.choice)}`;
  if (outcome !== 'ok')
    return probabilities === undefined && second === undefined
      ? undefined
      : `gives probabilities and yet has the outcome ${outcome}`;
  if (!Array.isArray(probabilities) || probabilities.length < 2 || !probabilities.every(isProbability))
    return `must give \`probabilities\` from 0 to 1, one for each action, got ${shown(probabilities)}`;
  const sum = probabilities.reduce((total: number, p) => total + p, 0);
  if (Math.abs(sum - 1) > 1e-6 * probabilities.length)
    return `has probabilities that sum to ${Number(sum.toFixed(6))}, not 1`;
  if (second !== undefined && second !== probabilities[1])
    return `gives ${probabilities[1]} and ${shown(second)} for the probability of one action (\`probabilities\`, \`probability_LLM\`)`;
  return undefined;
}

const TEXTS = ['explanation', 'reply', 'rung', 'device', 'reason'];
const isProbability = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value <= 1;
/** What a choice was read from: the letters' probabilities, a row for each order, with what is made of them. */
const isChoice = (value: unknown): boolean => {
  const { letters, mass, bias, unlisted = 0 } = (value ?? {}) as Readonly<Record<string, unknown>>;
  return (
    Array.isArray(letters) &&
    letters.length > 0 &&
    letters.every((order) => Array.isArray(order) && order.every(isProbability)) &&
    isProbability(mass) &&
    (bias === null || Number.isFinite(bias)) &&
    Number.isFinite(unlisted)
  );
};
const isNumbers = (value: unknown) =>
  typeof value === 'object' &&
  value !== null &&
  Object.values(value).every((number) => number === undefined || Number.isFinite(number));
