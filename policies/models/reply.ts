import type { Answer } from '../policy.ts';
import { amountIn, decimal } from './reply/amount.ts';
import { type FoundObject, type Member, objectsIn, unescaped } from './reply/objects.ts';
import { isThought, spokenIn } from './reply/reasoning.ts';
import { sentenceIn } from './reply/sentence.ts';

/** How much of a reply is quoted in a reason. */
const QUOTE = 120;
/** Longer replies, thoughts included, are models that repeat themselves. */
const LONGEST = 300_000;
/** Decimals as written may add up to a little more than 1 in doubles. */
const ROUNDING = 1e-9;
/** Numbers of two decimals may add up to this much more or less than 1 for each action. */
const HUNDREDTH = 0.005;

/**
 * Reads the probabilities out of what a model wrote, on a ladder: strict JSON, otherwise the objects in the text as
 * models write them, otherwise, for two actions, a text that is a number in digits or words. What a model thinks before
 * it answers is left out first. Numbers that differ are not an answer, and a number out of [0, 1] is not moved into it:
 * what is not clear is rejected. Linear in the length of the reply.
 * @param actions all k actions; the reply gives a number for each but the first, which gets the rest
 * @param cut whether the reply ran out of room: then only an object at the end of the text counts
 * @returns ok with probabilities of shape [k], or unparsable with the reason
 * @example readReply('{"ride": 0.74, "explanation": "It is near."}', ['walk', 'ride']).probabilities // => [0.26, 0.74]
 */
export function readReply(reply: string, actions: readonly string[], cut = false): Answer {
  if (reply.length > LONGEST) {
    const length = `${reply.length.toLocaleString('en-US')} characters`;
    return {
      outcome: 'unparsable',
      reply,
      reason: `the reply is too long to be an answer, ${length}: "${quote(reply)}"`,
    };
  }
  const { text: spoken, shortened: without } = spokenIn(reply);
  const inner = stringOf(spoken);
  const text = (inner ?? spoken).trim();
  const shortened = without || inner !== undefined;
  const read = readText(text, actions, cut);
  if ('why' in read) {
    const why = shortened && text.trim() === '' && reply.trim() !== '' ? 'the reply holds reasoning only' : read.why;
    return { outcome: 'unparsable', reply, reason: `${why}: "${quote(reply)}"` };
  }
  const { probabilities, explanation, rung } = read;
  return {
    outcome: 'ok',
    probabilities,
    ...(explanation !== undefined && { explanation }),
    reply,
    rung: rung === 'json' && shortened ? 'object' : rung,
  };
}

type Read = Pick<Answer, 'explanation' | 'rung'> & { readonly probabilities: readonly number[] };
type Failed = { readonly why: string };

function readText(text: string, actions: readonly string[], cut: boolean): Read | Failed {
  const objects = objectsIn(text, isAside);
  const answers = objects.filter(({ members }) => members.some(({ key }) => indexOf(key, actions) >= 0));
  if (answers.length > 0) return readObjects(text, answers, actions, cut);
  if (objects.some(({ members }) => members.length > 0) || actions.length > 2)
    return { why: objects.length > 0 ? nothingFor(actions) : 'the reply holds no JSON object' };
  if (cut) return { why: nothingFor(actions) };
  const named = sentenceIn(text, actions);
  if (!named) return { why: nothingFor(actions) };
  const outside = outOfRange([named.value]);
  if (outside) return outside;
  const p = named.action === 0 ? decimal(1 - named.value) : named.value;
  return { probabilities: [decimal(1 - p), p], rung: 'words' };
}

