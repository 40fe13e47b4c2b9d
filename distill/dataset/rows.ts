import { createHash } from 'node:crypto';
import { phrasesOf } from '../../env/observation.ts';
import type { Scenario } from '../../env/scenario.ts';
import type { Answer, Elicitation, Outcome, Rung, Teacher } from '../../policies/policy.ts';
import { freestRung } from '../../policies/rungs.ts';
import { mean } from '../../stats/mean.ts';
import { standardDeviation } from '../../stats/standard-deviation.ts';
import type { Replies } from './asking.ts';
import type { Question } from './questions.ts';

/** Where a row's numbers come from, on each row: files are copied without their manifest. */
export interface RowProvenance {
  readonly scenario: string;
  /** Id of the teacher. */
  readonly teacher: string;
  /** `recorded` for decisions that were read from a file, however they were elicited there. */
  readonly elicitation: Elicitation | 'recorded';
  readonly temperature?: number;
  readonly seed: number;
  /** First twelve hex digits of the SHA-256 of the teacher's chat template. */
  readonly template?: string;
  /** First twelve hex digits of the SHA-256 of the model file. */
  readonly model?: string;
}

/** A line of train.jsonl or test.jsonl. Numbers have six decimals: to so many a model's agree between machines. */
export interface DatasetRow extends RowProvenance {
  /** Phrases in the order shown; with repeats in several orders, in the first of them. */
  readonly traits: readonly string[];
  readonly context: readonly string[];
  /** P of the second action; with repeats their mean. */
  readonly probability_LLM: number;
  /** P of each action, where there are more than two. */
  readonly probabilities?: readonly number[];
  /** With repeats: how many of them could be used. */
  readonly repeats?: number;
  /** Sample standard deviation of the repeats; null for one, which has none. */
  readonly probability_sd?: number | null;
  /** Each repeat's P of the second action. */
  readonly probability_repeats?: readonly number[];
  /** How the reply was read, with repeats the freest of their ways; absent where the number was read without a reply. */
  readonly rung?: Rung;
  readonly explanation?: string;
  /** The probability that the explanation goes with, where that is not probability_LLM itself. */
  readonly explained_probability?: number;
  /** For `expected`: Shannon entropy of the number's distribution, in nats; with repeats their mean. */
  readonly entropy?: number;
  /** For `expected`: probability that was not seen, the rest being renormalised. */
  readonly missing?: number;
}

/** A line of rejects.jsonl: a state without a probability, and why. */
export interface RejectedRow extends RowProvenance {
  readonly traits: readonly string[];
  readonly context: readonly string[];
  readonly outcome: Outcome;
  readonly reason?: string;
  readonly reply?: string;
}

export function provenanceOf(
  { scenario, id, provenance }: Teacher,
  asked: Pick<RowProvenance, 'elicitation' | 'temperature' | 'seed'>,
): RowProvenance {
  const { elicitation, temperature, seed } = asked;
  const template = provenance?.template;
  const model = provenance?.model;
  return {
    scenario,
    teacher: id,
    elicitation,
    ...(temperature !== undefined && { temperature }),
    seed,
    ...(template !== undefined && { template: sha256(template).slice(0, 12) }),
    ...(isSha256(model) && { model: model.slice(0, 12) }),
  };
}

/** The rows of a data set by the file that they go to, in the order of the questions. */
export interface DatasetRows {
  readonly train: readonly DatasetRow[];
  readonly test: readonly DatasetRow[];
  readonly rejects: readonly RejectedRow[];
}

/** @param replies shape [questions] */
export function rowsOf(
  scenario: Scenario,
  questions: readonly Question[],
  replies: readonly Replies[],
  repeats: number,
  provenance: RowProvenance,
): DatasetRows {
  const rows = { train: [] as DatasetRow[], test: [] as DatasetRow[], rejects: [] as RejectedRow[] };
  questions.forEach((question, i) => {
    const row = rowOf(scenario, question, replies[i]!, repeats, provenance);
    if ('outcome' in row) rows.rejects.push(row);
    else rows[question.part].push(row);
  });
  return rows;
}

/** A question's row, or its reject where none of its repeats could be used. */
export function rowOf(
  scenario: Scenario,
  { mask, showings }: Question,
  replies: Replies,
  repeats: number,
  provenance: RowProvenance,
): DatasetRow | RejectedRow {
  const batch = { width: scenario.phrases.length, masks: Uint32Array.of(mask), orders: [showings[0]] };
  const phrases = phrasesOf(scenario, batch, 0);
  const usable = replies.answers.filter(({ outcome }) => outcome === 'ok');
  if (usable.length === 0) {
    const { outcome, reason, reply } = replies.answers[0]!;
    return { ...phrases, outcome, ...(reason && { reason }), ...(reply !== undefined && { reply }), ...provenance };
  }
  const rung = freestRung(usable);
  const distributions = usable.flatMap(({ distribution }) => distribution ?? []);
  const means = scenario.actions.map((_, a) => rounded(mean(usable.map(({ probabilities }) => probabilities![a]!))));
  return {
    ...phrases,
    probability_LLM: means[1]!,
    ...(scenario.actions.length > 2 && { probabilities: means }),
    ...(repeats > 1 && spread(usable)),
    ...(rung && { rung }),
    ...explanationOf(replies, repeats),
    ...(distributions.length > 0 && {
      entropy: rounded(mean(distributions.map(({ entropy }) => entropy))),
      missing: rounded(mean(distributions.map(({ missing }) => missing))),
    }),
    ...provenance,
  };
}

function spread(usable: readonly Answer[]): Partial<DatasetRow> {
  const values = usable.map(({ probabilities }) => probabilities![1]!);
  return {
    repeats: values.length,
    probability_sd: values.length > 1 ? rounded(standardDeviation(values)) : null,
    probability_repeats: values.map(rounded),
  };
}

/** An explanation goes with the reply that it was written in: the greedy one, or the first of several. */
function explanationOf({ answers, greedy }: Replies, repeats: number): Partial<DatasetRow> {
  const source = greedy ?? answers[0]!;
  if (source.outcome !== 'ok' || source.explanation === undefined) return {};
  return {
    explanation: source.explanation,
    ...((greedy !== undefined || repeats > 1) && { explained_probability: rounded(source.probabilities![1]!) }),
  };
}

export const sha256 = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');

/** A server's model has a name instead. */
const isSha256 = (model: string | undefined): model is string => model !== undefined && /^[0-9a-f]{64}$/.test(model);

const rounded = (value: number): number => Number(value.toFixed(6));
