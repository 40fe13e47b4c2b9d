import { z } from 'zod';
import { labellers } from './labelled.ts';
import { labelKinds } from './labels.ts';
import type { Workspace } from './paths.ts';
import { fileFacts } from './provenance.ts';
import { interval, list, number, readJson } from './result-file.ts';
import { count, decimal, optional, type RowOf, tableText, text } from './table.ts';

/** What predictions are held against labels by, the smaller the better. */
export const losses = ['mse', 'log_loss'] as const;
export type EvaluatedLoss = (typeof losses)[number];

/** A number with its 95 % interval. */
const estimate = interval.extend({ value: number });
export type Estimate = z.infer<typeof estimate>;

/** How near a model's probabilities are to the teacher's. Correlations and R² are NaN where a side is constant. */
const score = z.object({
  /** Test rows that the model answered. */
  n: z.number(),
  mse: number,
  mae: number,
  r2: number,
  pearson: number,
  spearman: number,
  /** Expected calibration error against the teacher's probabilities, in ten bins of equal width. */
  ece: number,
  /**
   * Mean KL divergence in nats of the teacher's decision from the model's; predictions are kept 1e-6 away from 0 and 1.
   */
  kl: number,
  bias: number,
  /** Mean cross-entropy in nats; predictions as for `kl`. */
  bce: number,
  /**
   * Mean log loss in nats of the whole decision (of single choices −ln P of what was taken); predictions as for `kl`. Of two
   * actions it is `bce`.
   */
  logLoss: number,
  /** Brier score: half the squared distance of the two distributions; of two actions it is `mse`. */
  brier: number,
  /** Area under the ROC curve; of more than two actions the mean over those compared, each against the rest. NaN if the labels are not single choices. */
  auc: number,
  /** Mean label beside mean prediction, by tenths of the prediction; tenths without one are left out. */
  reliability: list(
    z.object({ from: z.number(), to: z.number(), n: z.number(), meanPredicted: number, meanTarget: number }),
  ),
  /** With more than two actions: each of those compared. */
  byAction: list(
    z.object({
      ...{ action: z.string(), mse: number, mae: number, r2: number, pearson: number, bias: number },
      ...{ ece: number, auc: number },
    }),
  ).optional(),
  /** 95 % percentile bootstrap over units (over states if no row names a unit), each with all of its rows. */
  intervals: z.object({
    ...{ mse: interval, mae: interval, r2: interval, pearson: interval, bias: interval },
    logLoss: interval,
  }),
});
export type Score = z.infer<typeof score>;

/** The test rows that have one thing in common. */
const subgroup = z.object({
  /** What they are grouped by. */
  by: z.enum(['trait', 'context', 'traits', 'contexts']),
  /** The phrase, or how many phrases. */
  group: z.string(),
  /** Rows. */
  n: z.number(),
  mse: number,
  /** 95 % bootstrap over all states of the test, in which a group's own number of rows varies too. */
  interval,
  mae: number,
  /** Mean of predicted − target. */
  bias: number,
});
export type Subgroup = z.infer<typeof subgroup>;

/** How often an action was taken in rows that have one thing in common, and how often a model says so. */
const share = z.object({
  /** `all` for all rows. */
  by: z.enum(['all', 'trait', 'context', 'traits', 'contexts']),
  group: z.string(),
  action: z.string(),
  /** Rows. */
  n: z.number(),
  /** Mean label: of single choices, the share of rows in which the action was taken. */
  observed: number,
  observedInterval: interval,
  /** Mean of the model's probabilities. */
  predicted: number,
  /** Predicted minus observed, with its paired interval. All intervals are 95 % bootstraps over units (Wilson's where all chose alike). */
  difference: number,
  interval,
});
export type Share = z.infer<typeof share>;

/** How a model's shares of actions fit in groups of enough rows. */
const shareFit = z.object({
  /** Groups times actions that were compared, rare ones left out, and those whose interval of the difference excludes 0. */
  compared: z.number(),
  apart: z.number(),
  /** The one whose interval is furthest from 0, otherwise that of the largest difference. */
  furthest: share,
});
export type ShareFit = z.infer<typeof shareFit>;

/** How much a model's answer depends on the order in which the phrases of a state are shown. */
const orderSensitivity = z.object({
  /** States that can be shown in two orders or more and were asked in several. */
  states: z.number(),
  /** Orders a state, at most. */
  orders: z.number(),
  /** Mean over states of the standard deviation over the orders of a state. */
  meanSd: number,
  /** Largest of these standard deviations. */
  maxSd: number,
  /**
   * Mean over states of the variance over orders: the MSE, on labels in random order, below which no model that ignores
   * order can get.
   */
  variance: number,
  /** Mean of the squared change from the answer in canonical order. */
  changeFromCanonical: number,
  /** Whether it was known and not measured: the model does not see the order. */
  byConstruction: z.boolean(),
});
export type OrderSensitivity = z.infer<typeof orderSensitivity>;