/** What all objects of a text that name an action say together. */
function readObjects(
  text: string,
  all: readonly FoundObject[],
  actions: readonly string[],
  cut: boolean,
): Read | Failed {
  const objects = all.filter((object, i) => !isForm(text, object, all[i - 1]?.end ?? 0, actions));
  if (objects.length === 0) return { why: 'the reply shows a form or a draft, not an answer' };
  if (cut && !endsWith(text, objects.at(-1)!)) return { why: 'nothing follows what the model thought' };
  const numbers = new Map<number, number>();
  for (const { members } of objects)
    for (const member of members) {
      const action = indexOf(member.key, actions);
      if (action < 0 || member.aside || isRemark(member, members, actions)) continue;
      if (isTorn(text, member)) return { why: CUT_OFF };
      const value = numberOf(member, actions);
      if (value === undefined) return { why: nothingFor(actions, [actions[action]!]) };
      const known = numbers.get(action);
      if (known !== undefined && known !== value)
        return { why: `the reply names several probabilities, ${known} and ${value}` };
      numbers.set(action, value);
    }
  const outside = outOfRange([...numbers.values()]);
  if (outside) return outside;

  const rest = numbers.get(0);
  if (actions.length === 2 && rest !== undefined && !numbers.has(1)) numbers.set(1, decimal(1 - rest));
  const missing = actions.slice(1).filter((_, i) => !numbers.has(i + 1));
  if (missing.length > 0) return { why: nothingFor(actions, missing) };
  const others = actions.slice(1).map((_, i) => numbers.get(i + 1)!);
  const sum = others.reduce((total, p) => total + p, 0);
  if (sum > 1 + ROUNDING) return { why: `the reply's probabilities sum to ${decimal(sum)}, more than 1` };
  if (rest !== undefined && Math.abs(sum + rest - 1) > HUNDREDTH * actions.length + ROUNDING)
    return { why: `the reply's probabilities sum to ${decimal(sum + rest)}, not to 1` };
  const other = contradiction(text.slice(objects.at(-1)!.end), [...numbers.values()]);
  if (other !== undefined) return { why: `the reply names ${other} after its object` };
  return {
    probabilities: [decimal(Math.max(0, 1 - sum)), ...others],
    ...explanationIn(objects[0]!),
    rung: isStrict(text, objects, actions) ? 'json' : 'object',
  };
}

const CUT_OFF = 'the reply was cut off within its number';

/** Whether a text ends in a number, or in one and a comma that may be its decimal comma. */
function isTorn(text: string, { value, end }: Member): boolean {
  if (value.kind === 'nested') return false;
  return end >= text.length || (/^\d+$/.test(value.text) && end === text.length - 1 && text[end] === ',');
}

const nothingFor = (actions: readonly string[], missing = actions.slice(1)) =>
  `the reply names no probability${actions.length > 2 ? ` for ${missing.join(', ')}` : ''}`;

function outOfRange(numbers: readonly number[]): Failed | undefined {
  const outside = numbers.find((p) => !(p >= 0 && p <= 1));
  return outside === undefined ? undefined : { why: `the reply's number ${outside} is not a probability` };
}

/** Index of the action that a key names, in upper or lower case; −1 for none. */
function indexOf(key: string, actions: readonly string[]): number {
  const exact = actions.indexOf(key);
  if (exact >= 0) return exact;
  const name = key.trim().toLowerCase();
  const alike = actions.flatMap((action, i) => (action.toLowerCase() === name ? [i] : []));
  return alike.length === 1 ? alike[0]! : -1;
}

/** The number of a member, in digits or as a string that is one. */
function numberOf({ value, whole }: Member, actions: readonly string[]): number | undefined {
  if (!whole || value.kind === 'nested') return undefined;
  if (value.kind === 'bare') return /^-\d+(?:\.\d+)?$/.test(value.text) ? Number(value.text) : amountIn(value.text);
  const named = sentenceIn(value.text, actions);
  return named?.action === undefined ? named?.value : undefined;
}

/** Words about an action in an object within the one that holds its number: {"walk": 0.2, "why": {"walk": "Near."}}. */
function isRemark(member: Member, members: readonly Member[], actions: readonly string[]): boolean {
  if (member.value.kind !== 'string' || /\d/.test(member.value.text)) return false;
  const action = indexOf(member.key, actions);
  return members.some(
    (other) => other.depth < member.depth && indexOf(other.key, actions) === action && other.value.kind === 'bare',
  );
}

