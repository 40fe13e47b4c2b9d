import type { StudyEvaluation, StudyModel } from '../../workspace/evaluation.ts';
import { TRAINED_ON_TEST } from '../../workspace/evaluation.ts';
import { bestOf, candidates, movedByOrder } from '../models.ts';
import {
  fixed,
  grouped,
  groupName,
  listed,
  percent,
  percentWithInterval,
  pValue,
  short,
  withInterval,
} from '../wording.ts';
import type { DeepReadonly, Finding } from './finding.ts';

export type Evaluation = DeepReadonly<StudyEvaluation>;
type Model = DeepReadonly<StudyModel>;
type Comparison = NonNullable<Evaluation['comparisons']>[number];

/** A difference is called significant if its corrected p is at most this. */
const SIGNIFICANT = 0.05;
/** A group's mean error is mentioned from this size on. */
const TILT = 0.005;

/** Baselines as a person would name them. */
const BASELINES: Readonly<Record<string, string>> = {
  mean: 'the mean of the train file',
  nearest: 'nearest neighbours',
  uniform: 'uniform guessing',
};
export const baselineName = (model: string): string => BASELINES[model] ?? model;

/** What an evaluation shows, most important first; nothing that it did not measure. */
export function evaluationFindings(evaluation: Evaluation): Finding[] {
  const best = bestOf({ evaluation });
  if (!best) return [];
  return [
    ...warnings(evaluation),
    ...singleChoices(evaluation),
    bestModel(evaluation, best),
    ...beside(evaluation),
    ...baseline(evaluation, best),
    ...others(evaluation, best),
    ...nextBest(evaluation, best),
    ...achievable(evaluation, best),
    ...worstGroup(evaluation, best),
    ...order(evaluation),
    ...visits(evaluation),
    ...speed(evaluation),
  ];
}

function warnings({ test, models }: Evaluation): Finding[] {
  const { seenInTraining: seen, rows } = test;
  const learned = models.filter(({ caveat }) => caveat?.includes(TRAINED_ON_TEST)).map(({ model }) => model);
  return [
    ...(seen > 0
      ? [
          {
            kind: 'seen-in-training' as const,
            severity: 'warning' as const,
            topic: 'Seen in training',
            text: `${grouped(seen)} of the ${grouped(rows)} test states are in the train file too: the errors look smaller than they are.`,
            numbers: { seen, rows },
          },
        ]
      : []),
    ...(learned.length > 0
      ? [
          {
            kind: 'trained-on-test' as const,
            severity: 'warning' as const,
            topic: 'Trained on the test rows',
            text: `${listed(learned)} learned the very rows that ${learned.length > 1 ? 'they are' : 'it is'} tested on: no number here is a measure of unseen states.`,
            numbers: { models: learned.length },
          },
        ]
      : []),
    ...models
      .filter(({ unanswered }) => unanswered > 0)
      .map(({ model, unanswered }) => ({
        kind: 'unanswered' as const,
        severity: 'warning' as const,
        topic: 'Unanswered',
        text: `${model} gave no answer to ${grouped(unanswered)} states; its numbers leave them out.`,
        numbers: { unanswered },
      })),
  ];
}

function singleChoices({ labels }: Evaluation): Finding[] {
  return labels === 'choices'
    ? [
        {
          kind: 'single-choices',
          severity: 'note',
          topic: 'Labels',
          text: 'Each label is a single choice, not a probability: even a model that knew every probability exactly would not foresee it. Log loss and Brier score compare models; R² and correlations are far below 1 for the best one, and squared errors far above 0.',
          numbers: {},
        },
      ]
    : [];
}

