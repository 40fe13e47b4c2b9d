import type { StateSpace } from '../../env/state-space.ts';
import type { AskedOnce } from '../../policies/asked-once.ts';
import type { TickDecisions } from './decider.ts';
import type { Bins, Decisions } from './kernel/kernel.ts';
import { allowedWeights, type Draws, emptyDraws, type Situations, writeDraw } from './kernel/laws.ts';
import type { ActPlan, Cut } from './kernel/plan.ts';

/** What is known of a decision. */
const known = { nothing: 0, answered: 1, stoodIn: 2, skipped: 3 } as const;

/** What one policy decides in the situations of one kind of tick. */
export class Choices implements Decisions {
  readonly draws: readonly Draws[];
  revision = 0;
  /** By kind, shape [rows, k]: weights out of 65,536. */
  readonly weights: readonly Uint32Array[];
  /** By kind, shape [rows]. */
  readonly #known: readonly Uint8Array[];
  readonly #situations: Cut<Situations>;
  readonly #space: StateSpace;
  readonly #traitSets: Uint32Array;
  /** Decisions that the policy itself has not given. */
  #open = 0;

  constructor(space: StateSpace, traitSets: Uint32Array, situations: Cut<Situations>) {
    const k = space.scenario.actions.length;
    const rowsOf = (kind: number) => situations.slices[situations.of[kind]!]!.classes.rows;
    this.#space = space;
    this.#traitSets = traitSets;
    this.#situations = situations;
    // Until it is known what is decided, the first action: a number beyond the last would be counted somewhere else.
    this.draws = Array.from(traitSets, (_, kind) => {
      const draws = emptyDraws(rowsOf(kind), k - 1);
      draws.top.fill(k - 1);
      draws.thresholds.fill(65535);
      return draws;
    });
    this.weights = Array.from(traitSets, (_, kind) => new Uint32Array(rowsOf(kind) * k));
    this.#known = Array.from(traitSets, (_, kind) => new Uint8Array(rowsOf(kind)));
    for (const own of this.#known) this.#open += own.length;
  }

  /** Situations of all kinds. */
  get situations(): number {
    return this.#known.reduce((sum, { length }) => sum + length, 0);
  }

  /** Whether the policy has decided every situation. */
  get complete(): boolean {
    return this.#open === 0;
  }

  /** Whether the policy itself gave the probability, and whether anybody did. */
  answered(kind: number, row: number): boolean {
    return this.#known[kind]![row] === known.answered;
  }

  decided(kind: number, row: number): boolean {
    return this.#known[kind]![row] !== known.skipped;
  }

  /** The set of phrases that a kind observes in a situation. */
  maskOf(kind: number, row: number): number {
    const { contexts } = this.#situations.slices[this.#situations.of[kind]!]!;
    return this.#space.scenario.sets.union(this.#traitSets[kind]!, contexts[row]!);
  }

  /** Every set of phrases that there may be, repeats included. */
  *masks(): Generator<number> {
    for (let kind = 0; kind < this.#known.length; kind++)
      for (let row = 0; row < this.#known[kind]!.length; row++) yield this.maskOf(kind, row);
  }

  /** Takes over what a policy answered, as far as it did. */
  learn(memo: AskedOnce): void {
    this.#known.forEach((own, kind) =>
      own.forEach((before, row) => {
        const weights = before === known.answered ? undefined : memo.weightsOf(this.maskOf(kind, row));
        if (weights) this.#write(kind, row, weights, known.answered);
      }),
    );
  }

  /** Takes over the decisions for the situations that occur. */
  write(occurring: Bins, decisions: TickDecisions): void {
    this.#known.forEach((own, kind) => {
      for (let row = 0; row < own.length; row++) {
        if (occurring.counts[kind * occurring.stride + row] === 0 || own[row] === known.answered) continue;
        const mask = this.maskOf(kind, row);
        const how = decisions.answered(mask) ? known.answered : decisions.decided(mask) ? known.stoodIn : known.skipped;
        this.#write(kind, row, decisions.weightsOf(mask), how);
      }
    });
  }

  #write(kind: number, row: number, weights: Uint32Array, how: number): void {
    const { allowed } = this.#situations.slices[this.#situations.of[kind]!]!;
    const masked = allowedWeights(weights, allowed, row);
    this.weights[kind]!.set(masked, row * masked.length);
    writeDraw(this.draws[kind]!, row, masked);
    if (how === known.answered) this.#open--;
    this.#known[kind]![row] = how;
    this.revision++;
  }
}

/** Choices are kept for ticks to come up to so many weights. */
const KEPT_WEIGHTS = 2 ** 24;

/** The choices of the policies of a run, by policy and kind of tick. */
export class ChoiceBook {
  readonly #space: StateSpace;
  readonly #traitSets: Uint32Array;
  /** A policy that nobody has any more takes its choices with it. */
  #kept = new WeakMap<AskedOnce, Map<readonly Situations[], Choices>>();
  #weights = 0;

  constructor(space: StateSpace, traitSets: Uint32Array) {
    this.#space = space;
    this.#traitSets = traitSets;
  }

  /** @param memo of the policy that decides */
  at(memo: AskedOnce, { situations }: ActPlan): Choices {
    let choices = this.#kept.get(memo)?.get(situations.slices);
    if (choices) return choices;
    choices = new Choices(this.#space, this.#traitSets, situations);
    const size = choices.weights.reduce((sum, { length }) => sum + length, 0);
    if (this.#weights + size > KEPT_WEIGHTS) {
      this.#kept = new WeakMap();
      this.#weights = 0;
    }
    this.#weights += size;
    const own = this.#kept.get(memo) ?? new Map<readonly Situations[], Choices>();
    this.#kept.set(memo, own.set(situations.slices, choices));
    return choices;
  }
}
