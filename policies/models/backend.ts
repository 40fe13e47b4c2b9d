import { UnderstudyError } from '../../env/error.ts';
import { OPTION_LETTERS } from '../../env/prompt.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import { type Answer, type AskOptions, type Elicitation, elicitations } from '../policy.ts';
import { rotationsFor } from './choice.ts';

/** How a question is asked, every default filled in; everything that does not matter to an elicitation is fixed. */
export interface Asking {
  readonly elicit: Elicitation;
  readonly explain: boolean;
  /** 0 except for `sample`. */
  readonly temperature: number;
  /** 0 except for `sample`. */
  readonly seed: number;
  readonly repeat: number;
  /** Orders of the options; 0 except for `choice`. */
  readonly rotations: number;
  /** Whether the options are read by their whole names; false except for `choice`. */
  readonly names: boolean;
  /** Undefined: whatever suits the teacher. */
  readonly batch: number | undefined;
}

/**
 * Reads the options of an asking.
 * @throws {UnderstudyError} POLICY_ARGUMENT for options out of range
 */
export function askingOf(scenario: Vocabulary, options: AskOptions): Asking {
  const {
    elicit = 'expected',
    explain = false,
    temperature = 1,
    seed = 0,
    repeat = 0,
    paraphrase = 0,
    names = false,
    batch,
  } = options;
  const k = scenario.actions.length;
  const { rotations = rotationsFor(k) } = options;
  const wrong = (message: string) => new UnderstudyError('POLICY_ARGUMENT', message);
  if (!elicitations.includes(elicit))
    throw wrong(`unknown elicitation: ${String(elicit)} (known: ${elicitations.join(', ')})`);
  if (!(temperature > 0 && temperature <= 10))
    throw wrong(`a temperature is above 0 and at most 10, got ${temperature} (use "greedy" for 0)`);
  if (!Number.isSafeInteger(seed) || seed < 0) throw wrong(`a seed is an integer of 0 or more, got ${seed}`);
  if (!Number.isSafeInteger(repeat) || repeat < 0) throw wrong(`a repeat is an integer of 0 or more, got ${repeat}`);
  if (batch !== undefined && !(Number.isSafeInteger(batch) && batch >= 1))
    throw wrong(`a batch is an integer of 1 or more, got ${batch}`);
  const wordings = scenario.prompt.paraphrases.length;
  if (!Number.isInteger(paraphrase) || paraphrase < 0 || paraphrase >= wordings)
    throw wrong(`${scenario.id} has ${wordings} paraphrases (0 to ${wordings - 1}), asked for number ${paraphrase}`);
  if (!Number.isInteger(rotations) || rotations < 1 || rotations > k)
    throw wrong(`rotations are an integer from 1 to the number of actions, ${k} in ${scenario.id}, got ${rotations}`);
  const sampled = elicit === 'sample';
  const chosen = elicit === 'choice';
  if (chosen && !names && k > OPTION_LETTERS.length)
    throw new UnderstudyError(
      'TEACHER_UNSUPPORTED',
      `${scenario.id} has ${k} actions, and a choice has at most ${OPTION_LETTERS.length} lettered options; use "greedy" or "sample"`,
    );
  return {
    elicit,
    explain: explain && elicit !== 'expected' && !chosen,
    temperature: sampled ? temperature : 0,
    seed: sampled ? seed : 0,
    repeat,
    rotations: chosen ? rotations : 0,
    names: chosen && names,
    batch,
  };
}

/** One question to a language model, put into words. */
export interface Question {
  /** Names the question in answers. */
  readonly row: number;
  /** The key of its label; absent if none is kept. */
  readonly key?: string;
  readonly prompt: string;
  /** For `choice`: the prompts of all orders of the options, `prompt` first. */
  readonly orders?: readonly string[];
  /** For `sample`: the question's own; 0 elsewhere. */
  readonly seed: number;
}

/** What runs a language model: a file in a process of its own, or servers. It puts questions and knows no label. */
export interface Backend extends AsyncDisposable {
  /** Chat template as it frames a question, with {prompt} in the question's place. */
  readonly template: string;
  /** Why the numbers of this model cannot be read as distributions; absent where they can. */
  readonly unreadable?: string;
  /** What a person should know about how questions are framed. */
  readonly caveat?: string;
  /** What runs the model, for people. */
  readonly device?: string;
  /**
   * Asks, and resolves when every question has its answer. Each answer depends on its question and the asking only.
   * @param questions sorted by prompt, so that neighbours share a beginning
   * @throws {UnderstudyError} where the model cannot be asked any further; the signal's reason when aborted
   */
  ask(
    questions: readonly Question[],
    asking: Asking,
    options: { readonly signal?: AbortSignal; readonly onAnswer: (row: number, answer: Answer) => void },
  ): Promise<void>;
}

/** A language model before anything is loaded or reached: what is known of it, and how to open it. */
export interface LanguageModel<B extends Backend = Backend> {
  /** Begins the teacher's id. */
  readonly name: string;
  /** The name that it is opened by, as prices and spending know it; default `name`. */
  readonly openedBy?: string;
  readonly caveat?: string;
  /** SHA-256 of the model, or its name and address where a server keeps the file. */
  readonly model: string;
  /** What runs it, with its version. */
  readonly library: string;
  /** Where it is known without opening the model. */
  readonly template?: string;
  /** Whether it cannot be opened, so that only a label store can answer for it; default false. */
  readonly missing?: boolean;
  /** Addresses of the servers that run it. */
  readonly endpoints?: readonly string[];
  /** For `choice`: how the letter of an option is asked for, in a sentence. */
  readonly request: string;
  /** The same for its whole name; absent if names cannot be read. */
  readonly nameRequest?: string;
  /** Tokens of prompts in the model's frame, by its own tokenizer; absent if that is not here. */
  readonly countTokens?: (prompts: readonly string[], signal?: AbortSignal) => Promise<number[] | undefined>;
  readonly open: (signal?: AbortSignal) => Promise<B>;
}
