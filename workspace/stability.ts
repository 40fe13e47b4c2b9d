import { z } from 'zod';
import { choices } from './choices.ts';
import type { Workspace } from './paths.ts';
import { interval, list, number, readJson } from './result-file.ts';
import { jsonBesideTables } from './result-tables.ts';
import { outcome, rung } from './rows.ts';
import {
  count,
  decimal,
  type EarlierRowOf,
  optional,
  phrases,
  type RowOf,
  readTable,
  tableText,
  text,
} from './table.ts';
import { writeTogether } from './write-file.ts';

/** The six intraclass correlations by their names in the file. */
const iccForm = z.enum(['ICC(1,1)', 'ICC(2,1)', 'ICC(3,1)', 'ICC(1,k)', 'ICC(2,k)', 'ICC(3,k)']);
/**
 * An intraclass correlation with its 95 % interval and, for one action, its F test; one that is undefined has null and the
 * reason in its place.
 */
const icc = z.union([
  z.object({
    form: iccForm,
    value: z.number(),
    ...interval.shape,
    f: number,
    df1: number,
    df2: number,
    p: number,
  }),
  z.object({ form: iccForm, value: z.number(), ...interval.shape }),
  z.object({ form: iccForm, value: z.null(), reason: z.string() }),
]);
const iccs = z.record(iccForm, icc);
export type Iccs = z.infer<typeof iccs>;

/** How alike the explanations are. */
const cosine = z.object({
  /** Mean over prompts of the mean over pairs of a prompt's explanations; null if there are none to compare. */
  value: z.number().nullable(),
  /** The same over explanations of different prompts: what `value` is to be held against. */
  between: z.number().nullable(),
  /** What was compared and what that cannot see; begins with `lexical:`, `word vectors:` or `embedding:`. */
  method: z.string(),
  /** Share of the explanations' words that the bundled word vectors know; absent if they were not asked. */
  coverage: z.number().optional(),
  /** Prompts that `value` is a mean of. */
  prompts: z.number(),
  reason: z.string().optional(),
});
export type Cosine = z.infer<typeof cosine>;

/** What one facet does to the probability of one of several actions. */
const facetOfAction = z.object({
  /** Mean probability at each level. */
  means: list(number),
  meanAbsoluteDifference: number,
  largestDifference: number,
  mard: number,
  icc: iccs,
});

/** What one facet does to the answers, everything else at its reference. */
const facet = z.object({
  levels: list(z.string()),
  /**
   * How the answers that are compared were got: the mean of the number's distribution (`expected`), the probabilities of
   * the options (`choice`), draws, or the likeliest reply.
   */
  asked: z.string(),
  /** Prompts that were answered at every level. */
  prompts: z.number(),
  /** Mean probability of any action but the default one at each level. */
  means: list(number),
  /**
   * For temperature: the mean over prompts of the standard deviation over seeds at each level; null for other facets.
   */
  sds: list(z.number().nullable()),
  /**
   * Mean over prompts and pairs of levels; of sampled answers between means over seeds, so some of it is their noise.
   */
  meanAbsoluteDifference: number,
  largestDifference: number,
  mard: number,
  icc: iccs,
  /** Similarity of the first explanations at each level, if explanations were asked for. */
  cosine,
  /** Of more than two actions, each by its name. */
  actions: z.record(z.string(), facetOfAction).optional(),
});
export type FacetReport = z.infer<typeof facet>;

/** Where the variance of a single answer comes from. */
const components = z.object({
  design: z.string(),
  /** The facets that varied; the seed, which repeats every cell, is the effect "residual". */
  facets: list(z.string()),
  /** Prompts that were answered in every cell. */
  prompts: z.number(),
  observations: z.number(),
  /** Variance of a single answer: the sum of those below, negative ones counted as 0. */
  total: number,
  /** Empty where nothing varies. */
  effects: list(
    z.object({
      effect: z.string(),
      df: number,
      meanSquare: number,
      /** As estimated; below 0 if there is less than chance would bring. */
      variance: number,
      /** Share of the total; negative estimates count as 0. */
      share: number,
      /** 95 % interval of the variance, for other prompts at the same levels of everything else. */
      ...interval.shape,
    }),
  ),
  reason: z.string().optional(),
});
export type ComponentsReport = z.infer<typeof components>;

