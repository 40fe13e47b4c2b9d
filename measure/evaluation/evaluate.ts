import { UnderstudyError } from '../../env/error.ts';
import { phrasesOf } from '../../env/observation.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import type { WorkOptions } from '../../env/work.ts';
import { borrowTeacher } from '../../policies/open.ts';
import {
  eachTeacher,
  type GivenTeachers,
  severalTeachers,
  sideBySideProgress,
  teacherName,
} from '../../policies/several.ts';
import { defaultScenario } from '../../scenarios/default-scenario.ts';
import { scenarioHash } from '../../scenarios/study.ts';
import { coefficientsText } from '../../workspace/coefficients.ts';
import { comparisonsText } from '../../workspace/comparisons.ts';
import { readDataset } from '../../workspace/dataset.ts';
import { type DecisionFile, factsOf, readDecisions, readIfThere, teachersIn } from '../../workspace/decisions.ts';
import { effectsText } from '../../workspace/effects.ts';
import { type EvaluationReport, evaluationText, type Share } from '../../workspace/evaluation.ts';
import { whoLabelled } from '../../workspace/labelled.ts';
import { workspace } from '../../workspace/paths.ts';
import { predictionsText } from '../../workspace/predictions.ts';
import { machine } from '../../workspace/provenance.ts';
import { jsonBesideTables } from '../../workspace/result-tables.ts';
import { type ModelShare, sharesText } from '../../workspace/shares.ts';
import { readNoise } from '../../workspace/stability.ts';
import { type ModelSubgroup, subgroupsText } from '../../workspace/subgroups.ts';
import { teacherAnswersText } from '../../workspace/teacher-answers.ts';
import { writeTogether } from '../../workspace/write-file.ts';
import { onPolicyError } from '../on-policy-error.ts';
import { answersInFile, askTeacher, likeRows, type TeacherSays } from './ask-teacher.ts';
import { answersBeside } from './beside.ts';
import { askRows, byTeacher, rowsStage, rowsWithin, type TeacherOfRows } from './by-teacher.ts';
import { candidatesOf } from './candidates.ts';
import { ceilingOf, noiseOf } from './ceiling.ts';
import type { Predictions } from './compare.ts';
import { type Measured, measure } from './measure.ts';
import { modelReports } from './models.ts';
import { NotedAnswers } from './noted.ts';
import { orderPlan } from './order-sensitivity.ts';
import { lossOf } from './score.ts';
import type { ScoredSubgroup } from './subgroups.ts';
import { asked, type TestRows } from './test-rows.ts';

export type { EvaluationReport } from '../../workspace/evaluation.ts';

export interface EvaluateOptions extends WorkOptions {
  /** Decisions that the models are held against; any file with `traits`, `context` and `probability_LLM`. */
  readonly test: string;
  /** Students of the workspace by name, or whatever openPolicy knows. Default: every student in the workspace. */
  readonly models?: readonly string[];
  readonly workspace: string;
  readonly seed: number;
  /** Default: the world that is meant if none is named. */
  readonly scenario?: Vocabulary;
  /**
   * Whose decisions the test file holds, by a name that openTeacher knows or already open (it stays open). It is asked
   * for more: other orders, and the states that models visit. Several are first asked about the rows of the test, and models
   * are held against each; what is left of the budget goes to the first. Default: no teacher is asked.
   */
  readonly teacher?: GivenTeachers;
  /** Questions to a teacher at most; default 1,000. */
  readonly budget?: number;
  /** Orders in which a state is shown for order sensitivity; default 8, fewer than 2 for none. */
  readonly orders?: number;
  /** Agents that each model is simulated with, for its error where it goes; default 1,000, 0 for none. */
  readonly agents?: number;
}

/** So many states at most are shown to models in several orders: many for a mean, and few for a transformer. */
const ORDERED_STATES = 500;

/**
 * Holds models against a teacher's decisions, beside three baselines (the mean of the train file, its nearest
 * neighbours, uniform): errors, correlations, calibration and divergence with bootstrap intervals; every pair of models
 * tested; errors by subgroup; the share of what is achievable under the labels' noise; how much the order of phrases
 * matters; what each phrase does to a model's decisions; the error where a simulation under the model goes; size and
 * speed.
 *
 * With several teachers, models are compared with the answers of each, and the teachers with each other (`byTeacher`).
 *
 * Writes results/metrics/evaluation.csv, evaluation.json, comparisons.csv, subgroups.csv, effects.csv, predictions.csv,
 * of single choices and columns beside the labels shares.csv, of teachers that are asked teacher-answers.csv and, if there is a logistic regression, coefficients.csv. With more than two actions every action but the default
 * one counts as a probability of its own, predictions.csv has a row for each, and effects are those on the first of
 * them. All but the rates is the same for the same files and seed.
 * @throws {UnderstudyError} DISTILL_FILE if the test file has no decisions or there is no student, DISTILL_ARGUMENT if
 *   two models have one name, DISTILL_ANSWERS where a model answers nothing
 * @throws {UnderstudyError} for models that do not open
 */
