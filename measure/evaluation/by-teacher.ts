import type { Observations } from '../../env/observation.ts';
import type { WorkOptions } from '../../env/work.ts';
import type { Elicitation, Teacher } from '../../policies/policy.ts';
import { spread } from '../../policies/spread.ts';
import type { ByTeacher, Score } from '../../workspace/evaluation.ts';
import type { StabilityNoise } from '../../workspace/stability.ts';
import { ceilingOf, noiseOf } from './ceiling.ts';
import type { Predictions } from './compare.ts';
import { elicitationOf, type NotedAnswers } from './noted.ts';
import { difference, lossDifferences, rowLosses, score } from './score.ts';
import { asked, commonRows, type TestRows } from './test-rows.ts';

/** What a teacher says of the test rows. */
export interface TeacherOfRows {
  readonly teacher: string;
  readonly id: string;
  readonly caveat?: string;
  /** How it was asked, or `recorded`. */
  readonly elicitation: string;
  /** Shape [n, m]; NaN for a row that it was not asked about or has no answer to. */
  readonly said: Float64Array;
  readonly asked: number;
}

export interface RowsOptions extends Pick<WorkOptions, 'signal' | 'progress'> {
  readonly teacher: Teacher;
  readonly name: string;
  /** As the rows were elicited; absent: as the teacher decides by itself. */
  readonly elicit?: Elicitation | undefined;
  /** Rows that it is asked about. */
  readonly rows: readonly number[];
  readonly noted: NotedAnswers;
}

/** What is said to go on while a teacher is asked. */
export const rowsStage = (name: string): string => `asking ${name} about test rows`;

/** Rows of a test, or as many as a teacher may be asked about, evenly spread over them. */
export const rowsWithin = ({ observations }: Pick<TestRows, 'observations'>, most: number): readonly number[] =>
  spread([...observations.masks.keys()], most);

/** Asks a teacher about test rows as they show their phrases. */
export async function askRows(test: TestRows, options: RowsOptions): Promise<TeacherOfRows> {
  const { scenario, observations, m } = test;
  const { teacher, name, elicit, rows, noted, signal, progress } = options;
  const batch: Observations = {
    width: observations.width,
    masks: Uint32Array.from(rows, (row) => observations.masks[row]!),
    ...(observations.orders && { orders: rows.map((row) => observations.orders![row]) }),
  };
  const { probabilities } = await noted.of(teacher, elicit).decide(batch, {
    ...(signal && { signal }),
    onProgress: (done, of) => progress?.({ stage: rowsStage(name), done, of }),
  });
  const answers = asked(probabilities, scenario);
  const said = new Float64Array(observations.masks.length * m).fill(Number.NaN);
  rows.forEach((row, i) => said.set(answers.subarray(i * m, (i + 1) * m), row * m));
  return {
    ...{ teacher: name, id: teacher.id, ...(teacher.caveat !== undefined && { caveat: teacher.caveat }) },
    elicitation: elicitationOf(teacher, elicit),
    ...{ said, asked: rows.length },
  };
}

/**
 * Models held against each of several teachers, and the teachers against each other, all on the rows of the test that both sides
 * answered. Errors are squared errors of probabilities, whatever the labels of the test are.
 * @param predictions of the models, shape [n, m] each
 * @param studies what reruns of teachers are known to vary by
 */
export function byTeacher(
  test: TestRows,
  teachers: readonly TeacherOfRows[],
  predictions: readonly Predictions[],
  { studies, seed }: { readonly studies: readonly StabilityNoise[]; readonly seed: number },
): Omit<ByTeacher, 'unreached'> {
  const scoreOf = (target: Float64Array, predicted: Float64Array) => {
    const { predicted: both, states, weights } = commonRows(test, [target, predicted]);
    return states.length === 0 ? undefined : briefly(score(both[0]!, both[1]!, states, { seed, weights }));
  };
  return {
    teachers: teachers.map(({ teacher, id, caveat, elicitation, said, asked: rows }) => {
      const answered = said.filter((p) => !Number.isNaN(p));
      const labels = scoreOf(test.target, said);
      return {
        ...{ teacher, id, ...(caveat !== undefined && { caveat }), elicitation },
        ...{ rows, answered: answered.length / test.m },
        ceiling: ceilingOf(noiseOf(studies, [id, teacher]), {
          teachers: [id],
          rows: Array.from({ length: answered.length / test.m }, () => ({ elicitation })),
          ...{ target: answered, m: test.m },
        }),
        ...(labels && { labels }),
        models: predictions.flatMap(({ model, predicted }) => {
          const scored = scoreOf(said, predicted);
          return scored ? [{ model, ...scored }] : [];
        }),
      };
    }),
    pairs: pairsOf(teachers).flatMap(([a, b]) => {
      const scored = scoreOf(a.said, b.said);
      return scored ? [{ a: a.teacher, b: b.teacher, ...scored }] : [];
    }),
    differences: pairsOf(teachers).flatMap(([a, b]) =>
      predictions.flatMap(({ model, predicted }) => {
        const { predicted: all, states, weights } = commonRows(test, [a.said, b.said, predicted]);
        if (states.length === 0) return [];
        const [first, second] = [all[0]!, all[1]!].map((target) => rowLosses('mse', target, all[2]!, test.m)) as [
          Float64Array,
          Float64Array,
        ];
        const apart = difference(lossDifferences(first, second, states, weights), seed);
        return [{ ...{ model, a: a.teacher, b: b.teacher, n: states.length }, ...apart }];
      }),
    ),
  };
}

const pairsOf = <T>(items: readonly T[]): [T, T][] =>
  items.flatMap((a, i) => items.slice(i + 1).map((b): [T, T] => [a, b]));

const briefly = ({ n, mse, mae, r2, pearson, bias, intervals }: Score) => ({
  ...{ n, mse, mae, r2, pearson, bias },
  interval: intervals.mse,
});
