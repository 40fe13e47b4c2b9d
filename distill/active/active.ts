import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { observations } from '../../env/observation.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import { borrowTeacher } from '../../policies/open.ts';
import type { Teacher } from '../../policies/policy.ts';
import { openStudent } from '../../policies/students/open.ts';
import { defaultScenario } from '../../scenarios/default-scenario.ts';
import { type LearningRow, writeLearning } from '../../workspace/learning-curve.ts';
import { workspace } from '../../workspace/paths.ts';
import { writeRows } from '../../workspace/rows.ts';
import { heldOutStates, Inquiry } from '../inquiry.ts';
import { openBackend } from '../training/backend.ts';
import { type TrainedStudent, train } from '../training/train.ts';
import { committeeRows } from './committee.ts';
import { committeeOf, type LearningPoint, type LearnOptions, learn, Unfinished } from './learn.ts';
import { type ActiveOptions, strategies as all, requireOptions } from './options.ts';
import { type Pool, poolOf } from './pool.ts';
import { type Score, scoreOf, squaredErrors } from './score.ts';

export type { ActiveOptions } from './options.ts';

export interface ActiveReport {
  readonly teacher: string;
  /** In the first run. */
  readonly pool: number;
  readonly test: number;
  readonly members: number;
  /** A row of results/metrics/learning-curve.csv each. */
  readonly points: readonly LearningPoint[];
  /** Students of the labels that the last strategy chose in the first run, with their errors on its test states. */
  readonly students: readonly (TrainedStudent & { readonly test: Score })[];
  /** The labels; what the students learned (the same file if they learned the labels alone); and the curve. */
  readonly files: { readonly data: string; readonly learned: string; readonly curve: string };
}

/**
 * Chooses what to ask a teacher: draws learning curves of error against labels, by strategy, and leaves a student of
 * what was chosen. Writes results/metrics/learning-curve.csv (mse is that of one MLP, mse_average that of the average
 * of the committee), data/active.jsonl (the labels), data/active-committee.jsonl (every state, unless the student
 * learns the labels alone) and the student. An interrupted call goes on after its last batch.
 * @throws {UnderstudyError} DISTILL_ARGUMENT, DISTILL_FILE, and what `train` throws
 */
export async function active(options: ActiveOptions): Promise<ActiveReport> {
  requireOptions(options);
  const { scenario = defaultScenario, workspace: directory, log, signal } = options;
  await using borrowed = await borrowTeacher(options.teacher, { scenario, workspace: directory, log, signal });
  return await study({ ...options, scenario }, borrowed.teacher, borrowed.name);
}

async function study(
  options: ActiveOptions & { scenario: Vocabulary },
  teacher: Teacher,
  name: string,
): Promise<ActiveReport> {
  const { scenario, labels, batch = 250, members = 4, runs = 1, seed, test, loss = 'auto', signal } = options;
  const { strategies = all, progress, log } = options;
  const paths = workspace(options.workspace);
  const { tf, name: backend } = await openBackend({ only: options.backend, log });
  const inquiry = new Inquiry({ scenario, teacher, name, seed, signal, progress, log });
  const left = await heldOutStates(paths, scenario, log);
  const points: LearningPoint[] = [];
  let unfinished: Unfinished | undefined;
  let first: { pool: Pool; chosen: readonly number[]; how: LearnOptions } | undefined;
  for (let run = 0; run < runs; run++) {
    const own = seed + run;
    const pool = await poolOf({ scenario, inquiry, recorded: teacher.recorded, test, left, seed: own });
    unfinished ??= await Unfinished.open(
      join(paths.unfinished, 'active.json'),
      identityOf(
        [scenario.id, scenario.phrases, teacher.id, backend, labels, batch, members, seed, loss, options.epochs],
        pool,
      ),
    );
    for (const strategy of strategies) {
      const key = `${strategy} ${own}`;
      const from = unfinished.of(key);
      if (from) log?.(`${strategy}, seed ${own}: continuing after ${from.points.length} batches`);
      const how: LearnOptions = {
        tf,
        scenario,
        inquiry,
        pool,
        strategy,
        labels,
        batch,
        members,
        seed: own,
        loss,
        epochs: options.epochs,
        ...(from && { from }),
        signal,
        onMember: (size, fitted) =>
          progress?.({
            stage: `${strategy}, seed ${own}, ${size} labels`,
            done: fitted,
            of: members,
            note: 'committee',
          }),
        onPoint: async (reached) => {
          const { labels: size, single, average } = reached.points.at(-1)!;
          log?.(
            `${strategy}, seed ${own}: ${size} labels, squared error ${single.mse.toFixed(5)}, of the average of ${members} ${average.mse.toFixed(5)}`,
          );
          await unfinished!.keep(key, reached);
        },
      };
      const learned = await learn(how);
      points.push(...learned.points);
      if (run === 0) first = { pool, chosen: learned.chosen, how };
    }
  }

  const { active: data, learningCurve: curve } = paths;
  const known = await inquiry.about(first!.chosen);
  const round = (mask: number) => Math.floor(first!.chosen.indexOf(mask) / batch);
  await writeRows(
    data,
    known.map(({ mask, row }) => ({ ...row, round: round(mask) })),
  );
  const learned = options.learns === 'labels' ? data : paths.activeCommittee;
  if (learned !== data) {
    const committee = await committeeOf(first!.how, first!.chosen);
    await writeRows(learned, await committeeRows(scenario, committee, known, signal));
  }
  await writeLearning(paths, points.map(rowOf(members)));
  const { student, epochs, layers } = options;
  // The committee's averages lie on no lattice.
  const fitting = learned !== data && loss === 'ordinal' ? 'auto' : loss;
  const trained = await train({
    student,
    train: learned,
    workspace: options.workspace,
    scenario,
    seed,
    epochs,
    layers,
    loss: fitting,
    backend: options.backend,
    signal,
    progress,
    log,
  });
  const students: (TrainedStudent & { test: Score })[] = [];
  for (const fitted of trained.students)
    students.push({ ...fitted, test: await tested(fitted.files.onnx, first!.pool, scenario, seed) });
  await unfinished!.remove();
  const { pool } = first!;
  return {
    teacher: name,
    pool: pool.masks.length,
    test: pool.test.masks.length,
    members,
    points,
    students,
    files: { data, learned, curve },
  };
}

async function tested(onnx: string, { test }: Pool, scenario: Vocabulary, seed: number): Promise<Score> {
  await using policy = await openStudent(onnx, { scenario });
  const { probabilities } = await policy.decide(observations(scenario, test.masks));
  return scoreOf(squaredErrors(probabilities, test.probabilities, scenario.actions.length), seed);
}

const rowOf =
  (members: number) =>
  ({ strategy, labels, seed, single, average }: LearningPoint): LearningRow => ({
    ...{ strategy, labels, seed, members },
    ...{ mse: single.mse, lower: single.lower, upper: single.upper },
    ...{ mseAverage: average.mse, lowerAverage: average.lower, upperAverage: average.upper },
  });

const identityOf = (parts: readonly unknown[], { masks, test }: Pool): string =>
  createHash('sha256')
    .update(JSON.stringify(parts))
    .update(masks)
    .update(test.masks)
    .update(test.probabilities)
    .digest('hex');
