import type { Observations } from '../../env/observation.ts';
import { stateCount } from '../../env/sampling/states.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import type { WorkOptions } from '../../env/work.ts';
import { LanguageModelTeacher } from '../../policies/models/teacher.ts';
import { defaultTeacher, openTeacher } from '../../policies/open.ts';
import type { AskOptions, Teacher } from '../../policies/policy.ts';
import { Budget, currentBudget } from '../../policies/spending/budget.ts';
import type { KnownAnswer, OpenQuestion } from '../../policies/spending/rehearsal.ts';
import { spread } from '../../policies/spread.ts';
import { defaultScenario } from '../../scenarios/default-scenario.ts';
import { readEvaluation } from '../../workspace/evaluation.ts';
import { workspace } from '../../workspace/paths.ts';
import { readPredictions } from '../../workspace/predictions.ts';
import { readSpending } from '../../workspace/spending.ts';
import { readStability } from '../../workspace/stability.ts';
import { samplingOf } from '../dataset/sample.ts';
import { costOfQuestions, type PlannedCost } from './cost.ts';
import type { Plannable } from './plannable.ts';
import { errorPrecision, iccPrecision, meanPrecision, type PlannedPrecision } from './precision.ts';
import { studySizes } from './study-sizes.ts';
import { type DatasetWalk, type PlannedDataset, type PlannedStability, walkDataset, walkStability } from './walk.ts';

export interface PlanOptions extends WorkOptions {
  /** Default study. */
  readonly verb?: Plannable;
  /** A name that openTeacher knows; default that of defaultTeacher. */
  readonly teacher?: string | undefined;
  /** What a data set would be asked, apart from what all have. */
  readonly dataset?: Partial<PlannedDataset>;
  /** What a stability study would be asked. */
  readonly stability?: Partial<PlannedStability>;
  /**
   * Open questions that are asked now, to measure tokens, time and spread; their answers are kept. Default none of a language
   * model, which costs, and all of any other teacher.
   */
  readonly probe?: number | undefined;
  /** Path of a table of prices; default: that of the limits that are held, or the package's. */
  readonly prices?: string | undefined;
  readonly workspace: string;
  readonly seed: number;
  readonly scenario?: Vocabulary;
}

/** What a study would cost and come to. */
export interface StudyPlan extends PlannedCost {
  readonly verb: Plannable;
  readonly scenario: string;
  readonly teacher: string;
  /** Questions that are left to ask, at most; the answers to others are remembered. */
  readonly questions: { readonly open: number; readonly remembered: number; readonly probed: number };
  readonly parts: readonly { readonly part: string; readonly open: number; readonly remembered: number }[];
  readonly precision: readonly PlannedPrecision[];
  /** What is assumed, for people. */
  readonly notes: readonly string[];
}

interface Walked {
  readonly part: string;
  readonly open: readonly OpenQuestion[];
  readonly known: readonly KnownAnswer[];
}

/**
 * What `dataset`, `stability` or a whole `study` would ask, what that costs by a table of prices, how long it takes at the rate
 * measured here, and how precise its results will be. Nothing is asked, except for a probe.
 * @throws {UnderstudyError} as the verb that is planned does before it asks
 */
