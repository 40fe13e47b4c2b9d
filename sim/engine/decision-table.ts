import { quantise } from '../../env/chance.ts';
import { UnderstudyError } from '../../env/error.ts';
import { observations } from '../../env/observation.ts';
import type { Scenario } from '../../env/scenario.ts';
import type { DecideOptions, Decisions, Outcome, Policy } from '../../policies/policy.ts';

/** Up to this many phrases, masks index an array; beyond, a map. */
const DENSE_PHRASES = 20;

/**
 * A policy's answers by observation, each distinct observation asked once: a step of a population becomes a look-up
 * and a teacher costs its distinct states, not its agents. Probabilities are held as integers out of 65,536.
 */
export class DecisionTable {
  readonly policy: Policy;
  private readonly scenario: Scenario;
  private readonly index: { get(mask: number): number | undefined; set(mask: number, row: number): unknown };
  private readonly weights: Uint32Array[] = [];
  private readonly probabilities: Float64Array[] = [];
  private readonly outcomes: Outcome[] = [];

  constructor(scenario: Scenario, policy: Policy) {
    this.scenario = scenario;
    this.policy = policy;
    this.index = scenario.phrases.length <= DENSE_PHRASES ? denseIndex(2 ** scenario.phrases.length) : new Map();
  }

  /** Observations answered so far, whatever the outcome. */
  get size(): number {
    return this.outcomes.length;
  }

  /**
   * Asks the policy what it was never asked before, and again what ran out of time.
   * @param masks observations, repeats allowed
   * @returns how many were asked; an aborted call keeps nothing of this batch
   * @throws {UnderstudyError} SIMULATION_DECISION if the policy's answer has another shape, or a row that is no distribution
   */
  async ask(masks: ArrayLike<number>, options: DecideOptions = {}): Promise<number> {
    const unknown = [...new Set(Array.from(masks).filter((mask) => this.isOpen(mask)))];
    if (unknown.length === 0) return 0;
    const actions = this.scenario.actions.length;
    const decisions = await this.policy.decide(observations(this.scenario, unknown), options);
    requireRows(this.policy, decisions, unknown.length, actions);
    unknown.forEach((mask, i) => {
      if (!this.isOpen(mask)) return; // answered meanwhile by another call
      const given = decisions.probabilities.slice(i * actions, (i + 1) * actions);
      const outcome = decisions.outcomes[i]!;
      const row = this.index.get(mask) ?? this.outcomes.length;
      this.index.set(mask, row);
      this.outcomes[row] = outcome;
      this.probabilities[row] = given;
      this.weights[row] = outcome === 'ok' ? quantise(given) : new Uint32Array(actions);
    });
    return unknown.length;
  }

  private isOpen(mask: number): boolean {
    const outcome = this.outcome(mask);
    return outcome === undefined || outcome === 'timeout';
  }

  /** How the question ended; undefined if it was never asked. */
  outcome(mask: number): Outcome | undefined {
    const row = this.index.get(mask);
    return row === undefined ? undefined : this.outcomes[row];
  }

  /** P(action | mask) as the policy gave it; NaN where it gave none. */
  probability(mask: number, action: number): number {
    const row = this.index.get(mask);
    return row === undefined ? Number.NaN : this.probabilities[row]![action]!;
  }

  /** Weights of the k actions out of 65,536; undefined unless the outcome is ok. */
  weightsOf(mask: number): Uint32Array | undefined {
    const row = this.index.get(mask);
    return row !== undefined && this.outcomes[row] === 'ok' ? this.weights[row] : undefined;
  }
}

/** A policy is code of anybody's: rounding would make a law out of whatever it gives. */
function requireRows(policy: Policy, { probabilities, outcomes }: Decisions, n: number, k: number): void {
  const wrong = (what: string) => new UnderstudyError('SIMULATION_DECISION', `${policy.id} ${what}`);
  if (outcomes.length !== n || probabilities.length !== n * k)
    throw wrong(
      `gave ${outcomes.length} outcomes and ${probabilities.length} probabilities, expected ${n} and ${n} × ${k}`,
    );
  outcomes.forEach((outcome, i) => {
    if (outcome !== 'ok') return;
    const row = probabilities.subarray(i * k, (i + 1) * k);
    const sum = row.reduce((total, p) => total + p, 0);
    if (!(row.every((p) => p >= 0) && Math.abs(sum - 1) < 1e-6))
      throw wrong(`gave [${row.join(', ')}] as probabilities; they must be 0 or more and sum to 1`);
  });
}

function denseIndex(size: number) {
  const rows = new Int32Array(size).fill(-1);
  return {
    get: (mask: number) => (rows[mask]! < 0 ? undefined : rows[mask]),
    set: (mask: number, row: number) => (rows[mask] = row),
  };
}
