import type { Elicitation, NumberDistribution, Usage } from '../../policy.ts';
import type { AskRequest, CancelMessage, OpenRequest, Reply } from './exchange.ts';

/** How the process of a model is started. */
export interface OpenMessage extends OpenRequest {
  /** Parallel sequences; each has room for the longest prompt and the reply. */
  readonly sequences: number;
  /** Prompts that bound the length of every prompt to come. */
  readonly longest: readonly string[];
  /** Prompts of choices that bound those to come; there is room for them if the model reads that much. */
  readonly longestChoices: readonly string[];
  /** Start of every reply, up to its first number. */
  readonly head: string;
  /** Room for the reply after its head, in tokens. */
  readonly replyTokens: number;
}

/** Questions that are asked in the same way. Each is answered from its own prompt and seed alone. */
export interface AskMessage extends AskRequest {
  readonly elicit: Elicitation;
  /** Start of every reply, which the model is given. */
  readonly head: string;
  /** What may follow the head; not used by `expected` and `choice`. */
  readonly grammar: string;
  readonly replyTokens: number;
  /** For `choice`: how many lettered options there are. */
  readonly options: number;
  /** For `choice` by whole names: those of the options, by action. */
  readonly names?: readonly string[];
  /** For `sample`; 0 elsewhere. */
  readonly temperature: number;
  /** Maximum number of questions answered at the same time. */
  readonly batch: number;
  /** Sorted by prompt, so that neighbours share prefixes. */
  readonly questions: readonly Question[];
}

export interface Question {
  /** Names the question in answers. */
  readonly id: number;
  readonly prompt: string;
  /** For `choice`: the prompts of all orders of the options. */
  readonly orders?: readonly string[];
  /** For `sample`. */
  readonly seed: number;
}

export type ToChild = OpenMessage | AskMessage | CancelMessage;

/**
 * What the model gave to one question: a reply, its number's distribution, or the probabilities of options by order, those of
 * letters by position, those of names by action.
 */
export type RawAnswer = { readonly id: number; readonly usage: Usage } & (
  | { readonly text: string; readonly cut: boolean }
  | { readonly mean: number; readonly distribution: NumberDistribution }
  | { readonly letters: readonly (readonly number[])[] }
  | { readonly names: readonly (readonly number[])[] }
);

export interface Opened {
  readonly type: 'opened';
  /** The chat template as it frames a question, with {prompt} in the question's place. */
  readonly template: string;
  /** What a person should know about the frame; absent for a template that is applied as it is. */
  readonly caveat?: string;
  /** Why `expected` cannot read this model's numbers; absent where it can. */
  readonly unreadable?: string;
  /** For the log: what runs the model. */
  readonly device: string;
  readonly description: string;
}

export type FromChild = Reply<Opened, RawAnswer>;
