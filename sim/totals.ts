import type { TotalsSoFar } from '../workspace/checkpoint.ts';
import type { TickRecord } from './tick-record.ts';

/** What a run comes to, tick by tick; it can be written down between two ticks and taken up again. */
export class Totals {
  readonly actions: Record<string, number>;
  readonly measures: Record<string, number>;
  reward = 0;
  /** Agent-ticks without a probability of the policy, and with one of anybody. */
  failed = 0;
  decided = 0;
  /** By action: sum of the mean probabilities, each times the agents that it is the mean of. */
  readonly #probabilities: Float64Array;
  readonly #names: readonly string[];

  /** @param before what the ticks before came to */
  constructor(actions: readonly string[], measures: readonly string[], before?: TotalsSoFar) {
    const none = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, 0]));
    this.#names = actions;
    this.actions = { ...none(actions), ...before?.actions };
    this.measures = { ...none(measures), ...before?.measures };
    this.#probabilities = Float64Array.from(before?.probabilities ?? new Array<number>(actions.length).fill(0));
    if (before) [this.reward, this.failed, this.decided] = [before.reward, before.failed, before.decided];
  }

  add({ counts, measures, reward, failed, decided, meanProbability }: TickRecord): void {
    this.#names.forEach((action, a) => (this.actions[action]! += counts[a]!));
    for (const [name, value] of Object.entries(measures)) this.measures[name]! += value;
    if (decided > 0) meanProbability.forEach((p, a) => (this.#probabilities[a]! += p * decided));
    this.reward += reward;
    this.failed += failed;
    this.decided += decided;
  }

  /** Mean of the probability of each action over the agent-ticks that got one; NaN if none did. */
  get meanProbabilities(): Record<string, number> {
    return Object.fromEntries(this.#names.map((name, a) => [name, this.#probabilities[a]! / this.decided]));
  }

  get soFar(): TotalsSoFar {
    const { actions, measures, reward, failed, decided } = this;
    return { actions: { ...actions }, measures: { ...measures }, probabilities: [...this.#probabilities], reward, failed, decided }; // biome-ignore format: one line
  }
}
