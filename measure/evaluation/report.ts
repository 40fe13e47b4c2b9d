import type { Interval } from '../../stats/bootstrap.ts';
import type { OnPolicyError } from '../on-policy-error.ts';
import type { Ceiling } from './ceiling.ts';
import type { Comparison } from './comparisons.ts';
import type { OrderSensitivity } from './order-sensitivity.ts';
import type { Score } from './score.ts';
import type { Subgroup } from './subgroups.ts';

/** A file, as it was when it was read. */
export interface FileFacts {
  /** Relative to the workspace where it lies inside. */
  readonly path: string;
  readonly sha256: string;
  readonly rows: number;
}

/** A number with its interval. */
export interface Estimate extends Interval {
  readonly value: number;
}

/** One model's part of the report. */
export interface ModelReport extends Score {
  readonly model: string;
  readonly kind: 'student' | 'policy' | 'baseline';
  /** Id of the policy: the same id gives the same decisions. */
  readonly policy: string;
  readonly caveat?: string;
  /** Test rows that the model gave no answer to; they are not in the numbers. */
  readonly unanswered: number;
  /**
   * Different test states that it was fitted to, wherever the files lie; null for a student whose configuration does not
   * say which it learned, absent for what is not fitted.
   */
  readonly seenInTraining?: number | null;
  /** Numbers that were fitted, of a student and of the baselines that have any; absent where that says nothing. */
  readonly parameters?: number;
  /** Measured on this evaluation's rows and this machine; absent where only remembered answers were read. */
  readonly decisionsPerSecond?: number;
  /** R² as a share of the ceiling's; absent where there is no ceiling or no R². */
  readonly achievable?: Estimate;
  /** The subgroup of the largest MSE among those of enough rows; absent where there is none. */
  readonly worstGroup?: Subgroup;
  /** Absent where it was not measured: without `orders`, for a teacher among the models. */
  readonly order?: OrderSensitivity;
  /** Of what is evaluated beside the baselines; absent where it was not measured. */
  readonly onPolicy?: OnPolicyError & {
    readonly agents: number;
    readonly ticks: number;
    /** Whose answers: those of the test file, or asked now. */
    readonly answers: 'test file' | 'teacher';
  };
  /** MSE minus that of the best baseline on the rows that both answered; below 0 where the model is better. */
  readonly versusBaseline?: Estimate;
  /** Whether the whole interval of that difference is below 0. */
  readonly beatsBaseline?: boolean;
  /** MSE minus that of the model of the lowest, which has none; an interval with 0 in it does not tell the two apart. */
  readonly versusBest?: Estimate;
}

/** In the caveat of a model that has nothing to prove on the test file. */
export const TRAINED_ON_TEST = 'trained on the very file that it is tested on';

/** Kept as results/metrics/evaluation.json. */
export interface EvaluationReport {
  readonly scenario: string;
  /** The actions whose probabilities are compared: all but the default one. */
  readonly actions: readonly string[];
  readonly teacher: readonly string[];
  readonly seed: number;
  readonly test: FileFacts & {
    /** Different states: the units that intervals resample and tests flip, with all rows of each. */
    readonly states: number;
    /** Rows whose state also occurs in the train file. */
    readonly seenInTraining: number;
  };
  readonly train: FileFacts | null;
  /** Baseline of the lowest MSE. */
  readonly bestBaseline: string;
  /** Students and other models first, then baselines; each by MSE. */
  readonly models: readonly ModelReport[];
  /** Every pair of models that are no baselines, `a` before `b` in `models`. */
  readonly comparisons: readonly Comparison[];
  readonly ceiling: Ceiling;
  /** Of the teacher that was given to be asked. */
  readonly teacherOrder?: OrderSensitivity;
  /** Where `decisionsPerSecond` was measured: it says nothing about another machine. */
  readonly machine: string;
}
