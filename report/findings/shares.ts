import { ENOUGH_ROWS } from '../../measure/evaluation/subgroups.ts';
import type { StudyEvaluation, StudyModel } from '../../workspace/evaluation.ts';
import { grouped, groupName, short, withInterval } from '../wording.ts';
import type { DeepReadonly, Finding } from './finding.ts';

type Evaluation = DeepReadonly<StudyEvaluation>;
type Model = DeepReadonly<StudyModel>;
type Fit = NonNullable<Model['shares']>;

/** Where a model of single choices is wrong on average. */
export function shares({ actions }: Pick<Evaluation, 'actions'>, { model, shares: fit }: Model): Finding[] {
  if (!fit) return [];
  const { n, observed, predicted, difference, interval } = fit.furthest;
  return [
    {
      kind: 'shares',
      severity: 'detail',
      topic: 'Where not to trust it',
      text: fitWords(model, fit, actions),
      numbers: {
        ...{ compared: fit.compared, apart: fit.apart, n, observed, predicted, difference },
        ...{ lower: interval.lower, upper: interval.upper },
      },
    },
  ];
}

/** In how many groups somebody's shares of actions are off, how many would be by chance alone, and where most. */
export function fitWords(name: string, { compared, apart, furthest }: Fit, actions: Evaluation['actions']): string {
  const { by, group, action, n, observed, observedInterval, predicted, difference, interval } = furthest;
  const chance = 0.05 * compared;
  const expected = chance < 0.75 ? 'less than one' : `about ${Math.round(chance)}`;
  const groups = `${grouped(compared)} ${actions.length > 1 ? `comparisons of ${actions.length} actions by group` : 'groups'} of ${ENOUGH_ROWS} rows or more`;
  const apartWords =
    apart === 0
      ? `In none of ${groups} does the 95 % interval of predicted minus observed exclude 0`
      : `In ${grouped(apart)} of ${groups} the 95 % interval of predicted minus observed excludes 0; by chance alone ${expected} would`;
  return `${apartWords}. Furthest off is ${name} in rows with ${groupWords(by, group)} (${grouped(n)}): P(${action}) is ${short(predicted)} on average, observed ${withInterval(observed, observedInterval)} (difference ${withInterval(difference, interval)}).`;
}

/** A group in the middle of a sentence: "the trait “cheap”", "no context". */
export function groupWords(by: string, group: string): string {
  const name = groupName(by, group);
  return by === 'trait' || by === 'context' ? `the ${by} “${name}”` : name;
}