export async function plan(options: PlanOptions): Promise<StudyPlan> {
  const { verb = 'study', scenario = defaultScenario, seed, signal, log, probe = 0 } = options;
  const paths = workspace(options.workspace);
  const name = options.teacher ?? (await defaultTeacher(scenario, options.workspace));
  const sizes = studySizes(scenario, { ...options.stability, size: numberOr(options.dataset?.size) });
  const common = { workspace: options.workspace, scenario, seed, signal };
  const datasetOptions: PlannedDataset = {
    ...{ order: 'canonical', ...options.dataset },
    ...(verb === 'study' && options.dataset?.sampling !== 'all' && { size: sizes.size }),
    ...common,
  };
  const stabilityOptions: PlannedStability = {
    ...{ prompts: 50, runs: 10, temperature: 1, ...options.stability },
    ...(verb === 'study' && { prompts: sizes.prompts, runs: sizes.runs }),
    ...common,
  };
  const opening = { scenario, workspace: options.workspace, labels: true, signal };
  const walk = async () => {
    await using teacher = await openTeacher(name, { ...opening, unopened: true });
    const seen = new Set<string>();
    const steady =
      verb === 'dataset' ? undefined : await walkStability(scenario, stabilityOptions, teacher, name, seen);
    const rows = verb === 'stability' ? undefined : await walkDataset(scenario, datasetOptions, teacher, name, seen);
    return { steady, rows };
  };
  let { steady, rows } = await walk();
  let probed = 0;
  if (probe > 0) {
    await using teacher = await openTeacher(name, { ...opening, ...(log && { log }) });
    probed = await ask(teacher, [steady?.open, rows?.rehearsal.open], probe, signal);
    if (probed > 0) ({ steady, rows } = await walk());
  }
  const walked: Walked[] = [
    ...(steady ? [{ part: 'stability', ...distinct(steady) }] : []),
    ...(rows ? [{ part: 'dataset', ...distinct(rows.rehearsal) }] : []),
  ];
  await using teacher = await openTeacher(name, { ...opening, unopened: true });
  const asks = teacher instanceof LanguageModelTeacher;
  const open = walked.flatMap((part) => part.open);
  const known = walked.flatMap((part) => part.known);
  const budget = currentBudget() ?? new Budget({ prices: options.prices });
  const cost = await costOfQuestions(
    teacher,
    { open, known },
    { prices: budget.prices, spent: await readSpending(paths), signal },
  );
  const evaluation = verb === 'study' && asks ? sizes.evaluation : 0;
  const remembered = asks ? known.length : 0;
  return {
    ...withMore(cost, open.length, evaluation),
    verb,
    scenario: scenario.id,
    teacher: name,
    questions: { open: open.length + evaluation, remembered, probed },
    parts: [
      ...walked.map(({ part, open, known }) => ({ part, open: open.length, remembered: asks ? known.length : 0 })),
      ...(evaluation > 0 ? [{ part: 'evaluate, at most', open: evaluation, remembered: 0 }] : []),
    ],
    precision: [
      ...(rows ? await datasetPrecision(rows) : []),
      ...(steady && scenario.actions.length === 2 && stabilityOptions.temperature === 1
        ? [iccPrecision(steady.known, { ...stabilityOptions, before: await iccBefore() })]
        : []),
    ],
    notes: notesOf(teacher, open.length),
  };

  async function datasetPrecision({ rehearsal, rows: n, test, effective }: DatasetWalk): Promise<PlannedPrecision[]> {
    const sampling = samplingOf(datasetOptions);
    if (sampling === 'pairwise') return [];
    const population = sampling === 'population' ? Number.POSITIVE_INFINITY : Math.max(n, stateCount(scenario));
    const of = sampling === 'population' ? effective : n;
    return [...meanPrecision(scenario.actions, rehearsal.known, of, population), ...(await errorsBefore(test))];
  }

  /** What the students of the workspace will be known by on as many test rows. */
  async function errorsBefore(test: number): Promise<PlannedPrecision[]> {
    const models = ((await readEvaluation(paths))?.models ?? []).filter(({ kind }) => kind !== 'baseline');
    if (models.length === 0) return [];
    const names = models.map(({ model }) => model);
    const states = await readPredictions(paths, names);
    return names.flatMap((model) => {
      const errors = states.map(({ target, predicted }) => (predicted[model]! - target) ** 2).filter(Number.isFinite);
      return errors.length >= 2 && test > 0 ? [errorPrecision(model, errors, test)] : [];
    });
  }

  async function iccBefore(): Promise<number | undefined> {
    const before = await readStability(paths);
    return before?.teacher === name ? (before.icc['ICC(1,1)']?.value ?? undefined) : undefined;
  }
}

const numberOr = (size: number | 'all' | undefined) => (size === 'all' ? undefined : size);

const distinct = ({ open, known }: Walked | { open: readonly OpenQuestion[]; known: readonly KnownAnswer[] }) => ({
  open,
  known,
});

/** The cost with that of further questions like the others. */
function withMore(cost: PlannedCost, n: number, more: number): PlannedCost {
  if (more === 0 || n === 0) return cost;
  const factor = (n + more) / n;
  const { tokens, seconds } = cost;
  return {
    ...cost,
    tokens: {
      ...tokens,
      prompt: Math.round(tokens.prompt * factor),
      completion: Math.round(tokens.completion * factor),
    },
    cost: cost.cost && { ...cost.cost, amount: cost.cost.amount * factor },
    seconds: seconds === null ? null : seconds * factor,
  };
}

/** Asks some of the open questions, evenly spread over each part. @returns how many */
async function ask(
  teacher: Teacher,
  parts: readonly (readonly OpenQuestion[] | undefined)[],
  probe: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  if (!(teacher instanceof LanguageModelTeacher)) return 0;
  const groups = new Map<Observations, Map<AskOptions, number[]>>();
  const kinds = parts.flatMap((open = []) => {
    const by = new Map<string, OpenQuestion[]>();
    for (const one of open)
      by.set(`${one.elicit} ${one.explain}`, [...(by.get(`${one.elicit} ${one.explain}`) ?? []), one]);
    return [...by.values()];
  });
  let asked = 0;
  for (const open of kinds)
    for (const { observations, row, options } of spread(open, Math.ceil(probe / kinds.length))) {
      const of = groups.get(observations) ?? new Map<AskOptions, number[]>();
      groups.set(observations, of.set(options, [...(of.get(options) ?? []), row]));
      asked++;
    }
  for (const [{ width, masks, orders }, of] of groups)
    for (const [options, rows] of of)
      await teacher.ask(
        {
          width,
          masks: Uint32Array.from(rows, (row) => masks[row]!),
          ...(orders && { orders: rows.map((row) => orders[row]) }),
        },
        { ...options, onProgress: () => {}, ...(signal && { signal }) },
      );
  return asked;
}

function notesOf(teacher: Teacher, open: number): string[] {
  if (!(teacher instanceof LanguageModelTeacher)) return [`${teacher.id} answers at once and costs nothing`];
  const { endpoints } = teacher.model;
  return [
    ...(open > 0 && endpoints && teacher.decidesBy === 'expected'
      ? ['if the server lists no token probabilities, numbers are greedy replies: one request each']
      : []),
  ];
}