/** Others who answered the same rows: a human beside a model. */
function beside({ beside: others = [], labels }: Evaluation): Finding[] {
  return others.map(({ name, n, mse, pearson, logLoss, auc, intervals }) => ({
    kind: 'beside' as const,
    severity: 'main' as const,
    topic: 'Beside the labels',
    text:
      labels === 'choices'
        ? `On ${grouped(n)} rows that it answered too, ${name} has a log loss of ${withInterval(logLoss, intervals.logLoss ?? { lower: Number.NaN, upper: Number.NaN })} against the labels${Number.isNaN(auc) ? '' : ` and an AUC of ${fixed(auc ?? Number.NaN, 3)}`}.`
        : `On ${grouped(n)} rows that it answered too, ${name} differs from the labels by a mean squared error of ${withInterval(mse, intervals.mse)}${Number.isNaN(pearson) ? '' : `; the two correlate by ${fixed(pearson, 2)}`}.`,
    numbers: { n, mse, pearson, logLoss: logLoss ?? Number.NaN },
  }));
}

function bestModel(evaluation: Evaluation, best: Model): Finding {
  const { test, labels } = evaluation;
  const { model, n, mse, mae, r2, intervals, logLoss, brier, auc } = best;
  if (labels === 'choices' && logLoss !== undefined && intervals.logLoss)
    return {
      kind: 'best-model',
      severity: 'main',
      topic: 'Best',
      text: `On ${grouped(n)} single choices of ${test.path}, ${model} has a log loss of ${withInterval(logLoss, intervals.logLoss)} and a Brier score of ${short(brier ?? mse)}${auc === undefined || Number.isNaN(auc) ? '' : `, and tells the action that was taken from the others with an AUC of ${fixed(auc, 3)}`}.`,
      numbers: { n, logLoss, brier: brier ?? mse, auc: auc ?? Number.NaN },
    };
  const variance = Number.isNaN(r2)
    ? ''
    : r2 > 0
      ? `; it explains ${percent(r2)} of the variance of the teacher’s probabilities`
      : '; it explains none of the variance of the teacher’s probabilities';
  return {
    kind: 'best-model',
    severity: 'main',
    topic: 'Best',
    text: `On ${grouped(n)} states of ${test.path}, ${model} has a mean squared error of ${withInterval(mse, intervals.mse)} and a mean absolute error of ${withInterval(mae, intervals.mae)}${variance}.`,
    numbers: { n, mse, mae, r2 },
  };
}

function baseline({ models, bestBaseline }: Evaluation, best: Model): Finding[] {
  const reference = models.find(({ model }) => model === bestBaseline);
  if (!reference) return [];
  const { model, mse, versusBaseline: difference, beatsBaseline } = best;
  const name = baselineName(reference.model);
  const finding = (text: string, numbers: Finding['numbers'] = {}): Finding[] => [
    {
      ...{ kind: 'baseline', severity: 'main', topic: 'Beside a baseline', text },
      numbers: { mse, baseline: reference.mse, ...numbers },
    },
  ];
  if (!difference) return finding(`For comparison, the best baseline, ${name}, has ${short(reference.mse)}.`);
  const share = percent(Math.abs(1 - mse / reference.mse));
  const numbers = { difference: difference.value, lower: difference.lower, upper: difference.upper };
  const paired = `difference ${withInterval(difference.value, difference)}`;
  if (beatsBaseline)
    return finding(
      `The error of ${model} is ${share} lower than that of the best baseline, ${name}, which has ${short(reference.mse)} (${paired}).`,
      numbers,
    );
  return finding(
    difference.value < 0
      ? `The error of ${model} is ${share} lower than that of the best baseline, ${name}, which has ${short(reference.mse)}, but not clearly so (${paired}, which includes 0).`
      : `The best baseline, ${name}, does as well or better without training: it has ${short(reference.mse)} (${paired}). Do not use ${model} in the teacher’s place; try more labels or a larger student first.`,
    numbers,
  );
}

