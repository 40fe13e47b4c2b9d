import type { ActiveOptions, ActiveReport } from '../distill/active/active.ts';
import type { OnPolicyOptions, OnPolicyReport } from '../distill/on-policy/on-policy.ts';
import type { TrainedStudent } from '../distill/training/train.ts';
import { duration } from '../report/planned.ts';
import { grouped, percent } from '../report/wording.ts';
import { workspace as paths } from '../workspace/paths.ts';
import { limitOptions } from './limits.ts';
import { choice, flag, integer, requireFile, text, UsageError } from './options.ts';
import { defineVerb } from './verb.ts';
import { decimal, table } from './wording.ts';

/** Flags of `train` that are about on-policy distillation. */
const onPolicyFlags = {
  'on-policy': integer(
    'On-policy distillation (DAgger): number of rounds. Each simulates with the student, asks --teacher about states that it visits, adds the answers to the rows and trains again. The student is the mlp unless --student names another.',
    { min: 1 },
  ),
  budget: integer('With --on-policy: maximum number of labels that all rounds together add.', {
    min: 1,
    shown: '250 per round',
  }),
  agents: integer('With --on-policy: number of simulated people.', { min: 1, shown: '10000' }),
  days: integer('With --on-policy: number of simulated days.', { min: 1, shown: '14' }),
  check: integer('With --on-policy: maximum number of further states to ask about for measuring errors.', {
    min: 1,
    shown: '1000',
  }),
  alone: flag('With --on-policy: no comparison with as many labels at random.'),
} as const;