/** How far answers heap on round numbers; see `heaping`. */
const heaping = z.object({ n: z.number(), share: z.number(), chance: z.number(), index: z.number() });

/** Variances of the one-way model: within prompts, and between the prompts' true means. */
const variance = z.object({ within: z.number(), between: z.number() });

/** How steady the probability of one of several actions is. */
const action = z.object({
  mean: number,
  std: z.object({ population: z.number(), sample: z.number() }),
  variance,
  mard: number,
  icc: iccs,
});
export type ActionStability = z.infer<typeof action>;

/**
 * Kept as results/metrics/stability.json. What is not said to be of another facet is of the seed: exchangeable reruns. The
 * numbers are about the probability of the action that is not the default one. Where there are several such actions,
 * standard deviations, variances, differences and MARD are means over these actions, and agreement is of their variances
 * together (`pooledIcc`); `actions` has each by itself.
 */
const stability = z.object({
  scenario: z.string(),
  /** SHA-256 of the scenario's compiled tables, as in study.json; files of earlier versions lack it. */
  scenarioSha256: z.string().optional(),
  teacher: z.string(),
  teacherId: z.string(),
  caveat: z.string().optional(),
  /** `greedy` or `sample`. */
  elicitation: z.string(),
  temperature: z.number(),
  seed: z.number(),
  prompts: z.number(),
  runs: z.number(),
  /**
   * What the repetition shows, `exchangeable reruns` or `determinism check`: answers that never differ, greedy or
   * recorded ones, only that asking is deterministic.
   */
  kind: z.string(),
  /** How all questions ended, those of every facet and of the crossed design included; each is counted once. */
  outcomes: z.record(outcome, z.number()),
  /** How the usable replies were read, of all questions; numbers that were read without a reply are on no rung. */
  rungs: z.record(rung, z.number()),
  /** Prompts that were answered in every run: the numbers below are about these. */
  complete: z.number(),
  /** Of two actions, the one that all numbers are about. */
  action: z.string().optional(),
  /** Of more than two actions, each by its name, the default one first. */
  actions: z.record(z.string(), action).optional(),
  /** Mean probability of any action but the default one. */
  mean: number,
  /** Mean over prompts of the standard deviation of a prompt's answers, and how the sample ones are spread. */
  std: z.object({
    population: z.number(),
    sample: z.number(),
    perPrompt: z.object({ min: number, median: number, p90: number, max: number }),
  }),
  /**
   * What one reading of the number's distribution says `std` is at temperature 1, without a rerun: the mean over
   * prompts of the distribution's standard deviation. Absent where the teacher shows no distribution.
   */
  predictedSd: z.number().optional(),
  /** What one choice about each prompt was read from; absent where no choice was asked for. */
  choices: choices.optional(),
  /** Variances of the one-way model: within prompts, and between the prompts' true means. */
  variance: z.object({ within: z.number(), between: number }),
  mard: number,
  /** "undefined: no variance" where no prompt's answers differ. */
  icc: iccs,
  cosine,
  heaping,
  /** The facets that were asked for, each alone. */
  facets: z.record(z.string(), facet),
  /** Components of the crossed design if there is one, otherwise of prompts and reruns. */
  components,
  /**
   * What averaging answers gains: reliability by Spearman–Brown from ICC(1,1), and the standard error of such a mean.
   */
  repeats: list(z.object({ repeats: z.number(), reliability: z.number().nullable(), sd: z.number() })),
  /**
   * The best scores of any student against labels that are means of `repeats` answers; see `noiseCeiling` for what that
   * assumes. Labels read as `expected` carry no noise of the seed: for them nothing here is a bound.
   */
  noiseCeiling: list(
    z.object({
      repeats: z.number(),
      r2: z.number().nullable(),
      pearson: z.number().nullable(),
      mse: z.number(),
    }),
  ),
});
type OneTeacher = z.infer<typeof stability>;

/** A statistic with its 95 % interval, a percentile bootstrap over prompts. */
const estimate = interval.extend({ value: number });