function others(evaluation: Evaluation, best: Model): Finding[] {
  const rest = candidates({ evaluation }).filter(({ model }) => model !== best.model);
  const failing = rest.filter(({ beatsBaseline }) => beatsBaseline === false).map(({ model }) => model);
  // If the pairs were tested, another finding says which of them differ.
  const alike = (evaluation.comparisons ? [] : rest)
    .filter(({ versusBest }) => versusBest && !(versusBest.lower > 0))
    .map(({ model }) => model);
  return [
    ...(alike.length > 0
      ? [
          {
            kind: 'not-told-apart' as const,
            severity: 'main' as const,
            topic: 'Not told apart',
            text: `This test set does not tell ${listed(alike)} from ${best.model}: the paired interval of the difference includes 0.`,
            numbers: { models: alike.length },
          },
        ]
      : []),
    ...(failing.length > 0 && best.beatsBaseline
      ? [
          {
            kind: 'not-better' as const,
            severity: 'main' as const,
            topic: 'No better than a baseline',
            text: `${listed(failing)} ${failing.length > 1 ? 'do' : 'does'} not clearly beat ${baselineName(evaluation.bestBaseline)}.`,
            numbers: { models: failing.length },
          },
        ]
      : []),
  ];
}

/** The comparison of two models as that of the second minus the first. */
function pairOf(comparisons: readonly Comparison[], first: string, second: string): Comparison | undefined {
  const found = comparisons.find(({ a, b }) => (a === first && b === second) || (a === second && b === first));
  if (!found || found.a === second) return found;
  const { difference, lower, upper } = found;
  return { ...found, a: second, b: first, difference: -difference, lower: -upper, upper: -lower };
}

/** Whether the best is better than those behind it, or may only have been luckier. */
function nextBest(evaluation: Evaluation, best: Model): Finding[] {
  const { comparisons = [] } = evaluation;
  const behind = candidates({ evaluation })
    .filter(({ model }) => model !== best.model)
    .sort((a, b) => a.mse - b.mse)
    .flatMap(({ model }) => pairOf(comparisons, best.model, model) ?? [])
    .filter(({ pHolm }) => Number.isFinite(pHolm));
  const [second, ...rest] = behind;
  if (!second) return [];
  const { a: model, pHolm, difference, lower, upper } = second;
  const test = `sign-flip test, p ${pValue(pHolm)}${comparisons.length > 1 ? ` after Holm’s correction for ${comparisons.length} pairs` : ''}`;
  const by = `difference of the mean squared errors ${withInterval(difference, second)}`;
  const alike = rest.filter((pair) => !(pair.pHolm <= SIGNIFICANT)).map(({ a }) => a);
  const too = alike.length > 0 ? ` Nor can ${listed(alike)} be told from it.` : '';
  const text =
    pHolm <= SIGNIFICANT
      ? `${best.model} is significantly better than ${model}, the next best: ${by} (${test}).${too}`
      : `${best.model} is not significantly better than ${model}, the next best: ${by} (${test}). Which of them is better is open: take the cheaper one.${too}`;
  return [
    {
      kind: 'next-best',
      severity: 'detail',
      topic: 'Best, or lucky',
      text,
      numbers: { difference, lower, upper, p: pHolm, pairs: comparisons.length },
    },
  ];
}

function achievable({ ceiling }: Evaluation, { model, mse, achievable: share }: Model): Finding[] {
  const common = { kind: 'achievable', severity: 'detail', topic: 'What can be achieved' } as const;
  if (!ceiling) return [];
  if (ceiling.r2 === null) return [{ ...common, text: `Not known: ${ceiling.reason}.`, numbers: {} }];
  if (!share || Number.isNaN(share.value)) return [];
  const reached = percentWithInterval(share.value, share);
  const limit =
    ceiling.mse > 0
      ? `A student that knew the teacher’s mean answers would reach an R² of ${fixed(ceiling.r2, 3)} on these labels (${ceiling.labels}); ${model} has ${reached} of that.`
      : `The labels are ${ceiling.labels}: a student can reach an R² of 1, and ${model} has ${reached} of that.`;
  const again =
    ceiling.reasking > 0
      ? ` Asking the teacher once more would have a mean squared error of ${short(ceiling.reasking)}; ${model} has ${short(mse)}${mse < ceiling.reasking ? ', less than that' : ''}.`
      : '';
  return [
    {
      ...common,
      text: limit + again,
      numbers: {
        ...{ r2: ceiling.r2, mse: ceiling.mse, reasking: ceiling.reasking },
        ...{ share: share.value, lower: share.lower, upper: share.upper },
      },
    },
  ];
}