/** Flags of `train` for active learning. */
const activeFlags = {
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

export default defineVerb({
  name: 'train',
  summary: 'fit students to a teacher’s answers',
  description: [
    'Fits students to the rows of a data set: logistic (one layer), mlp (2 to 4 hidden layers), encoder (self-attention) or decoder (causal transformer), or rules: the few phrases, pairs and triples that tell the labels apart, written to results/rules.md in words, TypeScript and Python. Writes models/saved_models/NAME.onnx, models/configs/NAME.json and results/logs/NAME.csv (epoch,train_loss,validation_loss,validation_mse,refit_loss) with NAME.json beside it (backend, machine, wall time).',
    'Training on nine tenths of the rows finds the number of epochs with the lowest validation loss; the student is then fitted to all rows for that many epochs. Several students are trained in parallel, each in a process of its own, if cores are free.',
    'Rows are labelled by probability (probability_LLM, probabilities) or by a single choice (action, or 0 and 1 throughout). Of single choices the loss is the cross-entropy, epochs are compared by it, and the logistic is a regression with pairs of phrases whose penalties cross-validation chooses. Rows count by their weight; rows of one unit are never on both sides of a split.',
    'Neither --on-policy nor --active asks about states of data/test.jsonl. --on-policy starts from the rows of --train and leaves data/on-policy.jsonl, results/metrics/on-policy.csv and the student; --active leaves data/active.jsonl, data/active-committee.jsonl, results/metrics/learning-curve.csv and the student.',
  ].join('\n'),
  options: {
    student: choice('Student to train.', ['logistic', 'mlp', 'encoder', 'decoder', 'rules', 'all'], {
      shown: 'all but rules; mlp with --on-policy or --active',
    }),
    train: text('Training rows with traits, context and a label: JSON Lines, a JSON array, CSV or Parquet.', {
      placeholder: 'FILE',
      shown: 'data/train.jsonl of the workspace',
    }),
    loss: choice('Loss to minimise.', ['auto', 'bce', 'mse', 'ordinal'], { default: 'auto' }),
    epochs: integer('Maximum number of epochs.', { min: 1, shown: 'by student' }),
    layers: integer('Number of hidden layers of the mlp.', { min: 2, max: 4, shown: '3' }),
    interactions: flag('Inputs for all pairs of phrases, for the logistic.'),
    augment: flag('Phrases in another order every epoch, for the encoder and the decoder.'),
    ensemble: flag(
      'Average of several students of one kind (the mlp with --student all), each trained from its own seed, as models/saved_models/ensemble.onnx.',
    ),
    teacher: text('With --on-policy or --active: teacher to ask, as for understudy dataset.', {
      shown: 'tiny or oracle, by the scenario',
    }),
    ...onPolicyFlags,
    ...activeFlags,
    ...limitOptions,
  },
  examples: [
    ['understudy train', 'all four students on data/train.jsonl'],
    ['understudy train --student mlp --layers 2 --epochs 30', 'one student'],
    ['understudy train --student encoder --train gemma/train.jsonl --loss mse', 'on a file from elsewhere'],
    ['understudy train --student logistic --interactions', 'a logistic regression with all pairs of phrases'],
    ['understudy train --student encoder --augment', 'a student that depends less on the order of phrases'],
    ['understudy train --student rules', 'a student that can be read'],
    ['understudy train --student mlp --ensemble', 'the average of three, as student:ensemble'],
    ['understudy train --on-policy 3 --budget 750', 'asks about the states that a town under the mlp visits'],
    [
      'understudy train --active 1500',
      'asks tiny about states on which a committee disagrees, and compares with random ones',
    ],
    [
      'understudy train --active 1500 --teacher recorded:gemma.jsonl --runs 3',
      'how many of a file’s decisions would have been enough',
    ],
  ],
  async run({ values, given, scenario, signal, progress, log, report }) {
    const { loss, epochs, layers, workspace, seed, teacher, active: labels } = values;
    requireItsMode(values);
    const rounds = values['on-policy'];
    const { interactions, ensemble, augment } = values;
    const one = rounds !== undefined || labels !== undefined || ensemble;
    const student = values.student ?? (interactions ? 'logistic' : one ? 'mlp' : 'all');
    if (layers !== undefined && student !== 'mlp' && student !== 'all')
      throw new UsageError(`--layers applies to the mlp only, got --student ${student}`, 'train');
    if (student === 'rules') {
      const stray = ['loss', 'epochs', 'ensemble', 'active', 'on-policy'].find((name) => given.has(name));
      if (stray !== undefined) throw new UsageError(`--${stray} does not apply to --student rules`, 'train');
    }
    // What is only done with networks was refused for rules.
    const network = student === 'rules' ? 'mlp' : student;
    if (labels !== undefined) {
      if (rounds !== undefined)
        throw new UsageError('--active and --on-policy exclude each other: leave one out', 'train');
      if (values.train !== undefined)
        throw new UsageError('--active chooses its rows itself: leave out --train', 'train');
      const { strategy, batch, members, runs, test, learn: learns } = values;
      const strategies = strategy === undefined || strategy === 'both' ? undefined : [strategy];
      const how = { labels, strategies, batch, members, runs, test, learns, teacher, scenario, workspace, seed };
      report(...(await trainActive({ ...how, student: network, loss, epochs, layers, signal, progress, log })));
      return;
    }
    const file = values.train ?? paths(workspace).train;
    await requireFile(file, '--train', 'understudy dataset', 'train');
    if (augment && student !== 'encoder' && student !== 'decoder' && student !== 'all')
      throw new UsageError(`--augment applies to students that see the order only, got --student ${student}`, 'train');
    if (interactions && student !== 'logistic' && student !== 'all')
      throw new UsageError(`--interactions applies to the logistic only, got --student ${student}`, 'train');
    if (rounds !== undefined) {
      if (network === 'all') throw new UsageError('--on-policy trains one student: name it with --student', 'train');
      const { budget, agents, days, check, alone } = values;
      const where = {
        train: file,
        scenario,
        workspace,
        seed,
        teacher,
        rounds,
        budget,
        agents,
        days,
        check,
        compare: !alone,
      };
      report(
        ...(await trainOnPolicy({
          ...where,
          student: network,
          loss,
          epochs,
          layers,
          signal,
          progress,
          log,
        })),
      );
      return;
    }
    const [{ train }, { trainEnsemble }] = await Promise.all([
      import('../distill/training/train.ts'),
      import('../distill/training/ensemble.ts'),
    ]);
    const how = {
      train: file,
      workspace,
      loss,
      epochs,
      layers,
      // Absent, it is for the kind of labels to say.
      interactions: interactions || undefined,
      augment,
      seed,
      scenario,
      signal,
      progress,
      log,
    };
    if (ensemble && network !== 'all') {
      const averaged = await trainEnsemble({ ...how, student: network, members: values.members });
      report({ seed, students: [averaged] }, trainedWords([averaged]));
      return;
    }
    const result = await train({ ...how, student });
    const averaged = ensemble ? [await trainEnsemble({ ...how, student: 'mlp', members: values.members })] : [];
    const all = [...result.students, ...averaged];
    const prose = result.rules?.split('\n\n## ')[0]?.split('\n').slice(2) ?? [];
    report({ ...result, students: all }, [...prose, ...trainedWords(all)]);
  },
});

/** @throws {UsageError} for a flag that has no effect without --on-policy or --active */
function requireItsMode(values: Readonly<Record<string, unknown>>): void {
  const given = (name: string) => values[name] !== undefined && values[name] !== false;
  for (const [mode, flags] of [
    ['on-policy', onPolicyFlags],
    ['active', activeFlags],
  ] as const) {
    const stray = Object.keys(flags).find((name) => given(name) && !(name === 'members' && given('ensemble')));
    const modes = stray === 'members' ? `--${mode} or --ensemble` : `--${mode}`;
    if (stray && !given(mode)) throw new UsageError(`--${stray} needs ${modes}`, 'train');
  }
  for (const alone of ['ensemble', 'interactions', 'augment'])
    for (const mode of ['on-policy', 'active'])
      if (given(alone) && given(mode)) throw new UsageError(`--${alone} cannot be combined with --${mode}`, 'train');
  if (given('teacher') && !given('on-policy') && !given('active'))
    throw new UsageError('--teacher needs --on-policy or --active; without them the rows of --train teach', 'train');
}

/** A table of the students with their errors on the validation rows. */
export function trainedWords(students: readonly TrainedStudent[]): string[] {
  return [
    ...table([
      ['', 'parameters', 'loss', 'epochs kept', 'validation MSE', 'took'],
      ...students.map(({ student, parameters, loss, epochs, bestEpoch, validationMse, seconds, finishedBefore }) => [
        student,
        grouped(parameters),
        loss,
        `${bestEpoch} of ${epochs}`,
        decimal(validationMse, 5),
        finishedBefore ? 'kept' : duration(seconds),
      ]),
    ]),
    ...(students.some(({ student }) => student === 'ensemble')
      ? ['The validation MSE of the ensemble is the mean of its members’; their average errs less.']
      : []),
    ...students.map(({ files }) => `  ${files.onnx}`),
  ];
}

/** Distils on-policy. @returns the report and its lines for people */
async function trainOnPolicy(options: OnPolicyOptions): Promise<[OnPolicyReport, string[]]> {
  const { onPolicy } = await import('../distill/on-policy/on-policy.ts');
  const report = await onPolicy(options);
  return [report, onPolicyWords(report)];
}

function onPolicyWords({ teacher, student, agents, days, asked, rounds, files }: OnPolicyReport): string[] {
  return [
    `Mean squared error of ${student} on the states that ${grouped(agents)} agents visit in ${days} days under it, and over all states:`,
    ...table([
      ['', 'round', 'labels added', 'visited states', 'unseen ones', 'visits seen in training', 'all states'],
      ...rounds.map((round) => [
        round.strategy,
        String(round.round),
        grouped(round.labels),
        decimal(round.mseOnPolicy, 6),
        decimal(round.mseUnseen, 6),
        percent(round.seen),
        decimal(round.mseUniform, 6),
      ]),
    ]),
    `${teacher} was asked about ${grouped(asked)} states in all, including those for measuring`,
    `  ${files.onnx}`,
    `  ${files.data}`,
    `  ${files.curve}`,
  ];
}

/** Learns actively. @returns the report and its lines for people */
async function trainActive(options: ActiveOptions): Promise<[ActiveReport, string[]]> {
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
