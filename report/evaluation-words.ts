import { ENOUGH_ROWS } from '../measure/evaluation/subgroups.ts';
import type { StudyEvaluation, StudyModel } from '../workspace/evaluation.ts';
import { bestOf, candidates } from './candidates.ts';
import { groupName } from './group-name.ts';
import type { Finding } from './stability-words.ts';
import type { StudyFiles } from './study-files.ts';
import { fixed, grouped, listed, short, withInterval } from './words.ts';

/** Differences of a smaller corrected p are called significant. */
const SIGNIFICANT = 0.05;
/** A group's mean error of more than this is worth a word. */
const TILT = 0.005;

/** What an evaluation says of its best model beyond the error: what a reader would ask next, in that order. */
export function evaluationFindings(study: StudyFiles): Finding[] {
  const best = bestOf(study);
  const { evaluation } = study;
  if (!evaluation || !best) return [];
  return [
    ...next(study, evaluation, best),
    ...achieved(evaluation, best),
    ...worst(study, evaluation, best),
    ...order(study, evaluation),
  ];
}

type Comparisons = NonNullable<StudyEvaluation['comparisons']>;

/** The comparison of two models, as that of the second minus the first. */
function pairOf(comparisons: Comparisons, first: string, second: string): Comparisons[number] | undefined {
  const found = comparisons.find(({ a, b }) => (a === first && b === second) || (a === second && b === first));
  if (!found || found.a === second) return found;
  const { difference, lower, upper } = found;
  return { ...found, a: second, b: first, difference: -difference, lower: -upper, upper: -lower };
}

/** Whether the best is better than those behind it, or may only have been luckier. */
function next(study: StudyFiles, { comparisons = [] }: StudyEvaluation, best: StudyModel): Finding[] {
  const behind = candidates(study)
    .filter(({ model }) => model !== best.model)
    .sort((a, b) => a.mse - b.mse)
    .flatMap(({ model }) => pairOf(comparisons, best.model, model) ?? [])
    .filter(({ pHolm }) => Number.isFinite(pHolm));
  const [second, ...rest] = behind;
  if (!second) return [];
  const { a: model, pHolm } = second;
  const test = `sign-flip test, p ${pOf(pHolm)}${comparisons.length > 1 ? ` after Holm’s correction for ${comparisons.length} pairs` : ''}`;
  const difference = `difference of the mean squared errors ${withInterval(second.difference, second)}`;
  const alike = rest.filter((pair) => !(pair.pHolm <= SIGNIFICANT)).map(({ a }) => a);
  const too = alike.length > 0 ? ` Nor can ${listed(alike)} be told from it.` : '';
  const text =
    pHolm <= SIGNIFICANT
      ? `${best.model} is significantly better than ${model}, the next best: ${difference} (${test}).${too}`
      : `${best.model} is not significantly better than ${model}, the next best: ${difference} (${test}). Which of them is better is open: take the cheaper one.${too}`;
  return [{ topic: 'Best, or lucky', text }];
}

const pOf = (p: number) => (p < 0.001 ? '< 0.001' : `= ${p.toFixed(p < 0.1 ? 3 : 2)}`);

function achieved({ ceiling }: StudyEvaluation, { model, mse, achievable }: StudyModel): Finding[] {
  const topic = 'What can be achieved';
  if (!ceiling) return [];
  if (ceiling.r2 === null) return [{ topic, text: `Not known: ${ceiling.reason}.` }];
  if (!achievable || Number.isNaN(achievable.value)) return [];
  const share = `${percent(achievable.value)} [${percent(achievable.lower)}, ${percent(achievable.upper)}]`;
  const limit =
    ceiling.mse > 0
      ? `A student that knew the teacher’s mean answers would reach an R² of ${fixed(ceiling.r2, 3)} on these labels; ${model} has ${share} of that.`
      : `The labels are ${ceiling.labels}: a student can reach an R² of 1, and ${model} has ${share} of that.`;
  const again =
    ceiling.reasking > 0
      ? ` Asking the teacher once more would have a mean squared error of ${short(ceiling.reasking)}; ${model} has ${short(mse)}${mse < ceiling.reasking ? ', less than that' : ''}.`
      : '';
  return [{ topic, text: limit + again }];
}

/** Near all of it, a second decimal still tells students apart. */
const percent = (share: number) => `${fixed(100 * share, share > 0.99 ? 2 : 1)} %`;

function worst(
  study: StudyFiles,
  { actions }: StudyEvaluation,
  { model, mse, worstGroup: group }: StudyModel,
): Finding[] {
  if (!group) return [];
  const { by, n, bias, interval } = group;
  const name = groupName(by, group.group);
  const where = by === 'trait' || by === 'context' ? `the ${by} “${name}”` : name;
  const times = mse > 0 ? `, ${(group.mse / mse).toFixed(1)} times that of all` : '';
  const tilt =
    actions.length === 1 && Math.abs(bias) >= TILT
      ? `; there it answers ${short(Math.abs(bias))} too ${bias > 0 ? 'high' : 'low'} on average`
      : '';
  const groups = (study.subgroups ?? []).filter((one) => one.model === model && one.n >= ENOUGH_ROWS).length;
  const chosen = `; as the worst of ${groups > 1 ? grouped(groups) : 'many'} groups it is partly the unluckiest, and its interval does not count that`;
  const chance =
    interval.lower <= mse
      ? ' The interval reaches down to the error of all states: it may be no worse there than elsewhere.'
      : '';
  return [
    {
      topic: 'Where not to trust it',
      text: `${model} is furthest from the teacher in states with ${where} (${grouped(n)} rows): a mean squared error of ${withInterval(group.mse, interval)}${times}${tilt}${chosen}.${chance}`,
    },
  ];
}

function order(study: StudyFiles, { teacherOrder }: StudyEvaluation): Finding[] {
  const models = candidates(study);
  const moved = models.flatMap(({ model, order: found }) => (found && found.maxSd > 0 ? [{ model, ...found }] : []));
  const still = models.flatMap(({ model, order: found }) => (found && !(found.maxSd > 0) ? [model] : []));
  const by = ({ meanSd, maxSd }: { meanSd: number; maxSd: number }) =>
    `${short(meanSd)} on average and ${short(maxSd)} at most`;
  const asked = study.dataset?.order;
  const sentences = [
    ...(teacherOrder
      ? [
          teacherOrder.maxSd > 0
            ? `Showing the same phrases in another order moves the teacher’s answer by a standard deviation of ${by(teacherOrder)}.${taught(asked)}`
            : 'The teacher answers alike in any order of the phrases.',
        ]
      : []),
    ...(moved.length > 0
      ? [`The order moves ${listed(moved.map((one) => `${one.model} by ${by(one)}`))} (standard deviations).`]
      : []),
    ...(still.length > 0 ? [`It makes no difference to ${listed(still)}.`] : []),
  ];
  return sentences.length > 0 && (teacherOrder || moved.length > 0)
    ? [{ topic: 'Order of the phrases', text: sentences.join(' ') }]
    : [];
}

/** What the teacher's sensitivity means for the labels that were asked for. */
function taught(asked: string | undefined): string {
  if (asked === 'canonical')
    return ' All labels were asked in one order: students copy the teacher as it answers in that one.';
  if (asked === 'shuffled') return ' Labels were asked in random orders: this is noise in them that no state explains.';
  return '';
}