/** A model's error where a simulation under that very model goes. */
const onPolicyError = interval.extend({
  /**
   * Mean squared error, each state weighted by its visits; with its 95 % bootstrap over states. NaN where no state has
   * an answer.
   */
  mse: number,
  /** The same over the visits to states that the model was not fitted to; absent from files of earlier versions. */
  mseUnseen: number.optional(),
  /**
   * Share of the visits, from 0 to 1, that the error speaks for: those of the sample whose state both have answered.
   */
  covered: number,
  /** Different states that were visited, and those of them in which the two were compared. */
  visited: z.number(),
  states: z.number(),
  /** Share of all visits that were to states that the model was fitted to. */
  seenInTraining: number,
  agents: z.number(),
  ticks: z.number(),
  /** Whose answers: those of the test file, or asked now. */
  answers: z.enum(['test file', 'teacher']),
});
export type OnPolicyError = z.infer<typeof onPolicyError>;

/**
 * Two models on the states that both answered. The interval holds the differences that the test does not reject, so it
 * excludes 0 exactly if `pHolm` is at most .05.
 */
const comparison = interval.extend({
  a: z.string(),
  b: z.string(),
  /** States. */
  n: z.number(),
  /** Loss of a minus that of b; below 0 where a is better. */
  difference: number,
  /** Of the interval: 1 − .05 / (pairs that Holm's procedure has still to decide); absent from files of earlier versions. */
  confidence: number.optional(),
  /** Two-sided, of the sign-flip test of that difference. */
  p: number,
  /** Whether every assignment of signs was counted, not a sample of them. */
  exact: z.boolean(),
  /** p after Holm's correction over all pairs of the report: the two differ at 5 % where this is at most .05. */
  pHolm: number,
});
export type Comparison = z.infer<typeof comparison>;

const ceilingKnown = z.object({
  /** R² on the test rows of a student that knows the teacher's mean answer to every state exactly, in expectation. */
  r2: z.number(),
  /** Its MSE: the variance that is left in the labels. */
  mse: number,
  /**
   * MSE on the test rows of asking the teacher once more, at the temperature of the stability study, in expectation.
   */
  reasking: number,
  /** What the labels are, and what was taken for granted about them. */
  labels: z.string(),
});
export type CeilingKnown = z.infer<typeof ceilingKnown>;
/** What labels with the teacher's noise in them let a student reach, or why that is not known. */
const ceiling = z.union([ceilingKnown, z.object({ r2: z.null(), reason: z.string() })]);
export type Ceiling = z.infer<typeof ceiling>;

/** One model's part of the report. */
const model = score.extend({
  model: z.string(),
  kind: z.enum(['student', 'policy', 'baseline']),
  /** Id of the policy: the same id gives the same decisions. */
  policy: z.string(),
  caveat: z.string().optional(),
  /** Test rows that the model gave no answer to; they are not in the numbers. */
  unanswered: z.number(),
  /**
   * Different test states that it was fitted to, wherever the files lie; null for a student whose configuration does
   * not say which it learned, absent for what is not fitted.
   */
  seenInTraining: z.number().nullish(),
  /** Numbers that were fitted, of a student and of the baselines that have any; absent where that says nothing. */
  parameters: z.number().optional(),
  /** Measured on this evaluation's rows and this machine; absent where only remembered answers were read. */
  decisionsPerSecond: z.number().optional(),
  /** R² as a share of the ceiling's; absent if there is no ceiling or no R². */
  achievable: estimate.optional(),
  /** The subgroup of the largest MSE among those of enough rows; absent if there is none, and of single choices. */
  worstGroup: subgroup.optional(),
  /** Of single choices, except for baselines; absent if no group has enough rows. */
  shares: shareFit.optional(),
  /** Absent where it was not measured: without `orders`, for a teacher among the models. */
  order: orderSensitivity.optional(),
  /** Error on visited states, except for baselines; absent if it was not measured. */
  onPolicy: onPolicyError.optional(),
  /** Loss minus that of the best baseline on the rows that both answered; below 0 where the model is better. */
  versusBaseline: estimate.optional(),
  /** Whether the whole interval of that difference is below 0. */
  beatsBaseline: z.boolean().optional(),
  /**
   * Loss minus that of the model of the lowest, which has none, as in `comparisons`; an interval with 0 in it does not tell
   * the two apart.
   */
  versusBest: estimate.optional(),
});
export type ModelReport = z.infer<typeof model>;

