import { distanceAt, tooFar } from '../../sim/canaries.ts';
import { type Selection, wordsOf } from '../../sim/engine/selection.ts';
import type { Simulation } from '../../sim/simulation.ts';
import { ConfidenceSequence } from '../../stats/confidence-sequence.ts';
import type { CanaryStatus } from '../protocol/policies.ts';
import { AskingAhead } from './asking-ahead.ts';
import type { Ready } from './cast.ts';
import type { Deciders } from './shown.ts';

interface CanaryOptions {
  readonly member: Ready;
  readonly only: Selection;
  readonly bound?: number;
  /**
   * One of the same policy, for other agents: what it has come to is gone on from, so that moving the share gives no further
   * chances of being called back by accident.
   */
  readonly before?: Canary;
  /** More of its questions are answered. */
  readonly onChange: () => void;
}

/**
 * A part of the agents for which another policy decides, and how far what it decides is from what the policy of the moment
 * would there. That is known where the policy of the moment costs nothing to ask, or where there is a bound, with which it
 * is asked; the rule by which it is called back is that of sim/canaries.ts.
 */
export class Canary {
  member: Ready;
  readonly only: Selection;
  readonly bound: number | undefined;
  /** The first tick that it decides. */
  readonly since: number;
  readonly agents: number;
  readonly #divergence: ConfidenceSequence;
  #compared: { readonly values: number[]; readonly counts: number[] } = { values: [], counts: [] };
  readonly #asking: AskingAhead;

  /** @param simulation in which it has begun */
  constructor(simulation: Simulation, { member, only, bound, before, onChange }: CanaryOptions) {
    this.member = member;
    this.only = only;
    this.bound = bound;
    this.since = before?.since ?? simulation.tick;
    this.agents = simulation.deciding.of!.reduce((sum, arm) => sum + arm, 0);
    this.#asking = new AskingAhead(onChange);
    this.#divergence = new ConfidenceSequence(0.95, before?.divergence.state);
  }

  get divergence(): ConfidenceSequence {
    return this.#divergence;
  }

  /** What went wrong with its last question. */
  get problem(): string | undefined {
    return this.#asking.problem;
  }

  get asking(): { readonly done: number; readonly of: number } | undefined {
    return this.#asking.progress;
  }

  /**
   * Before a tick: asks its policy, so that a failure is known to be its own, and the policy of the moment in its states.
   * @throws what they throw, and the signal's reason
   */
  async ask(simulation: Simulation, incumbent: Ready, signal: AbortSignal): Promise<void> {
    const { masks, counts } = simulation.observedByArm()[1]!;
    await this.#asking.ask(this.member, masks, signal);
    this.#compared = { values: [], counts: [] };
    if (this.bound === undefined && incumbent.costly) return;
    await incumbent.policy.learn(masks, { signal });
    masks.forEach((mask, i) => {
      const distance = distanceAt(this.member.policy, incumbent.policy, mask);
      if (distance === undefined) return;
      this.#compared.values.push(distance);
      this.#compared.counts.push(counts[i]!);
    });
  }

  /** The tick was played. @returns why it goes back now, if it does */
  played(): string | undefined {
    this.#divergence.addTogether(this.#compared.values, this.#compared.counts);
    return this.bound === undefined ? undefined : tooFar(this.#divergence.interval, this.bound);
  }

  get deciders(): NonNullable<Deciders['canary']> {
    return { member: this.member, only: this.only, agents: this.agents };
  }

  status(): CanaryStatus {
    const { only, agents, since, bound } = this;
    const { interval } = this.#divergence;
    return {
      ...{ policy: this.member.name, who: wordsOf(only), agents, since },
      ...('share' in only ? { percent: Math.round(100 * only.share[1]) } : { traits: [...only.traits] }),
      ...(interval.n > 0 && { divergence: interval }),
      ...(bound !== undefined && { bound }),
      ...(this.problem !== undefined && { problem: this.problem }),
    };
  }
}
