import type { Level } from './chance.ts';
import type { KnownRule } from './known-rule.ts';
import type { PhraseSets } from './phrase-sets.ts';
import type { Staging } from './staging.ts';
import type { Table, Variable } from './table.ts';

/** The words in which a scenario asks about an observation. */
export interface PromptForm {
  /** Sentences with the places {traits} and {contexts}; the first is the standard wording. */
  readonly paraphrases: readonly [string, ...string[]];
  /** What stands for an empty list. */
  readonly none: { readonly traits: string; readonly contexts: string };
  /** What is asked, with the form of the reply. */
  readonly question: string;
  /** How a choice between lettered options is worded; what it leaves out has a default. */
  readonly choice?: ChoiceForm;
}

/** The words in which a scenario asks for a choice between its actions, each an option with a letter. */
export interface ChoiceForm {
  /** Sentences with the places {traits} and {contexts}, one for each paraphrase; default: the paraphrases. */
  readonly paraphrases?: readonly string[];
  /** What is asked, without the form of the reply; default "Which of the options below does this person choose?" */
  readonly question?: string;
  /** An action in words; default its name. */
  readonly options?: Readonly<Record<string, string>>;
}

/** One discrete factor of the state: its levels and the integer laws of its first and its next value. */
export interface Factor {
  readonly name: string;
  readonly levels: readonly Level[];
  /** Weights out of 65,536 over the levels at tick 0, by the factors of tick 0 that it reads (written with a prime). */
  readonly start: Table<Uint32Array>;
  /** Weights out of 65,536 over the levels of the next tick. */
  readonly next: Table<Uint32Array>;
  /**
   * For a factor that an agent's neighbours in a network make: what they count for. Nobody draws such a factor; its `next`
   * stands for what a network can do, which is to give any level.
   */
  readonly neighbours?: NeighbourCount;
}

/** How many of an agent's neighbours did or were something in the tick that ended, as a level. */
export interface NeighbourCount {
  /** Whether a neighbour is counted, by what stood in the tick that ended and the action that it took there. */
  readonly who: Table<boolean>;
  readonly in: 'share' | 'count';
  /** Ascending; the level is the number of cuts that are reached. Neighbours, or millionths of them. Shape [levels − 1]. */
  readonly cuts: readonly number[];
}

/** Units in which a crowd is measured. */
export const crowdUnits = ['share', 'per capita', 'count'] as const;
export type CrowdUnit = (typeof crowdUnits)[number];

/** Shares are compared in whole numbers: a cut is this many millionths. */
export const MILLION = 1_000_000;

/**
 * A factor that the crowd makes: how many agents did or were something in the tick that ended, as a level for everybody, for
 * each place or for each phrase of a trait group.
 */
export interface CrowdFactor {
  readonly name: string;
  readonly levels: readonly Level[];
  /** Index of the level that holds everywhere at tick 0. */
  readonly start: number;
  /** Whether an agent is counted, by what stood in the tick that ended and the action that it took there. */
  readonly who: Table<boolean>;
  /** What agents are counted by: the levels of an agent factor, or the phrases of a trait group. Absent: one level for all. */
  readonly by?: { readonly kind: 'factor' | 'group'; readonly name: string };
  readonly in: CrowdUnit;
  /** Ascending; the level is the number of cuts that are reached. Agents, or millionths of a share. Shape [levels − 1]. */
  readonly cuts: readonly number[];
  /** Whether the count starts again at 0 in a tick, by the world of that tick (`hour'`). Absent: each tick counts alone. */
  readonly since?: Table<boolean>;
}

/** Phrases of which exactly one holds. */
export interface PhraseGroup {
  readonly name: string;
  readonly kind: 'traits' | 'contexts';
  /** Indices of the phrases. */
  readonly phrases: readonly number[];
}

/**
 * A part of an agent's traits that is drawn by itself. The law of the traits is a product of such blocks; an agent's
 * trait set is the union of one set of each.
 */
