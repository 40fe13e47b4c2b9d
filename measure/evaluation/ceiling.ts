import { mean, populationStandardDeviation } from '../../stats/moments.ts';
import type { DecisionFile } from '../../workspace/decisions.ts';
import type { Ceiling, EvaluationReport } from '../../workspace/evaluation.ts';
import type { StabilityNoise } from '../../workspace/stability.ts';

export interface LabelFacts {
  /** Ids of the teachers whose labels they are. */
  readonly teachers: readonly string[];
  /** Whose labels they are; default: a teacher's. */
  readonly labelled?: EvaluationReport['labelled'];
  /** Rows as they stand in the file. */
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** Shape [n, m]. */
  readonly target: ArrayLike<number>;
  /** Probabilities of a row that are compared. */
  readonly m: number;
  /** What the rows say of the answers that their labels are means of. */
  readonly repetition?: DecisionFile['repetition'] | undefined;
}

/** The study of the teacher whose labels they are, if there is one; otherwise the first. */
export const noiseOf = (studies: readonly StabilityNoise[], teachers: readonly string[]): StabilityNoise | undefined =>
  studies.find(({ teacher, teacherId }) => teachers.some((id) => id === teacherId || id === teacher)) ?? studies[0];

const unknown = (reason: string): Ceiling => ({ r2: null, reason });

/**
 * The noise ceiling of the test rows. A label that is the mean of r samples carries the variance within / r, `within` being
 * that of reruns of one prompt in the stability study; a label read off a whole distribution (`expected`, `choice`)
 * carries none. Of several actions `within` is the mean over those that are compared, as it is in the errors of students. With
 * w the mean of that over the rows and V the variance of the labels, a student that knows the teacher's
 * mean answers has the expected MSE w and R² 1 − w / V: the reliability of the labels on these rows (`noiseCeiling` says
 * the same of the study's own prompts). Asking once more has the expected MSE within + w.
 *
 * Taken for granted: test states are as noisy as the study's prompts on average, and answers are independent given the
 * prompt. Rows that do not say how they were elicited are taken for one sample each. Rows that hold the spread of their own
 * answers need no study.
 */
export function ceilingOf(
  study: StabilityNoise | undefined,
  { teachers, labelled, rows, target, m, repetition }: LabelFacts,
): Ceiling {
  const own = repetition && ceilingByRepetition(repetition, target, m);
  if (own) return own;
  if (labelled === 'in a table')
    return unknown(
      `how much the labels of a table would differ if they were given again is not known${study ? `, and the stability study of ${study.teacherId ?? study.teacher} does not say it` : ''}; several labels of the same state would`,
    );
  if (!study)
    return unknown('there is no results/metrics/stability.json; run understudy stability for the same teacher');
  const { elicitation, temperature, action, actions, variance } = study;
  const asked = study.teacherId ?? study.teacher;
  if (teachers.length === 0)
    return unknown('the rows do not say who answered, so it is not known which stability study is theirs');
  if (teachers.some((teacher) => teacher !== asked && teacher !== study.teacher))
    return unknown(`the labels are of ${teachers.join(', ')}, the stability study is of ${asked}`);
  const covered = actions ? Object.keys(actions).length - 1 : 1;
  if (covered < m)
    return unknown(
      `the stability study covers P(${action ?? 'one action'}) only, and ${m} actions are compared; run understudy stability again`,
    );
  if (covered > m) return unknown(`the stability study covers ${covered + 1} actions, and the rows have ${m + 1}`);
  if (elicitation === 'greedy')
    return unknown('the stability study asked greedily, which shows no noise; run it at a temperature above 0');
  if (!variance) return unknown('the stability study is of an earlier version; run understudy stability again');
  if (rows.some((row) => row.elicitation === 'greedy'))
    return unknown('the labels are greedy answers: reruns at a temperature say nothing about them');
  const sampled = rows.filter(({ elicitation: by }) => by !== 'expected' && by !== 'choice');
  const other = sampled.find((row) => typeof row.temperature === 'number' && row.temperature !== temperature);
  if (other) return unknown(`labels were sampled at temperature ${other.temperature}, the study at ${temperature}`);
  const spread = populationStandardDeviation(target) ** 2;
  if (spread === 0) return unknown('all labels are equal: there is no variance to explain');
  const repeats = sampled.map((row) => (typeof row.repeats === 'number' ? row.repeats : 1));
  const floor = repeats.reduce((sum, r) => sum + variance.within / r, 0) / rows.length;
  return {
    r2: Math.max(0, 1 - floor / spread),
    mse: floor,
    reasking: variance.within + floor,
    labels: described(
      rows.length,
      repeats,
      temperature,
      sampled.some((row) => row.elicitation !== 'sample'),
    ),
  };
}

/**
 * The ceiling by the answers that the rows' own labels are means of: a label carries their variance divided by their number.
 * Rows that do not say how far theirs spread are taken to spread as the others do.
 * @returns undefined if no row says it, or if the labels do not vary
 */
function ceilingByRepetition(
  { repeats, variances }: NonNullable<LabelFacts['repetition']>,
  target: ArrayLike<number>,
  m: number,
): Ceiling | undefined {
  const k = m + 1;
  const compared = Array.from(repeats, (_, row) => mean(variances.subarray(row * k + 1, (row + 1) * k)));
  const known = compared.filter((variance) => !Number.isNaN(variance));
  const spread = populationStandardDeviation(target) ** 2;
  if (known.length === 0 || spread === 0) return undefined;
  const within = mean(known);
  const floor = mean(compared.map((variance, row) => (Number.isNaN(variance) ? within : variance) / repeats[row]!));
  return {
    r2: Math.max(0, 1 - floor / spread),
    mse: floor,
    reasking: within + floor,
    labels: [
      `means of ${Number(mean(repeats).toFixed(1))} answers, whose spread the rows hold`,
      ...(known.length < repeats.length ? [`${repeats.length - known.length} of ${repeats.length} rows do not`] : []),
    ].join('; '),
  };
}

function described(rows: number, repeats: readonly number[], temperature: number, assumed: boolean): string {
  if (repeats.length === 0) return 'read off whole distributions, which carry no noise of the seed';
  const average = mean(repeats);
  const what = average === 1 ? 'one sample each' : `means of ${Number(average.toFixed(1))} samples`;
  return [
    `${what} at temperature ${temperature}`,
    ...(repeats.length < rows ? [`${rows - repeats.length} of ${rows} rows are whole distributions`] : []),
    ...(assumed ? ['the assumption for rows that do not say how they were elicited'] : []),
  ].join('; ');
}
