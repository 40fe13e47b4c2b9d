import type { ByTeacher } from '../workspace/evaluation.ts';
import type { SideBySide } from '../workspace/stability.ts';
import type { DeepReadonly } from './findings/finding.ts';
import { fixed, grouped, short, withInterval } from './wording.ts';

/** A table of text: a head, and rows whose first cells are names. */
export interface NamedTable {
  /** Columns from the left that hold names. */
  readonly names: number;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A row for each teacher and facet. @param shown what a teacher is called in it */
export function sideBySideTable({ lines }: DeepReadonly<SideBySide>, shown: (teacher: string) => string): NamedTable {
  return {
    names: 3,
    head: ['teacher', 'facet', 'asked', 'mean', 'moves an answer by [95 %]'],
    rows: lines.map(({ teacher, facet, asked, mean, moves }, i) => [
      lines[i - 1]?.teacher === teacher ? '' : shown(teacher),
      ...[facet, asked, short(mean, 3), withInterval(moves.value, moves)],
    ]),
  };
}

/** A row for each model and teacher, then for each two teachers. */
export function byTeacherTable(
  { teachers, pairs }: DeepReadonly<ByTeacher>,
  shown: (teacher: string) => string,
): NamedTable {
  const models = [...new Set(teachers.flatMap((teacher) => teacher.models.map(({ model }) => model)))];
  type Nearness = (typeof pairs)[number] | (typeof teachers)[number]['models'][number];
  const cells = ({ n, mse, interval, r2, pearson }: Nearness) => [
    ...[grouped(n), withInterval(mse, interval), fixed(r2, 3), fixed(pearson, 3)],
  ];
  return {
    names: 2,
    head: ['', 'against', 'rows', 'MSE [95 %]', 'R²', 'r'],
    rows: [
      ...models.flatMap((model) =>
        teachers.flatMap((teacher) =>
          teacher.models
            .filter((one) => one.model === model)
            .map((one) => [shown(model), shown(teacher.teacher), ...cells(one)]),
        ),
      ),
      ...pairs.map((pair) => [shown(pair.b), shown(pair.a), ...cells(pair)]),
    ],
  };
}
