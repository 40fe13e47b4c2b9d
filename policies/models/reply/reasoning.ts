/** What of a reply is meant for the reader. */
export interface Spoken {
  readonly text: string;
  /** Whether anything was left out. */
  readonly shortened: boolean;
}

/** Names of tags that hold what a model thinks before it answers, without `begin_of_` and the like. */
const REASONING = new Set(
  (
    'think thinking thinks thought thoughts thought_process thinking_process reason reasoning reasons reflection reflect ' +
    'analysis analyze analyse scratchpad scratch cot chain_of_thought internal inner inner_thoughts inner_monologue ' +
    'internal_monologue monologue deliberation deliberate plan planning draft notes brainstorm rationale consider ' +
    'considerations working'
  ).split(' '),
);

/** Tags around an answer; whatever stands before the only pair of them is not the answer. */
const ANSWER = new Set('answer final final_answer finalanswer output response solution result reply'.split(' '));

/** Tags of layout, which say nothing. */
const LAYOUT = new Set('p b i u em strong code pre span div br tt json text sub sup'.split(' '));

/**
 * A tag in any of the spellings of chat models: <think>, </think>, [THINK], <|begin_of_thought|>, ◁/think▷,
 * <seed:think>.
 */
const TAG =
  /<\s?\|?\/?\s?[a-z][\w:.-]{0,40}(?:\s[^<>]{0,120})?\|?>|\[\/?(?:THINK|REASONING|ANALYSIS|THOUGHTS?|SCRATCHPAD)\]|◁\/?\w{1,40}▷/gi;

/** Tokens that end a turn: what follows is not this reply. */
const TURN_ENDS =
  /<\|(?:im_end|eot_id|eom_id|end|endoftext|end_of_text|return|end_of_turn|end_of_turn_token|end_of_sentence)\|>|<end_of_turn>|<eos>|<\/s>/gi;

/** How a turn begins in the templates of chat models. */
const TURN_START =
  /^\s*(?:<\|(?:im_start|start|start_header_id)\|>\s*assistant(?:<\|end_header_id\|>)?|<start_of_turn>\s*model|<s>)/i;

/**
 * A reply without what a model thought before it answered: paired, unclosed and orphan tags, the channels of OpenAI's
 * harmony format with its special tokens or without them, and pairs of unknown tags. What follows the end of
 * the turn is left out too. Linear in the length of the reply.
 * @example spokenIn('<think>0.1?</think> 0.9').text // => ' 0.9'
 */
