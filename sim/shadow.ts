import { UnderstudyError } from '../env/error.ts';
import { philoxInto, purposes, streamKey, uniform53 } from '../env/random.ts';
import type { AskedOnce } from '../policies/asked-once.ts';
import type { Policy } from '../policies/policy.ts';
import { ConfidenceSequence, DriftAlarm } from '../stats/confidence-sequence.ts';
import type { ShadowSoFar } from '../workspace/checkpoint.ts';
import { type Divergence, distanceAt } from './canaries.ts';
import type { StepOptions } from './engine/decider.ts';
import type { Simulation } from './simulation.ts';
import type { TickRecord } from './tick-record.ts';
import type { Watch } from './watch.ts';

/** How a run is audited while it goes on. */
export interface ShadowOptions {
  /** Share of the decisions of a tick that are drawn, above 0, at most 1. */
  readonly share: number;
  /** Mean total variation above which the alarm is to be raised, between 0 and 1. */
  readonly bound: number;
}

/** What a shadow audit found. */
export interface ShadowSummary extends ShadowOptions {
  readonly teacher: string;
  /** Decisions that were drawn; observations that the teacher was asked about for them; draws that it gave no answer to. */
  readonly decisions: number;
  readonly questions: number;
  readonly unanswered: number;
  /** Of all decisions of the run: mean total variation with a 95 % interval that held at every tick at once. */
  readonly divergence: Divergence;
  /** The tick in which the alarm was raised; null if it was not. */
  readonly alarm: number | null;
}

/** A false alarm has at most this probability within a horizon of the scenario. */
const FALSE_ALARM = 0.05;

/**
 * A teacher looks over the shoulder of whoever decides: in each tick it is asked about decisions that are drawn at random, as
 * many in each, each by its agents alike. What is drawn in a tick has the mean of that tick's decisions as its expectation,
 * so the confidence sequence holds the mean of all decisions so far, and the alarm its promise, whatever the states do.
 */
export class Shadow implements Watch {
  readonly #simulation: Simulation;
  readonly #teacher: Policy;
  readonly #options: ShadowOptions;
  readonly #drawn: number;
  readonly #luck: Luck;
  readonly #divergence: ConfidenceSequence;
  readonly #alarm: DriftAlarm;
  #decisions: number;
  #unanswered: number;
  #raised: number | undefined;
  #questions: number;
  /** Of the tick that is being decided. */
  #pending: { readonly mask: number; readonly memo: AskedOnce }[] = [];
  #memo: AskedOnce | undefined;

  /** @throws {UnderstudyError} SIMULATION_ARGUMENT for a share or a bound that is not one */
  constructor(simulation: Simulation, teacher: Policy, options: ShadowOptions, before?: ShadowSoFar) {
    const wrong = (what: string) => new UnderstudyError('SIMULATION_ARGUMENT', `a shadow audit needs ${what}`);
    if (!(options.share > 0 && options.share <= 1)) throw wrong(`a share above 0, at most 1, got ${options.share}`);
    if (!(options.bound > 0 && options.bound < 1)) throw wrong(`a bound between 0 and 1, got ${options.bound}`);
    this.#simulation = simulation;
    this.#teacher = teacher;
    this.#options = options;
    this.#drawn = Math.max(1, Math.round(options.share * simulation.agents));
    this.#luck = new Luck(simulation.seed);
    this.#divergence = new ConfidenceSequence(0.95, before?.divergence);
    // By time n a false alarm has a probability of at most n ÷ patience (Shin, Ramdas & Rinaldo 2024).
    const patience = (this.#drawn * simulation.scenario.horizon) / FALSE_ALARM;
    this.#alarm = new DriftAlarm(options.bound, patience, before?.alarm);
    this.#decisions = before?.decisions ?? 0;
    this.#unanswered = before?.unanswered ?? 0;
    this.#questions = before?.questions ?? 0;
    this.#raised = before?.raised;
  }

  async before(options: StepOptions): Promise<void> {
    const { scenario, policy, canaries, tick } = this.#simulation;
    const observed = this.#simulation.observedByArm();
    const deciding = [policy, ...canaries.map((canary) => canary.policy)];
    const rows = observed.flatMap(({ masks, counts }, arm) =>
      Array.from(masks, (mask, i) => ({ mask, arm, count: counts[i]! })),
    );
    // In an order that depends on nothing but the observations.
    rows.sort((a, b) => scenario.sets.compare(a.mask, b.mask) || a.arm - b.arm);
    let sum = 0;
    const upTo = Float64Array.from(rows, ({ count }) => (sum += count));
    this.#luck.begin(tick);
    const chosen = Array.from({ length: this.#drawn }, () => rows[above(upTo, this.#luck.next() * sum)]!);
    const memos: AskedOnce[] = [];
    for (const [arm, one] of deciding.entries()) {
      const own = chosen.flatMap((row) => (row.arm === arm ? [row.mask] : []));
      memos.push(await this.#simulation.consult(one, own, options));
    }
    this.#memo = await this.#simulation.consult(
      this.#teacher,
      chosen.map(({ mask }) => mask),
      options,
    );
    this.#pending = chosen.map(({ mask, arm }) => ({ mask, memo: memos[arm]! }));
  }

  after({ tick }: TickRecord): Partial<TickRecord> {
    const teacher = this.#memo!;
    let [sum, compared] = [0, 0];
    for (const { mask, memo } of this.#pending) {
      this.#decisions++;
      const distance = distanceAt(memo, teacher, mask);
      if (distance === undefined) {
        this.#unanswered++;
        continue;
      }
      this.#divergence.add(distance);
      this.#alarm.add(distance);
      sum += distance;
      compared++;
    }
    this.#pending = [];
    this.#questions = teacher.size;
    if (this.#alarm.raised) this.#raised ??= tick;
    const { mean, lower, upper } = this.#divergence.interval;
    const alarm = this.#raised !== undefined;
    return { shadow: { decisions: compared, tick: sum / compared, mean, lower, upper, alarm } };
  }

  get soFar(): ShadowSoFar {
    return {
      ...{ decisions: this.#decisions, unanswered: this.#unanswered, questions: this.#questions },
      ...{ divergence: this.#divergence.state, alarm: this.#alarm.state },
      ...(this.#raised !== undefined && { raised: this.#raised }),
    };
  }

  get summary(): ShadowSummary {
    return {
      ...this.#options,
      ...{ teacher: this.#teacher.id, decisions: this.#decisions, questions: this.#questions },
      ...{ unanswered: this.#unanswered, divergence: this.#divergence.interval, alarm: this.#raised ?? null },
    };
  }
}

/** The first index whose sum lies above a number. */
function above(sums: Float64Array, x: number): number {
  let low = 0;
  let high = sums.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sums[middle]! > x) high = middle;
    else low = middle + 1;
  }
  return low;
}

const { stream, word, first } = purposes.shadow;

/** Uniform numbers on [0, 1), addressed by the tick. */
class Luck {
  readonly #key: readonly [number, number];
  readonly #block = new Uint32Array(4);
  #tick = 0;
  #blocks = 0;
  #used = 4;

  constructor(seed: number) {
    this.#key = streamKey(seed, stream);
  }

  begin(tick: number): void {
    this.#tick = tick;
    this.#blocks = 0;
    this.#used = 4;
  }

  next(): number {
    if (this.#used === 4) {
      philoxInto(this.#block, this.#blocks++, this.#tick, first, word, this.#key[0], this.#key[1]);
      this.#used = 0;
    }
    const at = this.#used;
    this.#used = at + 2;
    return uniform53(this.#block[at]!, this.#block[at + 1]!);
  }
}
