import { pairOf } from '../../measure/evaluation/compare.ts';
import type { StudyEvaluation, StudyModel } from '../../workspace/evaluation.ts';
import { type Comparison, TRAINED_ON_TEST } from '../../workspace/evaluation.ts';
import { labelWords } from '../label-words.ts';
import { bestOf, candidates, lossOf, movedByOrder } from '../models.ts';
import { fixed, grouped, listed, percent, percentWithInterval, pValue, short, withInterval } from '../wording.ts';
import { baselineName, beside } from './beside.ts';
import type { DeepReadonly, Finding } from './finding.ts';
import { groupWords, shares } from './shares.ts';
import { byTeacherFindings } from './teachers.ts';

export type Evaluation = DeepReadonly<StudyEvaluation>;
type Model = DeepReadonly<StudyModel>;

/** A group's mean error is mentioned from this size on. */
const TILT = 0.005;

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
    ...shares(evaluation, best),
    ...order(evaluation),
    ...visits(evaluation),
    ...speed(evaluation),
    ...(evaluation.byTeacher ? byTeacherFindings(evaluation.byTeacher) : []),
  ];
}

/** How a loss is called in the middle of a sentence. */
const lossName = ({ loss }: Evaluation, plural = false) =>
  loss === 'log_loss' ? `log ${plural ? 'losses' : 'loss'}` : `mean squared error${plural ? 's' : ''}`;