/** What somebody else said of the test rows (a column of theirs), held against the labels. */
const beside = score.extend({
  /** Whose column it is. */
  name: z.string(),
  /** What the column holds. */
  kind: z.enum(labelKinds),
  /** Absent if no group has enough rows. */
  shares: shareFit.optional(),
  /**
   * Loss minus that of the best baseline on the rows that it answered; below 0 where the column is nearer to the labels.
   * Absent of a column of single choices held against single choices.
   */
  versusBaseline: estimate.optional(),
});

/** How near predictions are to a teacher's answers. */
const nearness = z.object({
  /** Rows that both answered. */
  n: z.number(),
  ...{ mse: number, mae: number, r2: number, pearson: number, bias: number },
  /** Of the MSE, as in `intervals` of a score. */
  interval,
});

/** Several teachers, each asked about the rows of the test. */
const byTeacher = z.object({
  teachers: list(
    z.object({
      teacher: z.string(),
      id: z.string(),
      caveat: z.string().optional(),
      /** How it was asked, or `recorded`. */
      elicitation: z.string(),
      /** Rows that it was asked about, and those that it answered. */
      rows: z.number(),
      answered: z.number(),
      /** What its own noise lets a student reach. */
      ceiling,
      /** Its answers as predictions of the labels of the test, absent without a row in common. */
      labels: nearness.optional(),
      /** Predictions of each model against its answers. */
      models: list(nearness.extend({ model: z.string() })),
    }),
  ),
  /** Answers of b as predictions of those of a. */
  pairs: list(nearness.extend({ a: z.string(), b: z.string() })),
  /** MSE of a model against a less that against b, on rows that all three answered, below 0 where it is nearer to a. */
  differences: list(estimate.extend({ model: z.string(), a: z.string(), b: z.string(), n: z.number() })),
  /** Teachers that could not be asked, and why. */
  unreached: list(z.object({ teacher: z.string(), reason: z.string() })),
});
export type ByTeacher = z.infer<typeof byTeacher>;

/** Kept as results/metrics/evaluation.json. */
const evaluation = z.object({
  scenario: z.string(),
  /** SHA-256 of the scenario's compiled tables, as in study.json; files of earlier versions lack it. */
  scenarioSha256: z.string().optional(),
  /** The actions whose probabilities are compared: all but the default one. */
  actions: z.array(z.string()).min(1).readonly(),
  /** Ids of the teachers whose labels they are; empty if the rows do not say, or if they are of a table. */
  teacher: list(z.string()),
  /** What the labels are: probabilities, or single choices. */
  labels: z.enum(labelKinds),
  /** Whose: a teacher's answers, or what stands in a table, such as what people did. */
  labelled: z.enum(labellers),
  /** Id of the teacher that was asked for more, whether or not the labels are its; absent if none was. */
  asked: z.string().optional(),
  /** Questions that each teacher could be asked at most; absent if none was asked. */
  budget: z.number().optional(),
  /** What models are ordered, compared and tested by: of probabilities the MSE, of single choices the log loss. */
  loss: z.enum(losses),
  /** Other answers to the same rows, a human's beside a model's. */
  beside: list(beside),
  seed: z.number(),
  test: fileFacts.extend({
    /** What its rows are a sample of, in words; absent if data/dataset.json does not say so of this very file. */
    distribution: z.string().optional(),
    /** Different states: the units that intervals resample and tests flip, with all rows of each. */
    states: z.number(),
    /** Units that rows name (people who were asked several times); absent if none does. */
    units: z.number().optional(),
    /** Rows whose state also occurs in the train file. */
    seenInTraining: z.number(),
  }),
  train: fileFacts.nullable(),
  /** Baseline of the lowest loss. */
  bestBaseline: z.string(),
  /** Students and other models first, then baselines; each by loss. */
  models: list(model),
  /** Every pair of models except baselines, `a` before `b` in `models`. */
  comparisons: list(comparison),
  ceiling,
  /** Order sensitivity of the teacher that was asked. */
  teacherOrder: orderSensitivity.optional(),
  /** Absent unless several teachers were named. */
  byTeacher: byTeacher.optional(),
  /** Where `decisionsPerSecond` was measured: it says nothing about another machine. */
  machine: z.string(),
});
export type EvaluationReport = z.infer<typeof evaluation>;

/** What files of earlier versions lack. */
const earlierModel = model
  .extend({ intervals: score.shape.intervals.partial({ bias: true, logLoss: true }) })
  .partial({ bce: true, logLoss: true, brier: true, auc: true, reliability: true });