/** Teachers that were asked the same prompts in the same ways. */
const sideBySide = z.object({
  /** Prompts that all of them answered throughout: the lines below are about these. */
  prompts: z.number(),
  /**
   * A line for each teacher and facet: of the seed the mean standard deviation of a prompt, of another facet the mean
   * absolute difference between levels. Empty if no prompt is common to all.
   */
  lines: list(z.object({ teacher: z.string(), facet: z.string(), asked: z.string(), mean: number, moves: estimate })),
  /** Every two of them, on the prompts that both answered throughout. */
  pairs: list(
    z.object({
      a: z.string(),
      b: z.string(),
      prompts: z.number(),
      /** Mean over prompts of the distance between their mean answers, a mean over the actions but the default one. */
      distance: estimate,
      /** Correlation of their mean answers, null where one of them always answers the same. */
      pearson: number,
      /** b less a, prompt by prompt: of the mean answer (`mean`), and of what each facet moves. */
      differences: list(z.object({ of: z.string(), a: number, b: number, ...estimate.shape })),
    }),
  ),
});
export type SideBySide = z.infer<typeof sideBySide>;

/** A teacher that gave nothing to compare, with the reason. */
const unreached = z.object({ teacher: z.string(), reason: z.string() });
export type Unreached = z.infer<typeof unreached>;

export interface StabilityReport extends OneTeacher {
  /** The studies of further teachers, asked the same; absent for one. */
  readonly beside?: readonly OneTeacher[];
  readonly sideBySide?: SideBySide;
  /** Teachers that have no study, and why; absent if there are none. */
  readonly unreached?: readonly Unreached[];
}

/** What files of earlier versions lack. */
const earlierIccs = z.record(
  z.string(),
  z
    .object({ ...icc.options[0].shape, value: z.number().nullable(), reason: z.string() })
    .partial({ form: true, lower: true, upper: true, f: true, df1: true, df2: true, p: true, reason: true }),
);
const earlierCosine = cosine.partial({ between: true, prompts: true });
const earlierFacet = facet
  .extend({
    icc: earlierIccs,
    cosine: earlierCosine,
    actions: z.record(z.string(), facetOfAction.extend({ icc: earlierIccs })).optional(),
  })
  .partial({ prompts: true });
const earlierEffect = components.shape.effects.unwrap().element.partial({ df: true, meanSquare: true });
const earlierOne = stability
  .extend({
    outcomes: z.record(z.string(), z.number()),
    rungs: z.record(z.string(), z.number()),
    std: stability.shape.std.partial({ perPrompt: true }),
    variance: variance.partial({ between: true }),
    icc: earlierIccs,
    actions: z.record(z.string(), action.extend({ icc: earlierIccs })).optional(),
    cosine: earlierCosine,
    heaping: heaping.partial({ n: true, index: true }),
    facets: z.record(z.string(), earlierFacet),
    components: components.extend({ effects: list(earlierEffect) }),
  })
  .partial({
    scenario: true,
    teacherId: true,
    outcomes: true,
    rungs: true,
    mean: true,
    variance: true,
    facets: true,
    components: true,
    repeats: true,
    noiseCeiling: true,
  });
const earlierStability = earlierOne.extend({
  beside: list(earlierOne).optional(),
  sideBySide: sideBySide.optional(),
  unreached: list(unreached).optional(),
});
export type StudyStability = z.infer<typeof earlierStability>;
export type StudyFacet = z.infer<typeof earlierFacet>;

/**
 * results/metrics/stability.json; undefined where the teacher was not studied.
 * @throws {UnderstudyError} DISTILL_FILE where the file is damaged
 */
export const readStability = (paths: Workspace): Promise<StudyStability | undefined> =>
  readJson(paths, paths.stability, 'stability', earlierStability);

/** What the noise of labels is estimated from. */
const noise = earlierOne.pick({
  teacherId: true,
  teacher: true,
  elicitation: true,
  temperature: true,
  action: true,
  actions: true,
  variance: true,
});
export type StabilityNoise = z.infer<typeof noise>;

/**
 * The noise of each teacher that a stability study found, whatever else its file holds or lacks.
 * @throws {UnderstudyError} DISTILL_FILE where the file is damaged
 */
export async function readNoise(paths: Workspace): Promise<StabilityNoise[]> {
  const found = await readJson(
    paths,
    paths.stability,
    'stability',
    noise.extend({ beside: z.array(noise).optional() }),
  );
  if (!found) return [];
  const { beside = [], ...first } = found;
  return [first, ...beside];
}

