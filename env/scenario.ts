import type { Level } from './chance.ts';
import type { KnownRule } from './known-rule.ts';
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
}

/** One discrete factor of the state: its levels and the integer laws of its first and its next value. */
export interface Factor {
  readonly name: string;
  readonly levels: readonly Level[];
  /** Weights out of 65,536 over the levels at tick 0, by the factors of tick 0 that it reads (written with a prime). */
  readonly start: Table<Uint32Array>;
  /** Weights out of 65,536 over the levels of the next tick. */
  readonly next: Table<Uint32Array>;
}

/** A scenario, compiled: what every engine, policy and student reads. */
export interface Scenario {
  readonly id: string;
  readonly actions: readonly string[];
  readonly discount: number;
  readonly horizon: number;
  readonly ticksPerDay: number;
  readonly traits: readonly string[];
  readonly contexts: readonly string[];
  /** Traits, then contexts: bit j of an observation's mask is phrase j. */
  readonly phrases: readonly string[];
  /** Pairs of phrase indices that never hold together. */
  readonly conflicts: readonly (readonly [number, number])[];
  /**
   * Masks of the trait sets that occur: not empty (except in a scenario without traits), without a conflict, of
   * positive weight.
   */
  readonly traitSets: Uint32Array;
  /** Weights of the trait sets, integers out of traitTotal. */
  readonly traitWeights: Uint32Array | Float64Array;
  /** 65,536 if that keeps each set's share to within 1 in 1,024 of what was declared, otherwise 2^52. */
  readonly traitTotal: number;
  /** In the order in which they are updated within a tick. */
  readonly world: readonly Factor[];
  /** In the order in which they are updated within a tick, after the world. */
  readonly agent: readonly Factor[];
  /** Where each context holds. */
  readonly observe: readonly Table<boolean>[];
  /** Where each action is allowed. */
  readonly allowed: readonly Table<boolean>[];
  readonly reward: Table<number>;
  readonly measures: Readonly<Record<string, Table<number>>>;
  readonly prompt: PromptForm;
  /** The rule of its oracle, where the truth is known. */
  readonly knownRule?: KnownRule;
  readonly map?: { readonly factor: string; readonly places: Readonly<Record<string, readonly [number, number]>> };
  /** What a screen may say beyond the names. */
  readonly staging?: Staging;
  /** Levels of a variable: a factor, a factor next (`sky'`), `action` or `trait:PHRASE` (0 or 1). */
  levels(variable: Variable): readonly Level[];
}
