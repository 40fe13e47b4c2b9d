import type { ActiveOptions, ActiveReport } from '../distill/active/active.ts';
import { grouped } from '../report/wording.ts';
import { choice, integer, text } from './options.ts';
import { decimal, table } from './wording.ts';

/** Flags of `train` for active learning. */
export const activeFlags = {
  active: integer(
    'Active learning: number of labels to ask --teacher for, in batches, with a learning curve. Needs no rows. The student is the mlp unless --student names another.',
    { min: 2, shown: 'off' },
  ),
  strategy: choice(
    'With --active: choice of states. disagreement: those on which a committee of MLPs disagrees most; random: any; both: both curves, and the student of disagreement.',
    ['both', 'disagreement', 'random'],
    { shown: 'both' },
  ),
  batch: integer('With --active: number of labels per batch.', { min: 2, shown: '250' }),
  members: integer('With --active: number of MLPs in the committee; with --ensemble: number of students.', {
    min: 2,
    shown: '4; 3',
  }),
  runs: integer('With --active: number of repetitions, each with the next seed.', {
    min: 1,
    shown: '1',
  }),
  learn: choice(
    'With --active: training target of the student. committee: the labels, and the committee’s mean answer to all other states; labels: the labels alone.',
    ['committee', 'labels'],
    { shown: 'committee' },
  ),
  test: text('With --active: test rows, whose states are never asked about.', {
    placeholder: 'FILE',
    shown: 'a fifth of recorded:FILE, otherwise 500 states; drawn anew in each run',
  }),
} as const;

/** Learns actively. @returns the report and its lines for people */
export async function trainActive(options: ActiveOptions): Promise<[ActiveReport, string[]]> {
  const { active } = await import('../distill/active/active.ts');
  const report = await active(options);
  return [report, activeWords(report)];
}

function activeWords({ pool, test, members, points, students, files }: ActiveReport): string[] {
  const interval = ({ mse, lower, upper }: { mse: number; lower: number; upper: number }) =>
    `${decimal(mse, 5)} [${decimal(lower, 5)}, ${decimal(upper, 5)}]`;
  return [
    `Mean squared error on ${grouped(test)} test states [95 %], with labels chosen among ${grouped(pool)}:`,
    ...table([
      ['', 'seed', 'labels', 'one MLP', `average of ${members}`],
      ...points.map(({ strategy, seed, labels, single, average }) => [
        strategy,
        String(seed),
        grouped(labels),
        interval(single),
        interval(average),
      ]),
    ]),
    ...students.map((student) => `${student.student} of the labels chosen: ${interval(student.test)}`),
    ...students.map((student) => `  ${student.files.onnx}`),
    `  ${files.data}`,
    ...(files.learned === files.data ? [] : [`  ${files.learned}`]),
    `  ${files.curve}`,
  ];
}