/** results/metrics/stability.csv: a row for each prompt and asking of each design. */
const columns = {
  prompt: ['prompt', count],
  run: ['run', count, 'may lack'],
  /** In the order shown. */
  traits: ['traits', phrases, 'may lack'],
  context: ['context', phrases, 'may lack'],
  /** Absent where the number's distribution was read, 0 for the greedy reply. */
  temperature: ['temperature', optional(decimal), 'may lack'],
  seed: ['seed', optional(count), 'may lack'],
  outcome: ['outcome', text],
  /** Probability of the first action after the default; absent unless the outcome is ok. */
  probability: ['probability', optional(decimal)],
  explanation: ['explanation', optional(text), 'may lack'],
  /** `alone:FACET`, `crossed` or `reading:HOW`; an answer that serves two designs is in both. */
  design: ['design', text, 'may lack'],
  order: ['order', text, 'may lack'],
  paraphrase: ['paraphrase', count, 'may lack'],
  batch: ['batch', optional(count), 'may lack'],
  /** How the reply was read; absent where the number was read without one. */
  rung: ['rung', optional(text), 'may lack'],
  /** Of a reading of the number's distribution: its standard deviation. */
  sd: ['sd', optional(decimal), 'may lack'],
  /** Of a choice: orders of the options, the letters' probability together, and what the order moves of it. */
  optionOrders: ['option_orders', optional(count), 'may lack'],
  mass: ['mass', optional(decimal), 'may lack'],
  bias: ['bias', optional(decimal), 'may lack'],
} as const;
/** A row as it is made; of more than two actions with the probability of each. */
export type StabilityRow = RowOf<typeof columns> & { readonly probabilities?: readonly number[] | undefined };

/** Of several teachers, whose answer it is; theirs whom the rest of the report is about come first. */
const whose = { teacher: ['teacher', text, 'may lack'] } as const;

/** The column of one of several actions; these columns stand last. */
const columnOf = (action: string) => [`P(${action})`, optional(decimal), 'may lack'] as const;

/** The design of the rows that differ in nothing but the seed. */
export const RERUNS = 'alone:seed';

/** The design of the rows that read each prompt's decision without drawing. */
export const readingDesign = (elicit: string): string => `reading:${elicit}`;

/** Writes the report and all answers that it is about. @param rows of each teacher by its name, in the order of the report */
export const writeStability = (
  paths: Workspace,
  report: StabilityReport,
  rows: ReadonlyMap<string, readonly StabilityRow[]>,
): Promise<void> => {
  const actions = Object.keys(report.actions ?? {});
  const all = {
    ...(rows.size > 1 && whose),
    ...columns,
    ...Object.fromEntries(actions.map((action, a) => [`action ${a}`, columnOf(action)])),
  };
  const table = [...rows].flatMap(([teacher, own]) =>
    own.map(({ probabilities, ...row }) => ({
      teacher,
      ...row,
      ...Object.fromEntries(actions.map((_, a) => [`action ${a}`, probabilities?.[a]])),
    })),
  );
  const tables = { [paths.stabilityTable]: tableText(all, table) };
  return writeTogether({ ...tables, [paths.stability]: jsonBesideTables(report, tables) });
};

/**
 * Answers of the reruns that can be used, by prompt: from results/metrics/stability.csv; of several teachers, the first one's.
 * @param action one of several whose probability is read; default: the first after the default one
 * @throws {UnderstudyError} DISTILL_FILE where the file is damaged
 */
export async function readRepeats(paths: Workspace, action?: string): Promise<number[][]> {
  const prompts = new Map<number, number[]>();
  const read = { ...columns, ...whose, ...(action !== undefined && { probability: columnOf(action) }) };
  const rows: (EarlierRowOf<typeof columns> & { teacher?: string | undefined })[] =
    (await readTable(paths, paths.stabilityTable, 'stability', read)) ?? [];
  for (const { prompt, outcome, probability, design = RERUNS, teacher } of rows) {
    // Without the column, all rows are reruns.
    if (outcome !== 'ok' || design !== RERUNS || probability === undefined) continue;
    if (teacher !== rows[0]!.teacher) continue;
    prompts.set(prompt, [...(prompts.get(prompt) ?? []), probability]);
  }
  return [...prompts.values()];
}
