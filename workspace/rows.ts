import { z } from 'zod';
import { list } from './result-file.ts';
import { writeFileAtomically } from './write-file.ts';

/** Where a row's numbers come from, on each row: files are copied without their manifest. */
const rowProvenance = z.object({
  scenario: z.string(),
  /** Id of the teacher. */
  teacher: z.string(),
  /**
   * How the teacher was asked; `recorded` for decisions that were read from a file, however they were elicited there.
   */
  elicitation: z.string(),
  temperature: z.number().optional(),
  seed: z.number(),
  /** First twelve hex digits of the SHA-256 of the teacher's chat template. */
  template: z.string().optional(),
  /** First twelve hex digits of the SHA-256 of the model file. */
  model: z.string().optional(),
});
export type RowProvenance = z.infer<typeof rowProvenance>;

/** How a question ended. */
export const outcome = z.enum(['ok', 'unparsable', 'refused', 'timeout', 'missing']);

/** How a reply was read: as the JSON that was asked for, by an object in the text, by a number in words or digits. */
export const rung = z.enum(['json', 'object', 'words']);

/** Phrases in the order shown; with repeats in several orders, in the first of them. */
const phrases = { traits: list(z.string()), context: list(z.string()) };

/**
 * A line of train.jsonl or test.jsonl. Numbers have six decimals: to that many, those of a model agree between
 * machines.
 */
export const datasetRow = rowProvenance.extend({
  ...phrases,
  /** P of the second action; with repeats their mean. */
  probability_LLM: z.number(),
  /** P of each action, if there are more than two. */
  probabilities: list(z.number()).optional(),
  /** How much the row counts: how often its state was drawn from the population; absent for 1. */
  weight: z.number().optional(),
  /** With repeats: how many of them could be used. */
  repeats: z.number().optional(),
  /** Sample standard deviation of the repeats; null for one, which has none. */
  probability_sd: z.number().nullable().optional(),
  /** Each repeat's P of the second action. */
  probability_repeats: list(z.number()).optional(),
  /** With repeats of more than two actions: sample standard deviation of each action's P. */
  spread: list(z.number()).optional(),
  /**
   * How the reply was read, with repeats the freest of their ways; absent where the number was read without a reply.
   */
  rung: rung.optional(),
  explanation: z.string().optional(),
  /** The probability that the explanation belongs to, if that is not probability_LLM itself. */
  explained_probability: z.number().optional(),
  /** For `expected`: Shannon entropy of the number's distribution, in nats; with repeats their mean. */
  entropy: z.number().optional(),
  /** For `expected`: probability that is in no value, the rest being renormalised. */
  missing: z.number().optional(),
  /** For `choice`: probability of the options' letters together, in the order in which it is least; with repeats their mean. */
  letter_mass: z.number().optional(),
  /** For `choice`: share of the probability that the order of the options moves; with repeats their mean. */
  order_bias: z.number().optional(),
});
export type DatasetRow = z.infer<typeof datasetRow>;

/** A line of rejects.jsonl: a state without a probability, and why. */
export const rejectedRow = rowProvenance.extend({
  ...phrases,
  outcome,
  reason: z.string().optional(),
  reply: z.string().optional(),
});
export type RejectedRow = z.infer<typeof rejectedRow>;

/** The rows of a data set by the file that they go to, in the order of the questions. */
export interface DatasetRows {
  readonly train: readonly DatasetRow[];
  readonly test: readonly DatasetRow[];
  readonly rejects: readonly RejectedRow[];
}

/** Rows as JSON Lines. */
export const rowsText = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

/** Writes rows as JSON Lines, in one step. */
export const writeRows = (path: string, rows: readonly object[]): Promise<void> =>
  writeFileAtomically(path, rowsText(rows));
