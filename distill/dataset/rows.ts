import { phrasesOf } from '../../env/observation.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import type { Answer, Teacher } from '../../policies/policy.ts';
import { freestRung } from '../../policies/rungs.ts';
import { mean, standardDeviation } from '../../stats/moments.ts';
import { sha256 } from '../../workspace/hash.ts';
import type { DatasetRow, DatasetRows, RejectedRow, RowProvenance } from '../../workspace/rows.ts';
import type { Replies } from './asking.ts';
import type { Question } from './plan.ts';

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

/** @param replies shape [questions] */
export function rowsOf(
  scenario: Vocabulary,
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
  scenario: Vocabulary,
  { mask, showings, weight }: Question,
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
  const choices = usable.flatMap(({ choice }) => choice ?? []);
  const means = scenario.actions.map((_, a) => rounded(mean(usable.map(({ probabilities }) => probabilities![a]!))));
  return {
    ...phrases,
    probability_LLM: means[1]!,
    ...(scenario.actions.length > 2 && { probabilities: means }),
    ...(weight !== undefined && { weight }),
    ...(repeats > 1 && spreadOf(usable, scenario.actions.length)),
    ...(rung && { rung }),
    ...explanationOf(replies, repeats),
    ...(distributions.length > 0 && {
      entropy: rounded(mean(distributions.map(({ entropy }) => entropy))),
      missing: rounded(mean(distributions.map(({ missing }) => missing))),
    }),
    ...(choices.length > 0 && {
      letter_mass: rounded(mean(choices.map(({ mass }) => mass))),
      order_bias: rounded(mean(choices.map(({ bias }) => bias ?? 0))),
    }),
    ...provenance,
  };
}

function spreadOf(usable: readonly Answer[], k: number): Partial<DatasetRow> {
  const of = (a: number) => usable.map(({ probabilities }) => probabilities![a]!);
  const values = of(1);
  return {
    repeats: values.length,
    probability_sd: values.length > 1 ? rounded(standardDeviation(values)) : null,
    probability_repeats: values.map(rounded),
    ...(k > 2 &&
      values.length > 1 && { spread: Array.from({ length: k }, (_, a) => rounded(standardDeviation(of(a)))) }),
  };
}

/** An explanation belongs to the reply that it was written in: the greedy one, or the first of several. */
function explanationOf({ answers, greedy }: Replies, repeats: number): Partial<DatasetRow> {
  const source = greedy ?? answers[0]!;
  if (source.outcome !== 'ok' || source.explanation === undefined) return {};
  return {
    explanation: source.explanation,
    ...((greedy !== undefined || repeats > 1) && { explained_probability: rounded(source.probabilities![1]!) }),
  };
}

/** A server's model has a name instead. */
const isSha256 = (model: string | undefined): model is string => model !== undefined && /^[0-9a-f]{64}$/.test(model);

const rounded = (value: number): number => Number(value.toFixed(6));
