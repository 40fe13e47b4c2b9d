import type { Observations } from '../env/observation.ts';
import type { PromptLayout } from '../env/prompt-layout.ts';
import { outcomes } from '../workspace/label.ts';

export { outcomes };
export type Outcome = (typeof outcomes)[number];

/** What a policy answers to a batch of n observations, for a scenario of k actions. */
export interface Decisions {
  /** Row-major [n, k], each ok row summing to 1; a row that is not ok is NaN. Column 0 is the default action. */
  readonly probabilities: Float64Array;
  /** Shape [n]. */
  readonly outcomes: readonly Outcome[];
}

export interface DecideOptions {
  readonly signal?: AbortSignal;
  /** Called as rows are answered: how many of the batch's rows are done. */
  readonly onProgress?: (done: number, of: number) => void;
}

/** π(a | s) over a batch. Row i of the result depends on row i of the input only. */
export interface Policy extends AsyncDisposable {
  /** Derived from content: the same id gives the same decisions. */
  readonly id: string;
  /** Id of the scenario whose observations it answers. */
  readonly scenario: string;
  /** What a person should know before trusting it; shown wherever the policy is shown. */
  readonly caveat?: string;
  /** Whether a decision costs next to nothing, so that it may be asked about states that nobody is in. Default false. */
  readonly eager?: boolean;
  /** @throws {UnderstudyError} POLICY_DISPOSED after dispose; the signal's reason when aborted */
  decide(observations: Observations, options?: DecideOptions): Promise<Decisions>;
}

/** How a decision is drawn out of a language model. */
export const elicitations = ['greedy', 'expected', 'sample', 'choice'] as const;
export type Elicitation = (typeof elicitations)[number];

/** How a teacher is asked. Everything here is part of a label's identity. */
export interface AskOptions extends DecideOptions {
  /** Default `expected`: the mean of the number's whole distribution. */
  readonly elicit?: Elicitation;
  /** For `choice`: orders of the options, 1 to as many as there are actions; default: as many, at most 4. */
  readonly rotations?: number;
  /**
   * For `choice`: whether the whole names of the options are read in place of their letters, as a check of these; default
   * false.
   */
  readonly names?: boolean;
  /** Whether to ask for an explanation too. Default false; `expected` and `choice` never give one. */
  readonly explain?: boolean;
  /** Index into the scenario's paraphrases; default 0. */
  readonly paraphrase?: number;
  /** How the prompt is laid out; what is left out is as in the standard layout. */
  readonly layout?: Partial<PromptLayout>;
  /** For `sample`; default 1. */
  readonly temperature?: number;
  /** For `sample`; default 0. */
  readonly seed?: number;
  /** Distinguishes repeated asking of one question; default 0. */
  readonly repeat?: number;
  /**
   * Questions under way at the same time, 1 or more; default: what suits the teacher. A faultless one answers alike.
   */
  readonly batch?: number;
  /** Called with each answer as it arrives, in any order. */
  readonly onAnswer?: (row: number, answer: Answer) => void;
}

/** One teacher's answer to one question. */
export interface Answer {
  readonly outcome: Outcome;
  /** P(a) for each of the k actions; absent unless ok. */
  readonly probabilities?: readonly number[];
  readonly explanation?: string;
  /** What the model wrote, byte for byte; absent for `expected` and `choice` and for teachers that write nothing. */
  readonly reply?: string;
  /** How the probabilities were read out of the reply; absent if there was nothing to read. */
  readonly rung?: Rung;
  /** For `expected`: of the number whose mean is the probability. */
  readonly distribution?: NumberDistribution;
  /** For `choice`: what the probabilities were read from. */
  readonly choice?: ChoiceReading;
  readonly usage?: Usage;
  /** What ran the model: "CPU, 1 thread", "cuda (34 layers)", the host of a server. */
  readonly device?: string;
  /** Why the outcome is not ok, for people. */
  readonly reason?: string;
  /** Whether the server broke down at this question, which it may answer another time: no label keeps that. */
  readonly transient?: boolean;
}

/** What is known of a number's distribution beside its mean. */
export interface NumberDistribution {
  /** Standard deviation: how far single samples at temperature 1 would lie apart. */
  readonly sd: number;
  /** Shannon entropy over the hundredths, in nats: 0 for certainty, ln 101 = 4.6 for no idea. */
  readonly entropy: number;
  /**
   * Probability that is in no value: of what is not a number from 0 to 1, of paths that were not followed or a server did
   * not list. The rest is renormalised.
   */
  readonly missing: number;
  /**
   * Probability of values spelt in other tokens than the tokenizer's own, `7` `4` for `74`, which is counted; absent where
   * each digit is a token, or not known.
   */
  readonly otherSpellings?: number;
}

/** What is known of a choice between lettered options, asked in several orders, beside its distribution. */
export interface ChoiceReading {
  /** P of each action's letter, or of its whole name, shape [orders, k]; 0 for a letter that a server does not list. */
  readonly letters: readonly (readonly number[])[];
  /** Probability that letters, or names, have together, in the order in which that is least; the rest is no option's. */
  readonly mass: number;
  /**
   * Share of the probability that the order of the options moves: the mean over orders of the total variation distance
   * from the answer, 0 where the order does not matter; null where no option is possible.
   */
  readonly bias: number | null;
  /** How far letters that a server does not list could move a probability; absent where all are listed. */
  readonly unlisted?: number;
}

/** What an answer cost. */
export interface Usage {
  /** Tokens of the question, the frame of the chat template included. */
  readonly promptTokens: number;
  /** Tokens that were written or, for `expected` and `choice`, looked at. */
  readonly completionTokens: number;
  /** In the currency of the server's bill, where it says. */
  readonly cost?: number;
}

/** The ladder on which a reply is read: strict JSON, the first object in the text, a number in words or per cent. */
export type Rung = 'json' | 'object' | 'words';

/** What is known of the origin of a teacher's answers. */
export interface TeacherProvenance {
  /** SHA-256 of the model file, or the model's name where a server keeps the file. */
  readonly model?: string;
  /** Chat template as it frames a question, with {prompt} in the question's place. */
  readonly template?: string;
  /** What runs the model, with its version. */
  readonly library?: string;
  /** Addresses of the servers that were asked. */
  readonly endpoints?: readonly string[];
}

/** A policy that can say why. */
export interface Teacher extends Policy {
  readonly provenance?: TeacherProvenance;
  /** Masks of the states that it has decisions for, in ascending order; absent except for one that repeats a file. */
  readonly recorded?: Uint32Array;
  /**
   * Answers that the model gave since the teacher was opened, as opposed to remembered ones; absent where not counted.
   */
  readonly modelAnswers?: number;
  /** How it decides as a policy, without being asked in another way; absent: by `expected`. */
  readonly decidesBy?: Elicitation;
  /** Whether it can be asked for a choice by whole names; default false. */
  readonly readsNames?: boolean;
  /** Row i of the result depends on row i of the input and on the options only. */
  ask(observations: Observations, options?: AskOptions): Promise<Answer[]>;
}

export const isTeacher = (policy: Policy): policy is Teacher => 'ask' in policy;

/** Decisions from answers: rows that are not ok become NaN. */
export function decisionsOf(answers: readonly Answer[], actions: number): Decisions {
  const probabilities = new Float64Array(answers.length * actions).fill(Number.NaN);
  answers.forEach((answer, i) => {
    if (answer.outcome === 'ok') probabilities.set(answer.probabilities!, i * actions);
  });
  return { probabilities, outcomes: answers.map((answer) => answer.outcome) };
}