export function spokenIn(reply: string): Spoken {
  const plain = reply.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('｜', '|').replaceAll('▁', '_');
  const turn = firstTurn(finalChannel(plain));
  if (!/[<[◁]/.test(turn)) return { text: turn, shortened: turn !== plain };
  const text = withoutUnknownPairs(withoutReasoning(turn));
  const answer = onlyAnswer(text) ?? withoutTags(text);
  return { text: answer, shortened: answer !== plain };
}

/** The last final channel of a reply in harmony channels; all of any other reply. */
function finalChannel(reply: string): string {
  const channels = reply.includes('<|channel|>');
  // Servers that drop special tokens leave the names of the channels.
  if (!channels) {
    const stripped = reply.lastIndexOf('assistantfinal');
    if (/^\s*(?:analysis|commentary)/.test(reply) && stripped >= 0)
      return reply.slice(stripped + 'assistantfinal'.length);
    return /^\s*analysis[A-Z"'{]/.test(reply) ? '' : reply;
  }
  const last = [...reply.matchAll(/<\|channel\|>\s*(\w{0,20})[^<]{0,80}(?:<\|constrain\|>[^<]{0,40})?<\|message\|>/g)]
    .filter(([, name]) => name === 'final')
    .at(-1);
  return last ? reply.slice(last.index + last[0].length) : '';
}

/** What stands before the end of the turn. */
function firstTurn(reply: string): string {
  const begun = reply.replace(TURN_START, '');
  TURN_ENDS.lastIndex = 0;
  for (let end = TURN_ENDS.exec(begun); end; end = TURN_ENDS.exec(begun))
    if (begun.slice(0, end.index).trim() !== '') return begun.slice(0, end.index);
  return begun;
}

interface Tag {
  readonly name: string;
  readonly closes: boolean;
  readonly start: number;
  readonly end: number;
}

function tagsIn(text: string): Tag[] {
  const tags: Tag[] = [];
  TAG.lastIndex = 0;
  for (let match = TAG.exec(text); match; match = TAG.exec(text)) {
    const [, slash, , written, joint] = /^.\s?\|?(\/?)\s?([\w.-]*:)?((?:begin|start|end)_(?:of_)?)?([\w.-]+)/i.exec(
      match[0],
    )!;
    tags.push({
      name: joint!.toLowerCase(),
      closes: slash === '/' || /^end/i.test(written ?? ''),
      start: match.index,
      end: TAG.lastIndex,
    });
  }
  return tags;
}

function withoutReasoning(text: string): string {
  let kept: string[] = [];
  let depth = 0;
  let from = 0;
  // Gemma's channels close with the bar on the other side.
  const marked = text.replaceAll('<|channel>', '<think>').replaceAll('<channel|>', '</think>');
  for (const { name, closes, start, end } of tagsIn(marked)) {
    if (!REASONING.has(name)) continue;
    if (depth === 0) kept.push(marked.slice(from, start));
    if (!closes) depth++;
    else if (depth > 0) depth--;
    // Nothing opened it: the template did, and all that was written so far is thought.
    else kept = [];
    from = end;
  }
  return depth > 0 ? kept.join(' ') : [...kept, marked.slice(from)].join(' ');
}

/** Whether something of this name holds what a model thinks, not what it says. */
export const isThought = (name: string) => REASONING.has(name.trim().toLowerCase().replace(/[\s-]/g, '_'));

const isNamed = (name: string) => REASONING.has(name) || ANSWER.has(name) || LAYOUT.has(name);

/** Pairs of tags of other names are taken for thoughts: at worst an answer is missed. */
function withoutUnknownPairs(text: string): string {
  if (!/[<◁]\/|end_/i.test(text)) return text;
  const tags = tagsIn(text).filter(({ name }) => !isNamed(name));
  if (tags.length === 0) return text;
  const closings = new Map<string, number>();
  for (const { name, closes } of tags) if (closes) closings.set(name, (closings.get(name) ?? 0) + 1);
  const kept: string[] = [];
  let from = 0;
  let inside: string | undefined;
  for (const { name, closes, start, end } of tags) {
    if (closes) closings.set(name, closings.get(name)! - 1);
    if (inside === undefined && !closes && (closings.get(name) ?? 0) > 0) {
      kept.push(text.slice(from, start));
      inside = name;
    } else if (inside === name && closes) {
      inside = undefined;
      from = end;
    }
  }
  return inside === undefined ? [...kept, text.slice(from)].join(' ') : kept.join(' ');
}

/** What the only pair of answer tags holds, if it ends the text. */
function onlyAnswer(text: string): string | undefined {
  const tags = tagsIn(text).filter(({ name }) => ANSWER.has(name));
  const [open, close] = tags;
  if (tags.length !== 2 || open!.closes || !close!.closes || open!.name !== close!.name) return undefined;
  const inside = text.slice(open!.end, close!.start);
  return text.slice(close!.end).trim() === '' && inside.trim() !== '' ? inside : undefined;
}

/** A text with a space in the place of each tag around an answer or of layout. */
function withoutTags(text: string): string {
  const kept: string[] = [];
  let from = 0;
  for (const { name, start, end } of tagsIn(text)) {
    if (!ANSWER.has(name) && !LAYOUT.has(name)) continue;
    kept.push(text.slice(from, start));
    from = end;
  }
  return [...kept, text.slice(from)].join(' ');
}