function worstGroup({ actions }: Evaluation, { model, mse, worstGroup: group }: Model): Finding[] {
  if (!group) return [];
  const { by, n, bias, interval } = group;
  const name = groupName(by, group.group);
  const where = by === 'trait' || by === 'context' ? `the ${by} “${name}”` : name;
  const times = mse > 0 ? `, ${(group.mse / mse).toFixed(1)} times that of all` : '';
  const tilt =
    actions.length === 1 && Math.abs(bias) >= TILT
      ? `; there it answers ${short(Math.abs(bias))} too ${bias > 0 ? 'high' : 'low'} on average`
      : '';
  const chance =
    interval.lower <= mse
      ? ' The interval reaches down to the error of all states: it may be no worse there than elsewhere.'
      : '';
  return [
    {
      kind: 'worst-group',
      severity: 'detail',
      topic: 'Where not to trust it',
      text: `${model} is furthest from the teacher in states with ${where} (${grouped(n)} rows): a mean squared error of ${withInterval(group.mse, interval)}${times}${tilt}. As the worst of many groups it is partly the unluckiest, which its interval does not count.${chance}`,
      numbers: { n, mse: group.mse, lower: interval.lower, upper: interval.upper, bias },
    },
  ];
}

function order(evaluation: Evaluation): Finding[] {
  const teacherOrder = evaluation.teacherOrder && movedByOrder(evaluation.teacherOrder);
  const measured = candidates({ evaluation }).flatMap(({ model, order: found }) =>
    found ? [{ model, ...movedByOrder(found) }] : [],
  );
  const moved = measured.filter(({ maxSd }) => maxSd > 0);
  const still = measured.filter(({ maxSd }) => !(maxSd > 0)).map(({ model }) => model);
  if (!teacherOrder && moved.length === 0) return [];
  const by = ({ meanSd, maxSd }: { meanSd: number; maxSd: number }) =>
    `${short(meanSd)} on average and ${short(maxSd)} at most`;
  const sentences = [
    ...(teacherOrder
      ? [
          teacherOrder.maxSd > 0
            ? `Showing the same phrases in another order moves the teacher’s answer by a standard deviation of ${by(teacherOrder)}.`
            : 'The teacher answers alike in any order of the phrases.',
        ]
      : []),
    ...(moved.length > 0
      ? [`The order moves ${listed(moved.map((one) => `${one.model} by ${by(one)}`))} (standard deviations).`]
      : []),
    ...(still.length > 0 ? [`It makes no difference to ${listed(still)}.`] : []),
  ];
  return [
    {
      kind: 'order',
      severity: 'detail',
      topic: 'Order of the phrases',
      text: sentences.join(' '),
      numbers: teacherOrder ? { meanSd: teacherOrder.meanSd, maxSd: teacherOrder.maxSd } : {},
    },
  ];
}

function visits({ models }: Evaluation): Finding[] {
  const went = models.find(({ onPolicy }) => onPolicy)?.onPolicy;
  if (!went) return [];
  const { agents, ticks, answers } = went;
  const covered =
    answers === 'teacher'
      ? 'the teacher answered about states drawn by their visits'
      : 'the test file has an answer; `--teacher` asks for more';
  return [
    {
      kind: 'visits',
      severity: 'note',
      topic: 'Visits',
      text: `${grouped(agents)} agents for ${grouped(ticks)} ticks under the model itself, states weighted by their visits; ‘visits covered’ is the share that the error speaks for: ${covered}. Baselines are not simulated.`,
      numbers: { agents, ticks },
    },
  ];
}

function speed({ machine, models }: Evaluation): Finding[] {
  return machine !== undefined && models.some(({ decisionsPerSecond }) => decisionsPerSecond)
    ? [
        {
          kind: 'speed',
          severity: 'note',
          topic: 'Decisions a second',
          text: `On ${machine}; they say nothing about another machine.`,
          numbers: {},
        },
      ]
    : [];
}
