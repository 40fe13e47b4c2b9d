import type { Scenario } from '../../env/scenario.ts';
import type { NetworkChoice } from '../../sim/network.ts';
import { Simulation } from '../../sim/simulation.ts';
import type { TickRecord } from '../../sim/tick-record.ts';
import type { TwinStatus } from '../protocol/pairs.ts';
import { AskingAhead } from './asking-ahead.ts';
import type { Ready } from './cast.ts';
import { type Look, lookAt } from './look.ts';
import { meanProbability } from './points.ts';
import { type Shown, showAt } from './shown.ts';

export interface TwinOptions {
  readonly scenario: Scenario;
  readonly agents: number;
  readonly seed: number;
  /** The run that it is the twin of. */
  readonly run: number;
  readonly network?: NetworkChoice | undefined;
  readonly member: Ready;
  /** The population that both begin with; absent: that of the first tick. */
  readonly state?: Uint8Array;
  /** Something about it has changed. */
  readonly onChange: () => void;
}

/**
 * The same people with the same random numbers as the run, under another policy. It begins as a copy of the run at a tick
 * and plays each tick together with it. Its policy is asked before the tick is played, so that a failure is known to be
 * its own; the run waits, since both have one clock.
 */
export class Twin {
  readonly member: Ready;
  readonly run: number;
  /** The first tick that its policy decides. */
  readonly since: number;
  readonly #simulation: Simulation;
  readonly #onChange: () => void;
  #shown: Shown;
  #record?: TickRecord;
  readonly #asking: AskingAhead;
  #catching = new AbortController();
  #last: Promise<unknown> = Promise.resolve();

  /** @throws as Simulation.restore does */
  constructor({ scenario, agents, seed, run, network, member, state, onChange }: TwinOptions) {
    this.member = member;
    this.run = run;
    this.#onChange = onChange;
    this.#asking = new AskingAhead(onChange);
    this.#simulation = new Simulation({ scenario, agents, seed, network, policy: member.policy, onFailure: 'skip' });
    if (state) this.#simulation.restore(state);
    this.since = this.#simulation.tick;
    this.#shown = showAt(this.#simulation, run);
  }

  get shown(): Shown {
    return this.#shown;
  }

  get simulation(): Simulation {
    return this.#simulation;
  }

  /** Share of its agents that got no answer in the tick on show. */
  get failedShare(): number {
    return this.#record ? this.#record.failed / this.#simulation.agents : 0;
  }

  /** What went wrong with the last question. */
  get problem(): string | undefined {
    return this.#asking.problem;
  }

  /**
   * Plays what the run has played already.
   * @param ticks that the run has played
   * @throws what its policy throws, and the signal's reason
   */
  async catchUp(ticks: number, signal?: AbortSignal): Promise<void> {
    this.#catching.abort(new DOMException('another catches up', 'AbortError'));
    const mine = new AbortController();
    this.#catching = mine;
    const before = this.#last;
    const either = AbortSignal.any([mine.signal, ...(signal ? [signal] : [])]);
    const work = before.then(async () => {
      while (this.#simulation.tick < ticks) {
        const look = this.begin();
        await this.decide(either);
        const [record] = await Simulation.stepTogether([[this.#simulation, { signal: either }]]);
        this.played(look, record!);
      }
    });
    this.#last = work.catch(() => {});
    await work;
  }

  /** The population before the coming tick. */
  begin(): Look {
    return lookAt(this.#simulation);
  }

  /** Asks its policy about the coming tick. @throws what the policy throws, and the signal's reason */
  async decide(signal: AbortSignal): Promise<void> {
    await this.#asking.ask(this.member, this.#simulation.observed().masks, signal);
  }

  /** A tick was played. @param before the population before it */
  played(before: Look, record: TickRecord): void {
    this.#record = record;
    this.#shown = showAt(this.#simulation, this.run, { before, deciders: { member: this.member } });
    this.#onChange();
  }

  status(): TwinStatus {
    const { scenario } = this.#simulation;
    const record = this.#record;
    const { progress, problem } = this.#asking;
    const state = progress
      ? 'asking'
      : problem !== undefined
        ? 'failed'
        : this.#simulation.tick >= scenario.horizon
          ? 'ended'
          : 'ready';
    return {
      ...{ policy: this.member.name, since: this.since, state },
      ...(progress && { asking: progress }),
      ...(problem !== undefined && { problem }),
      ...{ tick: this.#shown.tick, played: this.#shown.played },
      ...(record && {
        counts: [...record.counts],
        failed: record.failed,
        meanP: meanProbability(record),
      }),
    };
  }

  /** Nobody watches it any more. */
  close(): void {
    this.#catching.abort(new DOMException('closed', 'AbortError'));
  }
}
