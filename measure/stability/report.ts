import type { Outcome, Rung } from '../../policies/policy.ts';
import type { Heaping } from '../../stats/heaping.ts';
import type { Iccs } from './agreement.ts';
import type { ComponentsReport } from './components.ts';
import type { FacetReport } from './facet.ts';
import type { Facet } from './facets.ts';
import type { Cosine } from './similarity.ts';

/** How a quantity is spread over the prompts. */
export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly p90: number;
  readonly max: number;
}

/** Kept as results/metrics/stability.json. What is not said to be of another facet is of the seed: exchangeable reruns. */
export interface StabilityReport {
  readonly scenario: string;
  readonly teacher: string;
  readonly teacherId: string;
  readonly caveat?: string;
  readonly elicitation: 'greedy' | 'sample';
  readonly temperature: number;
  readonly seed: number;
  readonly prompts: number;
  readonly runs: number;
  /** What the repetition shows: answers that never differ, greedy or recorded ones, only that asking is deterministic. */
  readonly kind: 'exchangeable reruns' | 'determinism check';
  /** How all questions ended, those of every facet and of the crossed design included; each is counted once. */
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** How the usable replies were read, of all questions; numbers that were read without a reply are on no rung. */
  readonly rungs: Readonly<Record<Rung, number>>;
  /** Prompts that were answered in every run: the numbers below are about these. */
  readonly complete: number;
  /** Mean probability of the first action that is asked about. */
  readonly mean: number;
  /** Mean over prompts of the standard deviation of a prompt's answers, and how the sample ones are spread. */
  readonly std: { readonly population: number; readonly sample: number; readonly perPrompt: Spread };
  /**
   * What one reading of the number's distribution says `std` is at temperature 1, without a rerun: the mean over prompts
   * of the distribution's standard deviation. Absent where the teacher shows no distribution.
   */
  readonly predictedSd?: number;
  /** Of the one-way model: within prompts, and between what the prompts' answers are about. */
  readonly variance: { readonly within: number; readonly between: number };
  readonly mard: number;
  /** "undefined: no variance" where no prompt's answers differ. */
  readonly icc: Iccs;
  readonly cosine: Cosine;
  readonly heaping: Heaping;
  /** The facets that were asked for, each alone. */
  readonly facets: Readonly<Partial<Record<Facet, FacetReport>>>;
  /** Of the crossed design where there is one, else of prompts and reruns. */
  readonly components: ComponentsReport;
  /** What averaging answers buys: reliability by Spearman–Brown from ICC(1,1), and the standard error of such a mean. */
  readonly repeats: readonly { readonly repeats: number; readonly reliability: number | null; readonly sd: number }[];
  /**
   * The best scores of any student against labels that are means of so many answers; see `noiseCeiling` for what that
   * assumes. Labels read as `expected` carry no noise of the seed: for them nothing here is a bound.
   */
  readonly noiseCeiling: readonly {
    readonly repeats: number;
    readonly r2: number | null;
    readonly pearson: number | null;
    readonly mse: number;
  }[];
}
