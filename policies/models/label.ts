import { type Observations, phrasesOf } from '../../env/observation.ts';
import { differentLayout } from '../../env/prompt-layout.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import { hashOf } from '../../workspace/hash.ts';
import type { LabelRecord } from '../labels/store.ts';
import type { Answer, AskOptions, Elicitation } from '../policy.ts';
import type { Asking, Question } from './backend.ts';
import { replyGrammar, replyHead } from './gguf/grammar.ts';
import { readReply } from './reply.ts';

/** What a label's identity says of the model and of what runs it. */
export interface ModelIdentity {
  /** SHA-256 of the model, or its name and address where a server keeps the file. */
  readonly model: string;
  /** Chat template, with {prompt} in the question's place. */
  readonly template: string;
  /** Version of node-llama-cpp and of the llama.cpp in it, or of the way in which a server is asked. */
  readonly library: string;
}

/** What the store keeps of a model when it was first opened, so that it need not be opened to replay its labels. */
export interface ModelRecord {
  readonly template: string;
  readonly unreadable?: string;
  readonly caveat?: string;
}

/**
 * The key of a model's record. It moves when the same file is framed in another way: without `framing`, it is the key of a
 * model whose template is known beforehand, and of all models before framings had a number.
 * @param choices what the model's letters were tried with, hashed; absent where they were not
 */
export function modelKey(
  { model, library }: Pick<ModelIdentity, 'model' | 'library'>,
  { framing, choices }: { readonly framing?: number; readonly choices?: string } = {},
): string {
  return hashOf({
    record: 'model',
    model,
    library,
    ...(framing !== undefined && { framing }),
    ...(choices !== undefined && { choices }),
  });
}

/**
 * An elicitation with the version of its reading, which moves when the same model's numbers are read another way: those of
 * files are read to the end of each number since version 3, those of servers have always been.
 */
export const elicitationVersion = (elicit: Elicitation, served: boolean) =>
  elicit === 'expected' ? `expected/${served ? 2 : 3}` : elicit;

/** Whether a model is asked through a server, by what runs it. */
export const isServed = (library: string) => library.startsWith(SERVER_LIBRARY);

/** The way in which servers are asked, without its version. */
export const SERVER_LIBRARY = 'openai chat completions/';

/** The key of a label: everything that an answer depends on, hashed. */
export function labelKey(
  { model, template, library }: ModelIdentity,
  actions: readonly string[],
  { prompt, orders }: Pick<Question, 'prompt' | 'orders'>,
  { elicit, explain, temperature, seed, repeat, names, batch }: Asking,
): string {
  return hashOf({
    model,
    template,
    prompt: orders ?? prompt,
    elicitation: names ? 'choice/names' : elicitationVersion(elicit, isServed(library)),
    sampler: elicit === 'sample' ? { temperature, topK: 0, topP: 1, minP: 0 } : null,
    seed,
    grammar: orders ? null : { head: replyHead(actions), rest: replyGrammar(actions, explain) },
    library,
    repeat,
    ...(batch !== undefined && { batch }),
  });
}

/** A label: the question in words, how it was asked and what was answered. */
export function labelOf(
  teacher: string,
  scenario: Vocabulary,
  observations: Observations,
  row: number,
  { paraphrase = 0, layout: given }: AskOptions,
  { elicit, temperature, seed, repeat, rotations, names, batch }: Asking,
  answer: Answer,
): LabelRecord {
  const { probabilities, ...rest } = answer;
  const layout = differentLayout(given);
  return {
    teacher,
    scenario: scenario.id,
    ...phrasesOf(scenario, observations, row),
    paraphrase,
    ...(layout && { layout }),
    elicit,
    ...(elicit === 'sample' && { temperature, seed }),
    ...(elicit === 'choice' && { rotations }),
    ...(names && { names }),
    repeat,
    ...(batch !== undefined && { batch }),
    ...(probabilities && {
      probabilities,
      ...(probabilities.length === 2 && { probability_LLM: probabilities[1] }),
    }),
    ...rest,
  };
}

/** What of an answer a label keeps as it is. */
const ANSWERED = [
  'probabilities',
  'explanation',
  'reply',
  'rung',
  'distribution',
  'choice',
  'usage',
  'device',
  'reason',
] as const satisfies readonly (keyof Answer)[];

/**
 * The answer that a label keeps. Its reply is read again: an earlier version may have read a number that it does not say.
 * @param refusal makes an error of what is wrong with the label; its values were checked when it was read
 */
export function answerOf(label: LabelRecord, { id, actions }: Vocabulary, refusal: (problem: string) => Error): Answer {
  const { outcome, ...given } = label as unknown as Answer;
  if (outcome === undefined) throw refusal('is not an answer to a question');
  if (given.probabilities && given.probabilities.length !== actions.length)
    throw refusal(`has ${given.probabilities.length} probabilities, and ${id} has ${actions.length} actions`);
  const kept: Answer = {
    outcome,
    ...Object.fromEntries(ANSWERED.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]]))),
  };
  if (outcome !== 'ok' || kept.reply === undefined) return kept;
  const again = readReply(kept.reply, actions);
  const { usage, device } = kept;
  if (again.outcome !== 'ok') return { ...again, ...(usage && { usage }), ...(device && { device }) };
  return { ...kept, probabilities: again.probabilities!, rung: again.rung! };
}
