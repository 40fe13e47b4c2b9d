import { copyFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sequence, shuffle } from '../../env/random.ts';
import { samplingOrder } from '../../env/sampling/sampling.ts';
import { states } from '../../env/sampling/states.ts';
import type { Scenario } from '../../env/scenario.ts';
import { type Visits, visitsOf } from '../../measure/visits.ts';
import { borrowTeacher } from '../../policies/open.ts';
import type { Policy, Teacher } from '../../policies/policy.ts';
import { studentFiles } from '../../policies/students/checkpoint.ts';
import { openStudent } from '../../policies/students/open.ts';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { weightedSample } from '../../stats/weighted-sample.ts';
import { csvLine } from '../../workspace/csv.ts';
import { readDecisions } from '../../workspace/decisions.ts';
import { workspace } from '../../workspace/paths.ts';
import { writeFileAtomically } from '../../workspace/write-file.ts';
import { heldOutStates } from '../held-out.ts';
import { Inquiry, type LabelledState } from '../inquiry.ts';
import { train } from '../training/train.ts';
import { errorAt } from './error-at.ts';
import { type OnPolicyOptions, partsOf, requireOptions } from './options.ts';

export type { OnPolicyOptions } from './options.ts';

/** A row of results/metrics/on-policy.csv: a student after a round. */
export interface OnPolicyRound {
  /** 0 before any label was added. */
  readonly round: number;
  /** How its labels were chosen; both begin with the same student. */
  readonly strategy: 'on-policy' | 'random';
  /** Questions spent so far beyond the rows of the beginning. */
  readonly labels: number;
  /** Error where a population goes under this very student, on a seed that no round was simulated on. */
  readonly mseOnPolicy: number;
  /** Of that, at states that the student was not shown. */
  readonly mseUnseen: number;
  /** Share of the agent-ticks that are at states that the student was shown. */
  readonly seen: number;
  /** Error where all states count alike. */
  readonly mseUniform: number;
  /** Different states that were visited, and how many of them were compared. */
  readonly visited: number;
  readonly compared: number;
}

export interface OnPolicyReport {
  readonly teacher: string;
  readonly student: string;
  readonly rows: number;
  readonly budget: number;
  readonly agents: number;
  readonly days: number;
  readonly seed: number;
  /** Questions in all, those for measuring too. */
  readonly asked: number;
  readonly rounds: readonly OnPolicyRound[];
  readonly files: { readonly onnx: string; readonly config: string; readonly data: string; readonly curve: string };
}

const LABELS_A_ROUND = 250;

/**
 * On-policy distillation: simulates with the student, asks the teacher about states that it visits, adds the answers to
 * the rows and trains again, round after round. Ross, Gordon & Bagnell, "A reduction of imitation learning and structured
 * prediction to no-regret online learning", AISTATS 2011 (DAgger), with the student deciding from the first round on.
 * States are drawn with chances by their visits among those that have no label. Writes data/on-policy.jsonl (the rows of
 * the beginning, then those of each round), results/metrics/on-policy.csv and the student; each round's student stays in
 * models/on-policy, so that an interrupted call goes on.
 * @throws {UnderstudyError} DISTILL_ARGUMENT, DISTILL_FILE, and what `train` throws
 */
export async function onPolicy(options: OnPolicyOptions): Promise<OnPolicyReport> {
  requireOptions(options);
  const { scenario = iceCream, workspace: directory, log, signal } = options;
  await using borrowed = await borrowTeacher(options.teacher, { scenario, workspace: directory, log, signal });
  return await distil({ ...options, scenario }, borrowed.teacher, borrowed.name);
}

interface Chosen extends LabelledState {
  readonly round: number;
  readonly visits?: number;
}