const earlierEvaluation = evaluation
  .extend({
    test: evaluation.shape.test.partial({ states: true }),
    models: z.array(earlierModel),
  })
  .partial({ comparisons: true, ceiling: true, machine: true, labels: true, beside: true, loss: true, labelled: true });
export type StudyEvaluation = z.infer<typeof earlierEvaluation>;
export type StudyModel = StudyEvaluation['models'][number];

/**
 * results/metrics/evaluation.json; undefined where nothing was evaluated.
 * @throws {UnderstudyError} DISTILL_FILE where the file is damaged
 */
export const readEvaluation = (paths: Workspace): Promise<StudyEvaluation | undefined> =>
  readJson(paths, paths.evaluation, 'evaluate', earlierEvaluation);

/** In the caveat of a model that has nothing to prove on the test file. */
export const TRAINED_ON_TEST = 'trained on the same file that it is tested on';

/** results/metrics/evaluation.csv: the models, a line each; a cell is empty where something was not measured. */
const columns = {
  model: ['model', text],
  n: ['n', count],
  mse: ['mse', decimal],
  mae: ['mae', decimal],
  r2: ['r2', decimal],
  pearson: ['pearson', decimal],
  spearman: ['spearman', decimal],
  ece: ['ece', decimal],
  kl: ['kl', decimal],
  bias: ['bias', decimal],
  logLoss: ['log_loss', decimal],
  brier: ['brier', decimal],
  bce: ['bce', decimal],
  mseLow: ['mse_low', decimal],
  mseHigh: ['mse_high', decimal],
  maeLow: ['mae_low', decimal],
  maeHigh: ['mae_high', decimal],
  r2Low: ['r2_low', decimal],
  r2High: ['r2_high', decimal],
  pearsonLow: ['pearson_low', decimal],
  pearsonHigh: ['pearson_high', decimal],
  biasLow: ['bias_low', decimal],
  biasHigh: ['bias_high', decimal],
  unanswered: ['unanswered', count],
  kind: ['kind', text],
  policy: ['policy', text],
  parameters: ['parameters', optional(count)],
  decisionsPerSecond: ['decisions_per_second', optional(decimal)],
  shareOfAchievable: ['share_of_achievable', optional(decimal)],
  orderSdMean: ['order_sd_mean', optional(decimal)],
  orderSdMax: ['order_sd_max', optional(decimal)],
  orderChange: ['order_change', optional(decimal)],
  mseOnPolicy: ['mse_on_policy', optional(decimal)],
  mseOnPolicyLow: ['mse_on_policy_low', optional(decimal)],
  mseOnPolicyHigh: ['mse_on_policy_high', optional(decimal)],
  covered: ['covered', optional(decimal)],
  worstGroup: ['worst_group', optional(text)],
  worstGroupMse: ['worst_group_mse', optional(decimal)],
  seenInTraining: ['seen_in_training', optional(text)],
  auc: ['auc', decimal],
  logLossLow: ['log_loss_low', decimal],
  logLossHigh: ['log_loss_high', decimal],
} as const;

export const evaluationText = (models: readonly ModelReport[]): string => tableText(columns, models.map(lineOf));

function lineOf(report: ModelReport): RowOf<typeof columns> {
  const { intervals, seenInTraining, decisionsPerSecond: rate, achievable, order, onPolicy, worstGroup } = report;
  return {
    ...report,
    mseLow: intervals.mse.lower,
    mseHigh: intervals.mse.upper,
    maeLow: intervals.mae.lower,
    maeHigh: intervals.mae.upper,
    r2Low: intervals.r2.lower,
    r2High: intervals.r2.upper,
    pearsonLow: intervals.pearson.lower,
    pearsonHigh: intervals.pearson.upper,
    biasLow: intervals.bias.lower,
    biasHigh: intervals.bias.upper,
    seenInTraining: seenInTraining === null ? 'unknown' : seenInTraining?.toString(),
    decisionsPerSecond: rate && Number(rate.toPrecision(3)),
    shareOfAchievable: achievable?.value,
    orderSdMean: order?.meanSd,
    orderSdMax: order?.maxSd,
    orderChange: order?.changeFromCanonical,
    mseOnPolicy: onPolicy?.mse,
    mseOnPolicyLow: onPolicy?.lower,
    mseOnPolicyHigh: onPolicy?.upper,
    covered: onPolicy?.covered,
    worstGroup: worstGroup && `${worstGroup.by}: ${worstGroup.group}`,
    worstGroupMse: worstGroup?.mse,
    logLossLow: intervals.logLoss.lower,
    logLossHigh: intervals.logLoss.upper,
  };
}
