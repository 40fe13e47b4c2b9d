import type { ActiveOptions, ActiveReport } from '../distill/active/active.ts';
import { grouped } from '../report/wording.ts';
import { choice, integer, text } from './options.ts';
import { decimal, table } from './wording.ts';

/** Flags of `train` that are about choosing what to ask. */
export const activeFlags = {
  active: integer(
    'Choose what to ask: spend so many labels of --teacher in batches, and draw the learning curve. Needs no rows to begin with. The student is the mlp unless --student names another.',
    { min: 2, shown: 'no choosing' },
  ),
  strategy: choice(
    'With --active: disagreement asks about states on which a committee of MLPs is divided, random about any; both draws both curves and leaves the student of disagreement.',
    ['both', 'disagreement', 'random'],
    { shown: 'both' },
  ),
  batch: integer('With --active: labels chosen at a time.', { min: 2, shown: '250' }),
  members: integer('With --active: MLPs of the committee; with --ensemble: students of it.', { min: 2, shown: '4; 3' }),
  runs: integer('With --active: times that it is all done, with --seed and the seeds after it.', {
    min: 1,
    shown: '1',
  }),
  learn: choice(
    'With --active: what the student learns, every state as the committee answers it on average beside the labels, or the labels alone.',
    ['committee', 'labels'],
    { shown: 'committee' },
  ),
  test: text('With --active: rows to measure errors on. Their states are never asked about.', {
    placeholder: 'FILE',
    shown: 'a fifth of recorded:FILE, else 500 states; drawn anew in each run',
  }),
} as const;

/** Chooses what to ask. @returns the report and its lines for people */
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