function warnings({ test, models, labels }: Evaluation): Finding[] {
  const { seenInTraining: seen, rows, units } = test;
  const told =
    labels === 'choices' && units !== undefined
      ? `rows are of units that are in the train file too`
      : 'test states are in the train file too';
  const learned = models.filter(({ caveat }) => caveat?.includes(TRAINED_ON_TEST)).map(({ model }) => model);
  return [
    ...(seen > 0
      ? [
          {
            kind: 'seen-in-training' as const,
            severity: 'warning' as const,
            topic: 'Seen in training',
            text: `${grouped(seen)} of the ${grouped(rows)} ${told}: the errors look smaller than they are.`,
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
        text: `${model} gave no answer to ${grouped(unanswered)} rows; its numbers leave them out.`,
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
  const { all, rows } = labelWords(evaluation);
  const variance = Number.isNaN(r2)
    ? ''
    : r2 > 0
      ? `; it explains ${percent(r2)} of the variance of ${all}`
      : `; it explains none of the variance of ${all}`;
  return {
    kind: 'best-model',
    severity: 'main',
    topic: 'Best',
    text: `On ${grouped(n)} ${rows} of ${test.path}, ${model} has a mean squared error of ${withInterval(mse, intervals.mse)} and a mean absolute error of ${withInterval(mae, intervals.mae)}${variance}.`,
    numbers: { n, mse, mae, r2 },
  };
}

function baseline(evaluation: Evaluation, best: Model): Finding[] {
  const { models, bestBaseline, loss, labelled } = evaluation;
  const reference = models.find(({ model }) => model === bestBaseline);
  if (!reference) return [];
  const { model, versusBaseline: difference, beatsBaseline } = best;
  const [own, theirs] = [lossOf(evaluation, best), lossOf(evaluation, reference)];
  const name = baselineName(reference.model);
  const finding = (text: string, numbers: Finding['numbers'] = {}): Finding[] => [
    {
      ...{ kind: 'baseline', severity: 'main', topic: 'Beside a baseline', text },
      numbers: { [loss === 'log_loss' ? 'logLoss' : 'mse']: own, baseline: theirs, ...numbers },
    },
  ];
  if (!difference) return finding(`For comparison, the best baseline, ${name}, has ${short(theirs)}.`);
  const share = percent(Math.abs(1 - own / theirs));
  const numbers = { difference: difference.value, lower: difference.lower, upper: difference.upper };
  const paired = `difference ${withInterval(difference.value, difference)}`;
  const lower = `The ${loss === 'log_loss' ? 'log loss' : 'error'} of ${model} is ${share} lower than that of the best baseline, ${name}, which has ${short(theirs)}`;
  if (beatsBaseline) return finding(`${lower} (${paired}).`, numbers);
  const instead =
    labelled === 'in a table'
      ? `Do not rely on ${model}; try more rows or other columns first.`
      : `Do not use ${model} in the teacher’s place; try more labels or a larger student first.`;
  return finding(
    difference.value < 0
      ? `${lower}, but not clearly so (${paired}, which includes 0).`
      : `The best baseline, ${name}, does as well or better without training: it has ${short(theirs)} (${paired}). ${instead}`,
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

/**
 * Whether two models are told apart: the interval of their difference excludes 0, which it does exactly where the corrected
 * test rejects. Intervals of earlier versions were not those of the test.
 */
const toldApart = ({ lower, upper, confidence, pHolm }: Comparison) =>
  confidence === undefined ? pHolm <= 0.05 : lower > 0 || upper < 0;

/** Whether the best is better than those behind it, or may only have been luckier. */
function nextBest(evaluation: Evaluation, best: Model): Finding[] {
  const { comparisons = [] } = evaluation;
  const behind = candidates({ evaluation })
    .filter(({ model }) => model !== best.model)
    .sort((a, b) => lossOf(evaluation, a) - lossOf(evaluation, b))
    .flatMap(({ model }) => pairOf(comparisons, best.model, model) ?? [])
    .filter(({ pHolm }) => Number.isFinite(pHolm));
  const [second, ...rest] = behind;
  if (!second) return [];
  const { a: model, pHolm, difference, lower, upper, confidence } = second;
  const pairs = `Holm’s correction for ${comparisons.length} pairs`;
  const correction = confidence === undefined ? ` after ${pairs}` : `; p and interval with ${pairs}`;
  const test = `sign-flip test, p ${pValue(pHolm)}${comparisons.length > 1 ? correction : ''}`;
  const by = `difference of the ${lossName(evaluation, true)} ${confidence === undefined ? short(difference) : withInterval(difference, second)}`;
  const alike = rest.filter((pair) => !toldApart(pair)).map(({ a }) => a);
  const too =
    alike.length === 0
      ? ''
      : toldApart(second)
        ? ` ${listed(alike)} cannot be told from it.`
        : ` Nor can ${listed(alike)} be told from it.`;
  const text = toldApart(second)
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

function achievable({ ceiling, labels, labelled }: Evaluation, { model, mse, achievable: share }: Model): Finding[] {
  const common = { kind: 'achievable', severity: 'detail', topic: 'What can be achieved' } as const;
  // R² of single choices says little of a model, and its ceiling less.
  if (!ceiling || (labels === 'choices' && labelled === 'in a table')) return [];
  if (ceiling.r2 === null) return [{ ...common, text: `Not known: ${ceiling.reason}.`, numbers: {} }];
  if (!share || Number.isNaN(share.value)) return [];
  const reached = percentWithInterval(share.value, share);
  const limit =
    ceiling.mse > 0
      ? `A student that knew ${labelled === 'in a table' ? 'the mean label of each state' : 'the teacher’s mean answers'} would reach an R² of ${fixed(ceiling.r2, 3)} on these labels (${ceiling.labels}); ${model} has ${reached} of that.`
      : `The labels are ${ceiling.labels}: a student can reach an R² of 1, and ${model} has ${reached} of that.`;
  const again =
    ceiling.reasking > 0
      ? ` ${labelled === 'in a table' ? 'One more answer' : 'Asking the teacher once more'} would have a mean squared error of ${short(ceiling.reasking)}; ${model} has ${short(mse)}${mse < ceiling.reasking ? ', less than that' : ''}.`
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

function worstGroup(evaluation: Evaluation, { model, mse, worstGroup: group }: Model): Finding[] {
  if (!group) return [];
  const { by, n, bias, interval } = group;
  const where = groupWords(by, group.group);
  const times = mse > 0 ? `, ${(group.mse / mse).toFixed(1)} times that of all` : '';
  const tilt =
    evaluation.actions.length === 1 && Math.abs(bias) >= TILT
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
      text: `${model} is furthest from ${labelWords(evaluation).source} in states with ${where} (${grouped(n)} rows): a mean squared error of ${withInterval(group.mse, interval)}${times}${tilt}. As the worst of many groups it is partly the unluckiest, which its interval does not count.${chance}`,
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
  const { labelled, asked } = evaluation;
  // A teacher whose labels these are not goes by its name.
  const [who, whose] =
    labelled === 'in a table' && asked !== undefined ? [asked, `${asked}’s`] : ['The teacher', 'the teacher’s'];
  const sentences = [
    ...(teacherOrder
      ? [
          teacherOrder.maxSd > 0
            ? `Showing the same phrases in another order moves ${whose} answer by a standard deviation of ${by(teacherOrder)}.`
            : `${who} answers alike in any order of the phrases.`,
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

function visits({ models, labelled, asked }: Evaluation): Finding[] {
  const went = models.find(({ onPolicy }) => onPolicy)?.onPolicy;
  if (!went) return [];
  const { agents, ticks, answers } = went;
  const covered =
    answers === 'teacher'
      ? labelled === 'in a table' && asked !== undefined
        ? `${asked}, whose labels these are not, answered about states drawn by their visits`
        : 'the teacher answered about states drawn by their visits'
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
