import { UnderstudyError } from '../../env/error.ts';
import { phrasesOf } from '../../env/observation.ts';
import type { Scenario } from '../../env/scenario.ts';
import type { Policy } from '../../policies/policy.ts';
import { DecisionTable } from './decision-table.ts';

/** What agents do whose observation the policy gave no probability for: stop the run, take the default action, or ask another. */
export type OnFailure = 'stop' | 'skip' | { readonly fallback: Policy };

export interface SwapEntry {
  /** The first tick that the new policy decides. */
  readonly tick: number;
  readonly from: string;
  readonly to: string;
}

export interface StepOptions {
  readonly signal?: AbortSignal;
  readonly onAsking?: (done: number, of: number) => void;
}

/** The decisions of one tick. */
export interface TickDecisions {
  readonly policy: string;
  /** Observations that the policy was asked now. */
  readonly asked: number;
  /** Whether the policy itself gave a probability. */
  answered(mask: number): boolean;
  /** Weights of the k actions out of 65,536. */
  weightsOf(mask: number): Uint32Array;
}

/** Who decides in a run: the policy of the moment, what it answered before, and who steps in where it has no answer. */
export class Decider {
  readonly swaps: SwapEntry[] = [];
  private readonly scenario: Scenario;
  private readonly onFailure: OnFailure;
  private readonly tables = new Map<string, DecisionTable>();
  private readonly certainDefault: Uint32Array;
  private deciding: Policy;
  /** Id of the policy that decided last; at first the one that the run begins with. */
  private decided: string;

  constructor(scenario: Scenario, policy: Policy, onFailure: OnFailure) {
    requireScenario(scenario, policy);
    if (typeof onFailure === 'object') requireScenario(scenario, onFailure.fallback);
    this.scenario = scenario;
    this.onFailure = onFailure;
    this.deciding = policy;
    this.decided = policy.id;
    this.certainDefault = Uint32Array.of(65536, ...new Array<number>(scenario.actions.length - 1).fill(0));
  }

  get policy(): Policy {
    return this.deciding;
  }

  /** What a policy answered in this run; those who watch may share it. */
  tableOf(policy: Policy): DecisionTable {
    let table = this.tables.get(policy.id);
    if (!table) this.tables.set(policy.id, (table = new DecisionTable(this.scenario, policy)));
    return table;
  }

  /** Another policy decides from the next tick on that is not being decided already. */
  swap(policy: Policy): void {
    requireScenario(this.scenario, policy);
    this.deciding = policy;
  }

  /** A tick was played under a policy: if it is another than decided before, that is a swap. */
  played(tick: number, policy: string): void {
    if (policy !== this.decided) this.swaps.push({ tick, from: this.decided, to: policy });
    this.decided = policy;
  }

  /**
   * Decides for the distinct observations of a tick.
   * @throws {UnderstudyError} SIMULATION_UNANSWERED if an observation stays open and nobody steps in
   */
  async decide(masks: Uint32Array, tick: number, { signal, onAsking }: StepOptions): Promise<TickDecisions> {
    const table = this.tableOf(this.deciding);
    const asked = await table.ask(masks, { signal, onProgress: onAsking });
    const fallback = await this.fallbackFor(table, masks, tick, signal);
    signal?.throwIfAborted();
    return {
      policy: table.policy.id,
      asked,
      answered: (mask) => table.outcome(mask) === 'ok',
      weightsOf: (mask) => table.weightsOf(mask) ?? fallback?.weightsOf(mask) ?? this.certainDefault,
    };
  }

  /** The table that answers what the policy left open; undefined where nothing is open or what is open is skipped. */
  private async fallbackFor(
    table: DecisionTable,
    masks: Uint32Array,
    tick: number,
    signal?: AbortSignal,
  ): Promise<DecisionTable | undefined> {
    const open = masks.filter((mask) => table.outcome(mask) !== 'ok');
    if (open.length === 0 || this.onFailure === 'skip') return undefined;
    const { traits, context } = phrasesOf(this.scenario, { width: this.scenario.phrases.length, masks: open }, 0);
    const example = `"${[...traits, ...context].join(', ')}"`;
    if (this.onFailure === 'stop')
      throw new UnderstudyError(
        'SIMULATION_UNANSWERED',
        `${table.policy.id} gave no probability for ${open.length} of ${masks.length} observations at tick ${tick}, such as ${example} (${table.outcome(open[0]!)}); choose what agents do then: skip the tick or name a fallback policy`,
      );
    const fallback = this.tableOf(this.onFailure.fallback);
    await fallback.ask(open, { signal });
    if (open.some((mask) => fallback.outcome(mask) !== 'ok'))
      throw new UnderstudyError(
        'SIMULATION_UNANSWERED',
        `the fallback ${fallback.policy.id} gave no probability either, at tick ${tick}, such as for ${example}`,
      );
    return fallback;
  }
}

function requireScenario(scenario: Scenario, policy: Policy): void {
  if (policy.scenario !== scenario.id)
    throw new UnderstudyError(
      'SIMULATION_SCENARIO',
      `${policy.id} decides in ${policy.scenario}, the run is of ${scenario.id}`,
    );
}