export async function evaluate(options: EvaluateOptions): Promise<EvaluationReport> {
  const { scenario = defaultScenario, seed, orders = 8, agents = 1000, budget = 1000, signal, progress, log } = options;
  const paths = workspace(options.workspace);
  const file = await readDecisions(options.test, scenario, { log });
  if (file.rows.length === 0)
    throw new UnderstudyError('DISTILL_FILE', `${options.test} has no decisions; run \`understudy dataset\` for some`);
  const { observations } = file;
  const test: TestRows = {
    scenario,
    observations,
    m: scenario.actions.length - 1,
    target: asked(file.probabilities, scenario),
    kind: file.kind,
    ...(file.weights && { weights: file.weights }),
    ...(file.units && { units: file.units }),
  };
  const facts = await factsOf(options.test, paths.root, file);
  const made = await readDataset(paths);
  const distribution = made?.files.test?.sha256 === facts.sha256 ? made.distribution : undefined;
  const train = await readIfThere(paths.train, scenario);
  if (!train) log?.(`no ${paths.train}: the baselines that learn from it (mean, nearest) are left out`);

  // Teachers answer before anything is measured: one that does not open is known, and models on this machine take turns.
  const opening = { scenario, workspace: options.workspace, log, signal };
  const given = severalTeachers(options.teacher, options.workspace);
  const like = likeRows(
    file.rows.map(({ elicitation }) => elicitation),
    scenario.actions.length,
  );
  const answers: (TeacherOfRows | undefined)[] = given.map(() => undefined);
  const noted = new NotedAnswers(scenario);
  const asking = sideBySideProgress(given, rowsStage, progress);
  const unreached = await (given.length < 2
    ? []
    : eachTeacher(given, { signal, log }, async (teacher, place) => {
        await using one = await borrowTeacher(teacher, opening);
        const rows = rowsWithin(test, budget);
        answers[place] = await askRows(test, { ...one, elicit: like, rows, noted, signal, progress: asking });
      }));
  const answering = answers.filter((one) => one !== undefined);
  const first = given.length < 2 ? given[0] : given.find((teacher) => answering[0]?.teacher === teacherName(teacher!));
  const left = given.length < 2 ? budget : budget - answering[0]!.asked;
  await using borrowed = first === undefined || left <= 0 ? undefined : await borrowTeacher(first, opening);
  const { savedModels } = paths;
  const candidates = await candidatesOf({ ...options, savedModels, scenario, ...(train && { train }) });
  const plan = orders > 1 ? orderPlan(scenario, observations, { orders, atMost: ORDERED_STATES, seed }) : undefined;
  const explained = [...new Set(observations.masks)];
  const measured: Measured[] = [];
  for (const [i, candidate] of candidates.entries()) {
    const which = `${candidate.model} (${i + 1} of ${candidates.length})`;
    const progressOf = (doing: string) => (done: number, of: number) =>
      progress?.({ stage: `${doing} ${which}`, done, of });
    const { sha256 } = facts;
    measured.push(
      await measure(candidate, test, {
        ...(plan && plan.states.length > 0 && { orders: plan }),
        ...{ sha256, explained, agents, seed, signal, log, progressOf },
        newDraws: drawnAnew(file),
      }),
    );
    signal?.throwIfAborted();
  }
  const visits = measured.flatMap((one) => one.visits ?? []);
  const said: TeacherSays | undefined =
    borrowed &&
    (await askTeacher(test, visits, {
      ...{ ...borrowed, budget: left, orders, seed, noted, signal, progress },
      ...(like && { elicit: like }),
    }));
  const teachers = teachersIn(file);
  if (said && teachers.length > 0 && !teachers.includes(said.id))
    log?.(
      `the test file holds decisions of ${teachers.join(', ')}, and ${said.id} is asked: their answers are compared`,
    );
  const labelled = whoLabelled(file, scenario);
  // Rows that do not say whose they are may be those of the teacher that is asked; those of a table are not.
  const whose = teachers.length > 0 || !said || labelled === 'in a table' ? teachers : [said.id];
  const studies = await readNoise(paths);
  const ceiling = ceilingOf(noiseOf(studies, whose), {
    teachers: whose,
    labelled,
    rows: file.rows,
    target: test.target,
    m: test.m,
    repetition: file.repetition,
  });
  const known = new Set(train?.observations.masks);
  const { whose: answered, ...visited } = said?.visited ?? answersInFile(test);
  const { evaluated, comparisons } = await modelReports(test, measured, {
    ...{ ceiling, seed, signal, progress },
    onPolicy: ({ visits, learned = (mask) => known.has(mask) }) =>
      visits && {
        ...onPolicyError(visits, { ...visited, learned, seed }),
        agents: visits.agents,
        ticks: visits.ticks,
        answers: answered,
      },
  });
  const models = evaluated.map(({ report }) => report);
  const predictions = evaluated.map(({ report: { model }, predicted }) => ({ model, predicted }));
  const baseline = evaluated.find(({ report: { kind } }) => kind === 'baseline')!;
  const beside = answersBeside(file, test, { baseline: baseline.predicted, seed });
  const report: EvaluationReport = {
    scenario: scenario.id,
    scenarioSha256: scenarioHash(scenario),
    actions: scenario.actions.slice(1),
    teacher: whose,
    labels: file.kind,
    labelled,
    ...(said && { asked: said.id }),
    ...((said || answering.length > 0) && { budget }),
    loss: lossOf(test),
    beside: beside.map(({ report }) => report),
    seed,
    test: {
      ...facts,
      ...(distribution !== undefined && { distribution }),
      states: new Set(observations.masks).size,
      ...(file.units && { units: new Set(file.units).size }),
      seenInTraining: seenIn(file, train),
    },
    train: train ? await factsOf(paths.train, paths.root, train) : null,
    bestBaseline: baseline.report.model,
    models,
    comparisons,
    ceiling,
    ...(said?.order && { teacherOrder: said.order }),
    ...(answering.length > 0 && {
      byTeacher: { ...byTeacher(test, answering, predictions, { studies, seed }), unreached },
    }),
    machine: machine(),
  };
  warn(report, log);

  // In the order of the report: the best first.
  const ordered = models.flatMap(({ model }) => measured.filter((one) => one.model === model));
  const named = <T>(model: string, rows: readonly T[] = []) => rows.map((row) => ({ model, ...row }));
  const answerers = [
    ...evaluated.map(({ report: { model }, ...rest }) => ({ model, of: 'model' as const, ...rest })),
    ...beside.map(({ report: { name }, ...rest }) => ({ model: name, of: 'column' as const, ...rest })),
  ];
  const shares = answerers.flatMap(shareRows);
  const coefficients = ordered.flatMap((one) => named(one.model, one.coefficients));
  const tables = {
    [paths.predictions]: predictionsText(
      predictedStates(test, predictions),
      predictions.map(({ model }) => model),
    ),
    [paths.comparisons]: comparisonsText(report.comparisons),
    [paths.subgroups]: subgroupsText(answerers.flatMap(subgroupRows)),
    [paths.shares]: shares.length > 0 ? sharesText(shares) : undefined,
    [paths.teacherAnswers]: noted.rows.length > 0 ? teacherAnswersText(scenario.actions, noted.rows) : undefined,
    [paths.effects]: effectsText(ordered.flatMap(({ model, effects }) => named(model, effects))),
    [paths.coefficients]: coefficients.length > 0 ? coefficientsText(coefficients) : undefined,
    [paths.evaluationTable]: evaluationText(models),
  };
  await writeTogether({ ...tables, [paths.evaluation]: jsonBesideTables(report, tables) });
  return report;
}