/** Explanations that stand where one is to be written. */
const PLACEHOLDER =
  /^(?:\.{2,}|…|<.*>|\[.*\]|\{.*|string|text|explanation|(?:an? |one |your |the |brief |short |single |in )*(?:sentence|explanation|reason|reasoning|justification)(?: here)?)\.?$/i;
/** What stands before an object that is shown, or thought of, and not said. */
const SHOWN =
  /\b(?:like|such as|e\.g\.?|i\.e\.?|example|instance|of the form|consider(?:ed)?|not|than|never|template|schema|drafts?|thoughts?|thinking|reasoning|(?<format>form(?:at)?(?: is| of)?)|(?<asked>asks? for|asked for|asks me for))[\s:,(`"*]*(?:json)?\s*$/i;
/** "Here it is in the requested format:" and "here is what you asked for:" introduce an answer. */
const IN_FORMAT = /\b(?:in|using|with|as|following|per|to)\b[^.!?]*$/i;
const HERE = /\b(?:here|my|answer)\b[^.!?]*$/i;

/** Whether an object is the form of a reply: the question's own, an example, or one with nothing filled in. */
function isForm(text: string, { start, members }: FoundObject, from: number, actions: readonly string[]): boolean {
  const words = members.find(({ key }) => key.toLowerCase() === 'explanation')?.value;
  if (words && words.kind !== 'nested' && PLACEHOLDER.test(words.text.trim())) return true;
  if (members.some(({ key, value }) => key === 'properties' && value.kind === 'nested')) return true;
  if (members.some(({ key, value }) => indexOf(key, actions) >= 0 && value.kind === 'bare' && isBlank(value.text)))
    return true;
  const before = text.slice(Math.max(from, start - 100), start);
  const shown = before.trim() === '' ? null : SHOWN.exec(before);
  if (!shown) return false;
  const { format, asked } = shown.groups!;
  const lead = before.slice(0, shown.index);
  return !((format && IN_FORMAT.test(lead)) || (asked && HERE.test(lead)));
}

/** "a number from 0.00 to 1.00", "<number>", "…" */
const isBlank = (value: string) =>
  /^(?:<[^\d]|\.{2,}|…|\?|[a-z])/i.test(value) &&
  amountIn(value) === undefined &&
  !/^(?:null|true|false|nan|infinity|none|undefined|unknown)$/i.test(value);

/** Keys of what a model shows or thinks beside its answer. */
const isAside = (key: string) => isThought(key) || /^(?:example|format|form|schema|template|not)s?$/i.test(key.trim());

/** Whether a text ends in an object, and is nothing else where the object is not complete. */
function endsWith(text: string, { start, end, closed }: FoundObject): boolean {
  if (closed) return /^[\s`*]*$/.test(text.slice(end));
  return (
    /^\s*(?:```\w{0,10})?\s*$/.test(text.slice(Math.max(0, start - 100), start)) &&
    text.slice(0, start).trim().length < 20
  );
}

const SHARE = /(?<![\w.,])(?:\d{1,3}(?:[.,]\d+)?\s?(?:%|per\s?cent)|[01]?[.,]\d{1,6}(?![\w.,]*\d))/gi;

/** A share in a text that is neither of the numbers, as a model that changes its mind would write it. */
function contradiction(text: string, numbers: readonly number[]): string | undefined {
  // {"ride": 0.85} %
  if (/^\s*(?:[%％‰]|per\s?cent)/.test(text)) return text.trim().slice(0, 8);
  for (const [said] of text.matchAll(SHARE)) {
    const value = amountIn(said);
    if (value !== undefined && value <= 1 && !numbers.includes(value)) return said;
  }
  return undefined;
}

function explanationIn({ members, closed }: FoundObject): Pick<Answer, 'explanation'> {
  const found = members.find(
    ({ key, depth, value }) => depth === 1 && key === 'explanation' && value.kind === 'string',
  );
  return found?.whole && closed && found.value.kind === 'string' ? { explanation: unescaped(found.value.text) } : {};
}

/** Whether a text is one JSON object with each number where it was asked for. */
function isStrict(text: string, objects: readonly FoundObject[], actions: readonly string[]): boolean {
  if (objects.length !== 1) return false;
  try {
    const object = JSON.parse(text) as Readonly<Record<string, unknown>>;
    return actions.slice(1).every((action) => typeof object[action] === 'number');
  } catch {
    return false;
  }
}

/** A reply that is a JSON string holds its text. */
function stringOf(text: string): string | undefined {
  if (!/^\s*"/.test(text) || !/"\s*$/.test(text)) return undefined;
  try {
    return String(JSON.parse(text));
  } catch {
    return undefined;
  }
}

const quote = (text: string) => (text.length > QUOTE ? `${text.slice(0, QUOTE)}…` : text);
