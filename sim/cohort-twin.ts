import type { RatioEstimate } from '../stats/random-groups.ts';
import type { CohortTwinSoFar } from '../workspace/checkpoint.ts';
import { distanceAt } from './canaries.ts';
import type { StepOptions } from './engine/decider.ts';
import type { Observed } from './engine/engine.ts';
import type { Simulation } from './simulation.ts';
import type { TickRecord } from './tick-record.ts';
import type { TwinDistance } from './twin.ts';
import type { Watch } from './watch.ts';

const NOTHING: CohortTwinSoFar = { ticks: 0, drift: 0, compared: 0, variation: 0 };

/**
 * Compares two runs of cohorts in the same world. Counts have no single agents whose decisions could differ, so the two are
 * compared as distributions, without intervals: replications give these.
 */
export class CohortTwin implements Watch {
  readonly #run: Simulation;
  readonly #twin: Simulation;
  #sums: CohortTwinSoFar;
  /** Of the tick that is being decided. */
  #observed: readonly Observed[] = [];
  #drift = 0;

  constructor(run: Simulation, twin: Simulation, before: CohortTwinSoFar = NOTHING) {
    this.#run = run;
    this.#twin = twin;
    this.#sums = before;
  }

  async before(options: StepOptions): Promise<void> {
    this.#observed = this.#run.observedByArm();
    this.#drift = this.#run.cellsApart(this.#twin);
    for (const { masks } of this.#observed) await this.#twin.consult(this.#twin.policy, masks, options);
  }

  after(_: TickRecord): Partial<TickRecord> {
    const { memos } = this.#run.deciding;
    const other = this.#twin.deciding.memos[0]!;
    let [compared, variation] = [0, 0];
    for (const [arm, { masks, counts }] of this.#observed.entries())
      masks.forEach((mask, i) => {
        const distance = distanceAt(memos[arm]!, other, mask);
        if (distance === undefined) return;
        compared += counts[i]!;
        variation += counts[i]! * distance;
      });
    const now = { ticks: 1, drift: this.#drift, compared, variation };
    const sums = this.#sums;
    this.#sums = {
      ticks: sums.ticks + 1,
      drift: sums.drift + now.drift,
      compared: sums.compared + compared,
      variation: sums.variation + variation,
    };
    return { twin: distanceOf(now) };
  }

  get soFar(): CohortTwinSoFar {
    return this.#sums;
  }

  get split(): TwinDistance {
    return distanceOf(this.#sums);
  }
}

const distanceOf = ({ ticks, drift, compared, variation }: CohortTwinSoFar): TwinDistance => ({
  drift: withoutInterval(drift / ticks),
  totalVariation: withoutInterval(variation / compared),
});

const withoutInterval = (mean: number): RatioEstimate => ({
  mean,
  interval: { lower: Number.NaN, upper: Number.NaN },
});