async function distil(
  options: OnPolicyOptions & { scenario: Scenario },
  teacher: Teacher,
  name: string,
): Promise<OnPolicyReport> {
  const { scenario, student, rounds, compare, seed, signal, progress, log } = options;
  const { agents = 10_000, days = 14, check = 1000, budget = LABELS_A_ROUND * rounds } = options;
  const paths = workspace(options.workspace);
  const base = await readDecisions(options.train, scenario, { log });
  const first = new Set(base.observations.masks);
  const held = await heldOutStates(paths, scenario, log);
  const inquiry = new Inquiry({ scenario, teacher, name, seed, signal, progress, log });
  /** Numbers that do not depend on how far an earlier call came: of a purpose and a round. */
  const drawn = (purpose: number, round = 0) => sequence(seed, 'resampling', 2 ** 24 * purpose + round);
  const seedOf = (purpose: number, round = 0) => Math.floor(drawn(purpose, round)() * 2 ** 32);
  const answerable = teacher.recorded ? new Set(teacher.recorded) : undefined;

  const trainOn = async (strategy: OnPolicyRound['strategy'], round: number, chosen: readonly Chosen[]) => {
    const place = round === 0 ? 'start' : `${strategy}-${round}`;
    const root = join(paths.root, 'models', 'on-policy', place);
    const file = join(root, 'data', 'on-policy.jsonl');
    await writeFileAtomically(
      file,
      [...base.rows, ...chosen.map(rowOf)].map((row) => `${JSON.stringify(row)}\n`).join(''),
    );
    const { epochs, layers, loss, backend } = options;
    const { students } = await train({
      student,
      train: file,
      workspace: root,
      scenario,
      seed,
      epochs,
      layers,
      loss,
      backend,
      signal,
      progress,
      log,
    });
    return { file, files: students[0]!.files };
  };
  const visitsUnder = (policy: Policy, own: number) => visitsOf(policy, { scenario, agents, days, seed: own, signal });
  const uniform = uniformStates(answerable ?? states(scenario), check, drawn(UNIFORM));
  const measure = async (
    strategy: OnPolicyRound['strategy'],
    round: number,
    onnx: string,
    chosen: readonly Chosen[],
    labels: number,
  ): Promise<OnPolicyRound> => {
    await using policy = await openStudent(onnx, { scenario });
    const shown = new Set([...first, ...chosen.map(({ mask }) => mask)]);
    const at = { scenario, student: policy, inquiry, shown, most: check };
    const visits = await visitsUnder(policy, seedOf(CHECKING));
    const visited = await errorAt(visits, { ...at, start: drawn(START)() });
    const everywhere = await errorAt(uniform, { ...at, start: 0 });
    const { mse: mseOnPolicy, mseUnseen, seen, compared } = visited;
    log?.(
      `${strategy}, round ${round}: ${labels} labels, squared error ${mseOnPolicy.toFixed(6)} where agents go, ${everywhere.mse.toFixed(6)} everywhere`,
    );
    return {
      round,
      strategy,
      labels,
      mseOnPolicy,
      mseUnseen,
      seen,
      mseUniform: everywhere.mse,
      visited: visits.masks.length,
      compared,
    };
  };

  const begun = await trainOn('on-policy', 0, []);
  const start = await measure('on-policy', 0, begun.files.onnx, [], 0);
  const curve: OnPolicyRound[] = [start, ...(compare ? [{ ...start, strategy: 'random' as const }] : [])];
  const parts = partsOf(budget, rounds);
  let last = begun;
  for (const strategy of compare ? (['on-policy', 'random'] as const) : (['on-policy'] as const)) {
    const chosen: Chosen[] = [];
    const spent = new Set([...first, ...held]);
    let labels = 0;
    let { onnx } = begun.files;
    for (let round = 1; round <= rounds; round++) {
      await using policy = strategy === 'random' ? undefined : await openStudent(onnx, { scenario });
      const visits = policy && (await visitsUnder(policy, seedOf(COLLECTING, round)));
      const free = (mask: number) => !spent.has(mask) && (answerable?.has(mask) ?? true);
      const masks = visits
        ? drawVisited(visits, free, parts[round - 1]!, drawn(CHOOSING, round))
        : samplingOrder(scenario, seed, answerable)
            .filter(free)
            .subarray(0, parts[round - 1]);
      const visitsAt = new Map(visits && Array.from(visits.masks, (mask, i) => [mask, visits.counts[i]!]));
      for (const mask of masks) spent.add(mask);
      labels += masks.length;
      for (const label of await inquiry.about(masks))
        chosen.push({ ...label, round, ...(visits && { visits: visitsAt.get(label.mask)! }) });
      const trained = await trainOn(strategy, round, chosen);
      ({ onnx } = trained.files);
      curve.push(await measure(strategy, round, onnx, chosen, labels));
      if (strategy === 'on-policy') last = trained;
    }
  }

  const data = join(paths.data, 'on-policy.jsonl');
  const table = join(paths.metrics, 'on-policy.csv');
  const files = { ...studentFiles(paths.root, student), log: join(paths.logs, `${student}.csv`) };
  await copy(last.file, data);
  for (const part of ['log', 'onnx', 'config'] as const) await copy(last.files[part], files[part]);
  await writeFileAtomically(table, tableOf(curve, seed));
  const { onnx, config } = files;
  return {
    teacher: name,
    student,
    rows: base.rows.length,
    budget,
    agents,
    days,
    seed,
    asked: inquiry.asked,
    rounds: curve,
    files: { onnx, config, data, curve: table },
  };
}

/** What random numbers are for. */
const [COLLECTING, CHECKING, CHOOSING, START, UNIFORM] = [1, 2, 3, 4, 5];

const rowOf = ({ row, round, visits }: Chosen) => ({ ...row, round, ...(visits !== undefined && { visits }) });

/** States without a label, drawn with chances by their visits. */
function drawVisited(
  visits: Visits,
  free: (mask: number) => boolean,
  count: number,
  random: () => number,
): Uint32Array {
  const weights = visits.counts.filter((_, i) => free(visits.masks[i]!));
  const masks = visits.masks.filter(free);
  return Uint32Array.from(weightedSample(weights, count, random), (i) => masks[i]!);
}

/** Some of the states, as if each of them had been visited once. */
function uniformStates(all: Iterable<number>, most: number, random: () => number): Visits {
  const masks = shuffle(Uint32Array.from(all), random).subarray(0, most);
  return { masks, counts: new Float64Array(masks.length).fill(1) };
}

async function copy(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await copyFile(from, to);
}

function tableOf(rounds: readonly OnPolicyRound[], seed: number): string {
  const header = 'round,strategy,labels,mse_on_policy,mse_unseen,seen,mse_uniform,visited,compared,seed';
  const lines = rounds.map((r) =>
    csvLine([
      r.round,
      r.strategy,
      r.labels,
      r.mseOnPolicy,
      r.mseUnseen,
      r.seen,
      r.mseUniform,
      r.visited,
      r.compared,
      seed,
    ]),
  );
  return `${[header, ...lines].join('\n')}\n`;
}