export interface TraitBlock {
  /** Numbers of `phraseSets`, ascending as bitmasks. */
  readonly sets: Uint32Array;
  /** Positive integers that sum to the total. */
  readonly weights: Uint32Array | Float64Array;
  /** 65,536 if that keeps each set's share to within 1 in 1,024 of what was declared, otherwise 2^52. */
  readonly total: number;
}

/** A named number that a scenario was made with, and the range that it may have. */
export interface Parameter {
  readonly value: number;
  readonly min: number;
  readonly max: number;
  /** Width of a slider's step. */
  readonly step?: number;
}

/** What a rule or policy of the scenario's own is shown: the phrases that hold. */
export interface Shown {
  readonly traits: readonly string[];
  readonly contexts: readonly string[];
}

/** Probabilities of all actions in order, summing to 1; or by name, what is left over going to the first action. */
export type RuleProbabilities = readonly number[] | Readonly<Record<string, number | undefined>>;

/** Decides from what an agent sees; the same phrases must give the same probabilities. */
export type Rule = (shown: Shown) => RuleProbabilities;

/** A rule that an oracle follows, for any number of actions. */
export interface RuleOracle {
  /** The true P(a | s). */
  readonly probabilities: Rule;
  /**
   * Standard deviation, in logits against the first action, of what a single reply strays from the truth by. Default 0:
   * every reply states the truth.
   */
  readonly noise?: number;
}

/**
 * The words of a world, compiled: what is enough to ask, distil, evaluate and explain. A `Scenario` has dynamics as well.
 */
export interface Vocabulary {
  readonly id: string;
  readonly actions: readonly string[];
  readonly traits: readonly string[];
  readonly contexts: readonly string[];
  /** Traits, then contexts. */
  readonly phrases: readonly string[];
  /** Numbers sets of these phrases: what is called a mask. Up to 32 phrases, bit j of it is phrase j. */
  readonly sets: PhraseSets;
  /** Traits' groups, then contexts' groups. */
  readonly groups: readonly PhraseGroup[];
  /** Pairs of phrase indices that never hold together, beside those of one group. */
  readonly conflicts: readonly (readonly [number, number])[];
  /** Law of the trait sets that occur: independent blocks; empty as long as a population's file has not been read. */
  readonly traitLaw: readonly TraitBlock[];
  /** File of the population, relative to the scenario's. */
  readonly population?: string;
  readonly prompt: PromptForm;
  /** The rule of its oracle, if the truth is known. */
  readonly knownRule?: KnownRule | RuleOracle;
  /** By name; empty if there are none. */
  readonly parameters: Readonly<Record<string, Parameter>>;
  /** Policies that the scenario brings, by name. */
  readonly policies: Readonly<Record<string, Rule>>;
}

/** A scenario, compiled: what every engine, policy and student reads. */
export interface Scenario extends Vocabulary {
  readonly discount: number;
  readonly horizon: number;
  readonly ticksPerDay: number;
  /** In the order in which they are updated within a tick. */
  readonly world: readonly Factor[];
  /**
   * In the order in which they are updated within a tick, after the world; among them those that an agent's neighbours
   * make.
   */
  readonly agent: readonly Factor[];
  /** The network that a run has unless it is given another, by the name of a generator (`ring:4`). */
  readonly network?: string;
  /** As declared; drawn by nobody: the tick that ended decides them, after the world and before the agents. */
  readonly crowd: readonly CrowdFactor[];
  /** Where each context holds. */
  readonly observe: readonly Table<boolean>[];
  /** Where each action is allowed. */
  readonly allowed: readonly Table<boolean>[];
  readonly reward: Table<number>;
  readonly measures: Readonly<Record<string, Table<number>>>;
  readonly map?: { readonly factor: string; readonly places: Readonly<Record<string, readonly [number, number]>> };
  /** What a screen may say beyond the names. */
  readonly staging?: Staging;
  /** Levels of a variable: a factor, a factor next (`sky'`), `action` or `trait:PHRASE` (0 or 1). */
  levels(variable: Variable): readonly Level[];
}
