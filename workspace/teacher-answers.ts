import type { Workspace } from './paths.ts';
import { decimal, optional, phrases, type RowOf, readTable, tableText, text } from './table.ts';

const columns = {
  /** Id of the teacher. */
  teacher: ['teacher', text],
  /** How it was asked, or `recorded`. */
  elicitation: ['elicitation', text],
  /** In the order shown. */
  traits: ['traits', phrases],
  context: ['context', phrases],
  outcome: ['outcome', text],
} as const;

/** The column of an action; empty unless the outcome is ok. */
const columnOf = (action: string) => [`P(${action})`, optional(decimal)] as const;

/**
 * results/metrics/teacher-answers.csv: everything that an evaluation asked its teachers, so that the evaluation can be computed
 * again without them: the rows of the test, other orders and states that models visited.
 */
export type TeacherAnswer = RowOf<typeof columns> & { readonly probabilities: readonly number[] | undefined };

const keyOf = (a: number) => `action ${a}`;

const allColumns = (actions: readonly string[]) => ({
  ...columns,
  ...Object.fromEntries(actions.map((action, a) => [keyOf(a), columnOf(action)])),
});

export const teacherAnswersText = (actions: readonly string[], rows: readonly TeacherAnswer[]): string =>
  tableText(
    allColumns(actions),
    rows.map(({ probabilities, ...row }) => ({
      ...row,
      ...Object.fromEntries(actions.map((_, a) => [keyOf(a), probabilities?.[a]])),
    })),
  );

/**
 * @returns undefined where there is no such file
 * @throws {UnderstudyError} DISTILL_FILE where it is damaged
 */
export async function readTeacherAnswers(
  paths: Workspace,
  actions: readonly string[],
): Promise<TeacherAnswer[] | undefined> {
  const rows = await readTable(paths, paths.teacherAnswers, 'evaluate', allColumns(actions));
  return rows?.map((row) => {
    const cells = actions.map((_, a) => (row as unknown as Readonly<Record<string, number | undefined>>)[keyOf(a)]);
    const known = row as unknown as RowOf<typeof columns>;
    return { ...known, probabilities: cells.every((p) => p !== undefined) ? cells : undefined };
  });
}