/** Somebody who answered the test rows, with what is known by group. */
interface Answerer {
  readonly model: string;
  readonly of: ModelShare['of'];
  readonly subgroups: readonly ScoredSubgroup[];
  readonly shares: readonly Share[];
}

const subgroupRows = ({ model, of, subgroups }: Answerer): ModelSubgroup[] =>
  subgroups.map(({ interval, logLossInterval: { lower, upper }, ...group }) => ({
    ...{ model, of, ...group, ...interval },
    ...{ logLossLow: lower, logLossHigh: upper },
  }));

const shareRows = ({ model, of, shares }: Answerer): ModelShare[] =>
  shares.map(({ observedInterval, interval, ...share }) => ({
    ...{ model, of, ...share },
    ...{ observedLow: observedInterval.lower, observedHigh: observedInterval.upper },
    ...{ low: interval.lower, high: interval.upper },
  }));

/** Whether a row says something new of a state that was learned: it is the choice of another person. */
const drawnAnew = ({ kind, units }: DecisionFile): boolean => kind === 'choices' && units !== undefined;

/** Rows of a test that the train file gives away: those of its states or, for choices of people, of its people. */
function seenIn(test: DecisionFile, train: DecisionFile | undefined): number {
  if (!train) return 0;
  if (drawnAnew(test)) {
    // By their names: units are numbered in each file by itself.
    const people = new Set(train.rows.map(({ unit }) => unit));
    return test.rows.filter(({ unit }) => people.has(unit)).length;
  }
  const states = new Set(train.observations.masks);
  return test.observations.masks.filter((mask) => states.has(mask)).length;
}

/** What each model says of each row and action of the test. */
function predictedStates({ scenario, observations, m, target }: TestRows, models: readonly Predictions[]) {
  return Array.from(target, (y, i) => {
    const sample = Math.floor(i / m);
    return {
      sample,
      ...phrasesOf(scenario, observations, sample),
      action: scenario.actions[1 + (i % m)]!,
      target: y,
      predicted: Object.fromEntries(models.map(({ model, predicted }) => [model, predicted[i]!])),
    };
  });
}

function warn({ test, models, bestBaseline }: EvaluationReport, log: WorkOptions['log']): void {
  if (test.seenInTraining > 0)
    log?.(
      `${test.seenInTraining} of ${test.rows} test states are in the train file too: errors look smaller than they are`,
    );
  for (const { model, beatsBaseline } of models)
    if (beatsBaseline === false) log?.(`${model} does not beat the baseline ${bestBaseline}`);
}
