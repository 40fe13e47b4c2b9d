import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UnderstudyError } from '../../env/error.ts';
import { observations } from '../../env/observation.ts';
import { type Purpose, sequence, shuffle } from '../../env/random.ts';
import { samplingOrder } from '../../env/sampling/sampling.ts';
import { states } from '../../env/sampling/states.ts';
import type { Scenario, Vocabulary } from '../../env/scenario.ts';
import { requireDynamics } from '../../env/vocabulary.ts';
import type { WorkOptions } from '../../env/work.ts';
import { onPolicyError, sampleVisited } from '../../measure/on-policy-error.ts';
import { type Visits, visitsOf } from '../../measure/visits.ts';
import { borrowTeacher } from '../../policies/open.ts';
import type { Policy, Teacher } from '../../policies/policy.ts';
import type { StudentKind } from '../../policies/students/architecture.ts';
import { studentFiles } from '../../policies/students/checkpoint.ts';
import { openStudent } from '../../policies/students/open.ts';
import { defaultScenario } from '../../scenarios/default-scenario.ts';
import { weightedSample } from '../../stats/sampling.ts';
import { readDecisions } from '../../workspace/decisions.ts';
import { type OnPolicyRow, onPolicyText } from '../../workspace/on-policy.ts';
import { workspace } from '../../workspace/paths.ts';
import { writeRows } from '../../workspace/rows.ts';
import { logPath } from '../../workspace/training-log.ts';
import { writeTogether } from '../../workspace/write-file.ts';
import { heldOutStates, Inquiry, type LabelledState } from '../inquiry.ts';
import { requireWhole, type StudentChoices } from '../training/settings.ts';
import { train } from '../training/train.ts';

export interface OnPolicyOptions extends WorkOptions, Pick<StudentChoices, 'loss' | 'epochs' | 'layers'> {
  readonly student: StudentKind;
  /** Rows to begin with: a JSONL file of decisions. */
  readonly train: string;
  /** A name that openTeacher knows, or a teacher, which then stays open. Default: that of defaultTeacher. */
  readonly teacher?: string | Teacher;
  readonly rounds: number;
  /** Labels that all rounds together may add; default 250 a round. */
  readonly budget?: number;
  /** Whether as many labels at random are asked for and learned too, to compare with. */
  readonly compare: boolean;
  /** Maximum number of states that are asked about to measure an error; default 1,000. */
  readonly check?: number;
  /** Agents of the simulation; default 10,000. */
  readonly agents?: number;
  /** Default 14. */
  readonly days?: number;
  readonly workspace: string;
  readonly seed: number;
  /** Default: the world that is meant if none is named. */
  readonly scenario?: Vocabulary;
  readonly backend?: string;
}

/** Labels of each round: the budget in parts that differ by at most 1. */
function partsOf(budget: number, rounds: number): number[] {
  const least = Math.floor(budget / rounds);
  return Array.from({ length: rounds }, (_, round) => least + (round < budget - least * rounds ? 1 : 0));
}

/** @throws {UnderstudyError} DISTILL_ARGUMENT naming what does not fit */
function requireOptions({ rounds, budget, check, agents, days }: OnPolicyOptions): void {
  const whole = { rounds, budget, check, agents, days };
  for (const [name, value] of Object.entries(whole)) if (value !== undefined) requireWhole(name, value, 1);
  if (budget !== undefined && budget < rounds)
    throw new UnderstudyError(
      'DISTILL_ARGUMENT',
      `a budget of ${budget} ${budget === 1 ? 'label' : 'labels'} is too small for ${rounds} rounds`,
    );
}

/** A student after a round. */
export type OnPolicyRound = Omit<OnPolicyRow, 'seed'> & { readonly strategy: 'on-policy' | 'random' };

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
  const { scenario = defaultScenario, workspace: directory, log, signal } = options;
  await using borrowed = await borrowTeacher(options.teacher, { scenario, workspace: directory, log, signal });
  return await distil(
    { ...options, scenario: requireDynamics(scenario, 'on-policy distillation') },
    borrowed.teacher,
    borrowed.name,
  );
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
  /** Seeds that do not depend on how far an earlier call came. */
  const seedOf = (purpose: Purpose, round = 0) => Math.floor(sequence(seed, purpose, round)() * 2 ** 32);
  const answerable = teacher.recorded ? new Set(teacher.recorded) : undefined;

  const trainOn = async (strategy: OnPolicyRound['strategy'], round: number, chosen: readonly Chosen[]) => {
    const place = round === 0 ? 'start' : `${strategy}-${round}`;
    const root = join(paths.rounds, place);
    const file = workspace(root).onPolicy;
    await writeRows(file, [...base.rows, ...chosen.map(rowOf)]);
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
  const ticks = days * scenario.ticksPerDay;
  const visitsUnder = (policy: Policy, own: number) => visitsOf(scenario, policy, { agents, ticks, seed: own, signal });
  const uniform = shuffle(Uint32Array.from(answerable ?? states(scenario)), sequence(seed, 'uniformStates'));
  const everyState = uniform.subarray(0, check).sort(scenario.sets.compare);
  const measure = async (
    strategy: OnPolicyRound['strategy'],
    round: number,
    onnx: string,
    chosen: readonly Chosen[],
    labels: number,
  ): Promise<OnPolicyRound> => {
    await using policy = await openStudent(onnx, { scenario });
    const shown = new Set([...first, ...chosen.map(({ mask }) => mask)]);
    const errorAt = async (visits: Visits) => {
      const sample = sampleVisited(scenario, [visits], check, sequence(seed, 'checkStart')());
      const labels = await inquiry.about(sample.keys());
      const answers = new Map(labels.map(({ mask, probabilities }) => [mask, probabilities]));
      return onPolicyError(visits, { sample, answers, learned: (mask) => shown.has(mask), seed });
    };
    const visits = await visitsUnder(policy, seedOf('checking'));
    const { mse: mseOnPolicy, mseUnseen, seenInTraining: seen, states: compared } = await errorAt(visits);
    const everywhere = await errorAt(await onceEach(scenario, policy, everyState));
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
      const visits = policy && (await visitsUnder(policy, seedOf('collecting', round)));
      const free = (mask: number) => !spent.has(mask) && (answerable?.has(mask) ?? true);
      const masks = visits
        ? drawVisited(visits, free, parts[round - 1]!, sequence(seed, 'visitedChoice', round))
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

  const { onPolicy: data, onPolicyCurve: table } = paths;
  const files = { ...studentFiles(paths.root, student), log: logPath(paths, student) };
  const { log: lastLog, onnx: lastOnnx, config: lastConfig } = last.files;
  await writeTogether({
    [data]: await readFile(last.file),
    [files.log]: await readFile(lastLog),
    [files.onnx]: await readFile(lastOnnx),
    [files.config]: await readFile(lastConfig),
    [table]: onPolicyText(curve.map((round) => ({ ...round, seed }))),
  });
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

/** States as if each of them had been visited once. */
async function onceEach(scenario: Scenario, policy: Policy, masks: Uint32Array): Promise<Visits> {
  const { probabilities } = await policy.decide(observations(scenario, masks));
  const k = scenario.actions.length;
  const rows = new Map(Array.from(masks, (mask, i) => [mask, probabilities.subarray(i * k, (i + 1) * k)]));
  return {
    masks,
    counts: new Float64Array(masks.length).fill(1),
    agents: masks.length,
    ticks: 1,
    decided: (mask) => rows.get(mask)!,
  };
}
