import { setImmediate } from 'node:timers/promises';
import { UnderstudyError } from '../env/error.ts';

/** How long a run keeps signals and timers waiting, if a tick is not longer. */
const BREATH_MS = 20;

/** Whether a run is between two ticks, in one, or broke off in the middle of one, so that nobody knows who has moved. */
export class Stepping {
  #underWay = false;
  #broken: { readonly tick: number; readonly cause: unknown } | undefined;
  #breathed = performance.now();

  begin(): void {
    this.#underWay = true;
  }

  end(): void {
    this.#underWay = false;
  }

  breakOff(tick: number, cause: unknown): void {
    this.#broken = { tick, cause };
  }

  /** The run has another state than the one that it broke off in. */
  mend(): void {
    this.#broken = undefined;
  }

  /** @throws {UnderstudyError} SIMULATION_ARGUMENT if a step is under way */
  requireRest(): void {
    if (this.#underWay) throw new UnderstudyError('SIMULATION_ARGUMENT', 'a step is under way; wait for it');
  }

  /** @throws {UnderstudyError} SIMULATION_THREAD if a tick broke off half-way */
  requireWhole(): void {
    if (!this.#broken) return;
    const { tick, cause } = this.#broken;
    throw new UnderstudyError(
      'SIMULATION_THREAD',
      `tick ${tick} broke off half-way, so the run cannot go on from it; restore a snapshot, or begin anew`,
      { cause },
    );
  }

  /** Where a policy answers at once nothing else would let signals and timers in, from the first tick to the last. */
  async breathe(): Promise<void> {
    if (performance.now() - this.#breathed < BREATH_MS) return;
    await setImmediate();
    this.#breathed = performance.now();
  }
}
