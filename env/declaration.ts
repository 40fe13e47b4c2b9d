import type { Chance, Level } from './chance.ts';
import type { KnownRule } from './known-rule.ts';
import type { CrowdUnit, Parameter, PromptForm, Rule, RuleOracle } from './scenario.ts';
import type { StagingDeclaration } from './staging.ts';
import type { PopulationRow } from './trait-law.ts';

/** Levels of each factor of a group, by name. */
export type Factors = Readonly<Record<string, readonly Level[]>>;
type LevelsOf<F extends readonly Level[]> = F[number];
type Values<F extends Factors> = { readonly [K in keyof F]: LevelsOf<F[K]> };
type Except<T, K> = { readonly [P in keyof T as P extends K ? never : P]: T[P] };
type Has<T extends string> = { readonly traits: { readonly [P in T]: boolean } };

/** A function position that must not take part in inferring the names: else one annotated predicate collapses them. */
type World<W extends Factors> = Values<NoInfer<W>>;
type Agent<A extends Factors> = Values<NoInfer<A>>;
type Crowd<D extends Factors> = Values<NoInfer<D>>;
type State<W extends Factors, A extends Factors, D extends Factors> = World<W> & Agent<A> & Crowd<D>;
type Acting<W extends Factors, A extends Factors, D extends Factors, T extends string, X extends string> = State<
  W,
  A,
  D
> &
  Has<NoInfer<T>> & { readonly action: NoInfer<X> };

/** Phrases of which exactly one holds, by the group's name. */
type Groups<P extends string, G extends string = string> = { readonly [N in G]: readonly P[] };

/** The traits of a declaration: phrases, and which sets of them occur how often. */
export interface TraitsDeclaration<T extends string, G extends string = string> {
  /** Phrases that hold or do not, each by itself. */
  readonly phrases?: readonly T[];
  /** Phrases of which each person has exactly one ("18 to 29", "30 to 44", …), by the group's name. */
  readonly groups?: Groups<T, G>;
  readonly conflicts?: readonly (readonly [NoInfer<T>, NoInfer<T>])[];
  /**
   * Relative frequency of a trait set; default 1. Every set without a conflict is considered that has one phrase of each
   * group and, without groups, is not empty.
   */
  readonly weight?: (has: { readonly [P in NoInfer<T>]: boolean }) => number;
  /**
   * Probabilities in place of weights: of a phrase within its group (summing to 1; default equal), or of holding for one
   * without a group (default .5). They are independent, except for what conflicts rule out.
   */
  readonly shares?: { readonly [P in NoInfer<T>]?: number };
  /**
   * A table of people in place of weights: rows, or a CSV or Parquet file beside the scenario's with a column for each
   * group or trait, or `traits`, and an optional `weight`.
   */
  readonly population?: string | readonly PopulationRow[];
}

/** The part of a declaration that needs no dynamics. */
export interface WordsDeclaration<T extends string, X extends string, G extends string = string> {
  /** Of a–z, 0–9 and -. Moves when the same seed no longer gives the same run. */
  readonly id: string;
  /** Two or more; the first is the default, to which masked probability goes. */
  readonly actions: readonly [X, X, ...X[]];
  readonly traits: TraitsDeclaration<T, G>;
  readonly prompt?: PromptForm;
  /**
   * Rule of the teacher `oracle`: a truth on which the whole way from teacher to student can be checked. `probabilities`
   * is a function of what is seen; it must be pure.
   */
  readonly knownRule?: KnownRule | RuleOracle;
  /** Named numbers that the scenario was made with, with their ranges: what `--set` and sliders may change. */
  readonly parameters?: { readonly [name: string]: Parameter };
  /** Policies by name, for `policy:NAME`. */
  readonly policies?: { readonly [name: string]: Rule };
}

/** What defineVocabulary reads: the words of a world without dynamics. */
export interface VocabularyDeclaration<T extends string, C extends string, X extends string>
  extends WordsDeclaration<T, X> {
  readonly contexts?: {
    readonly phrases?: readonly C[];
    /** Phrases of which exactly one holds, by the group's name. */
    readonly groups?: Groups<C>;
    readonly conflicts?: readonly (readonly [NoInfer<C>, NoInfer<C>])[];
  };
}

/** A factor that the crowd makes: L its levels, N what decides who counts, W the world, P what it may go by. */
export interface CrowdDeclaration<L extends readonly Level[], N, W, P extends string> {
  /** From the emptiest to the fullest. */
  readonly levels: L;
  /** Whom it counts: `({ road, action }) => road === 'bridge' && action === 'drive'`, in the tick that ended. */
  readonly who: (now: NoInfer<N>) => boolean;
  /**
   * A level for each level of an agent factor, or for each phrase of a group of traits: agents are counted where they
   * are in the tick that ended, and each reads the level of its own place (in `next`, of the place where it will be).
   * `neighbours`: a level for each agent, made by its neighbours in the run's network; for single agents. Default: one
   * level for everybody, which the world's laws may read as well.
   */
  readonly by?: NoInfer<P>;
  /**
   * `share`: of the agents at the place, from 0 to 1 (0 if nobody is there). `per capita`: the number counted at the place
   * divided by all agents of the run, so that a capacity does not depend on the size of the population. `count`: agents.
   * By neighbours: a `share` or `count` of the neighbours. Default `share`.
   */
  readonly in?: CrowdUnit;
  /** Ascending, one fewer than levels: each is the least value of the next level. Shares are rounded down to millionths. */
  readonly cuts: readonly number[];
  /**
   * Adds up over ticks (what is taken from a stock) and starts again at 0 in each tick in whose world this holds:
   * `({ hour }) => hour === 8`. Default: each tick counts alone.
   */
  readonly since?: (world: NoInfer<W>) => boolean;
  /** The level at tick 0, everywhere. Default the first. */
  readonly start?: LevelsOf<NoInfer<L>>;
}

/** What defineScenario reads: a factored MDP and the words in which people and situations are described. */
export interface ScenarioDeclaration<
  W extends Factors,
  A extends Factors,
  T extends string,
  C extends string,
  X extends string,
  Z extends keyof A,
  G extends string = string,
  D extends Factors = Factors,
> extends WordsDeclaration<T, X, G> {
  /** γ in (0, 1]. */
  readonly discount: number;
  /** Ticks in an episode. */
  readonly horizon: number;
  /** Ticks in a day; default: the whole horizon is one day. */
  readonly ticksPerDay?: number;
  /** Each context with the states, and the traits, with which it holds. */
  readonly contexts: { readonly [K in C]: (now: State<W, A, D> & Has<NoInfer<T>>) => boolean };
  /** Contexts of which exactly one holds, by the group's name. */
  readonly contextGroups?: Groups<NoInfer<C>>;
  readonly contextConflicts?: readonly (readonly [NoInfer<C>, NoInfer<C>])[];
  /**
   * Factors that everybody shares, by name. `levels`: their values, texts or numbers. `start`: the first level, or levels
   * with probabilities that sum to 1 (`{ dry: 0.8, rain: 0.2 }`, or `mix(p, a, b)`: a with p, otherwise b), or a function of
   * the other factors that gives one. `next(now, next)` gives the same for the tick that begins: `now` is the tick that ends,
   * `next` holds the factors of the one that begins. `now` also holds the crowd factors that are alike for everybody.
   */
  readonly world: {
    readonly [K in keyof W]: {
      readonly levels: W[K];
      readonly start:
        | Chance<LevelsOf<NoInfer<W>[K]>>
        | ((first: Except<World<W>, K>) => Chance<LevelsOf<NoInfer<W>[K]>>);
      readonly next: (now: World<W> & Crowd<D>, next: Except<World<W>, K>) => Chance<LevelsOf<NoInfer<W>[K]>>;
    };
  };
  /**
   * Factors that each agent has of its own, declared alike. Their laws may read the world, `traits` (`traits['owns a car']` is
   * true or false) and, in `next`, the `action` that was taken.
   */
  readonly agent: {
    readonly [K in keyof A]: {
      readonly levels: A[K];
      readonly start:
        | Chance<LevelsOf<NoInfer<A>[K]>>
        | ((first: Except<State<W, A, D> & Has<NoInfer<T>>, K>) => Chance<LevelsOf<NoInfer<A>[K]>>);
      readonly next: (now: Acting<W, A, D, T, X>, next: Except<State<W, A, D>, K>) => Chance<LevelsOf<NoInfer<A>[K]>>;
    };
  };
  /**
   * Factors that the crowd makes, by name: a queue, a stock that runs out, a jam, what everybody around does. Agents for
   * whom `who` holds are counted at the end of a tick, and the level of the next tick is the number of `cuts` that the
   * count reaches. Contexts, laws of agents, rewards and measures read it like any factor. All act at once, so a stock can
   * be oversold within a tick.
   */
  readonly crowd?: {
    readonly [K in keyof D]: CrowdDeclaration<
      D[K],
      Acting<W, A, D, T, X>,
      World<W>,
      (keyof A & string) | G | 'neighbours'
    >;
  };
  /**
   * The network in which agents are neighbours unless a run is given another: `ring:4` (each beside the 4 nearest),
   * `small-world:6,0.1` (a ring of 6 with a tenth of the edges rewired), `scale-free:3` (each new one joins 3).
   */
  readonly network?: string;
  /** Where an action may be taken; one that is not named is always allowed. The first always is and must not be named. */
  readonly allowed?: { readonly [K in NoInfer<X>]?: (now: State<W, A, D> & Has<NoInfer<T>>) => boolean };
  readonly reward: (now: Acting<W, A, D, T, X>, next: State<W, A, D>) => number;
  /** Named totals beside the reward: what is counted need not be what is good. */
  readonly measures?: { readonly [name: string]: (now: Acting<W, A, D, T, X>, next: State<W, A, D>) => number };
  /** One factor's levels as places on the unit square, [x, y] from the upper left. */
  readonly map?: {
    readonly factor: Z;
    readonly places: { readonly [P in LevelsOf<A[Z]>]: readonly [number, number] };
  };
  /** What a screen may say beyond the names. */
  readonly staging?: StagingDeclaration<World<W>, NoInfer<X>>;
}
