import type { Level } from '../env/chance.ts';
import { type CrowdState, firstCrowd, levelsAt } from '../env/crowd.ts';
import { placeNames } from '../env/crowd-slots.ts';
import type { CrowdLevels } from '../env/on-stage.ts';
import { drawWorld, type StateSpace, WorldLuck } from '../env/state-space.ts';
import { sha256 } from '../workspace/hash.ts';
import type { Played, Times } from './engine/engine.ts';

/** Between two ticks: what happens to everybody, and what has happened. */
export interface Moment {
  readonly seed: number;
  /** The tick to be played. */
  readonly tick: number;
  /** Level indices of the world factors at that tick. */
  readonly world: Int32Array;
  /** The crowd factors at that tick. */
  readonly crowd: CrowdState;
  /** SHA-256 over what every tick came to, each chained to those before it. */
  readonly history: string;
}

/** The moment that a run begins at. */
export function firstMoment(space: StateSpace, seed: number): Moment {
  return {
    ...{ seed, tick: 0, history: sha256('') },
    world: drawWorld(space, new WorldLuck(seed), 0),
    crowd: firstCrowd(space),
  };
}

/** What a run has in common for all who live in it: its tick, the world, the crowd, and the hash over what happened. */
export class Clock {
  readonly #space: StateSpace;
  #moment: Moment;
  #luck: WorldLuck;
  /** Of the coming tick, once they are needed. */
  #times: Times | undefined;

  constructor(space: StateSpace, moment: Moment) {
    this.#space = space;
    this.#moment = moment;
    this.#luck = new WorldLuck(moment.seed);
  }

  get moment(): Moment {
    return this.#moment;
  }

  set moment(moment: Moment) {
    if (moment.seed !== this.#moment.seed) this.#luck = new WorldLuck(moment.seed);
    this.#moment = moment;
    this.#times = undefined;
  }

  /** Of the tick to be played. */
  get times(): Times {
    const { tick, world, crowd } = this.#moment;
    this.#times ??= {
      ...{ tick, world, crowd },
      nextWorld: drawWorld(this.#space, this.#luck, tick + 1, world, crowd.levels),
    };
    return this.#times;
  }

  /** Ends the tick. @param played what it came to */
  advance({ tick, nextWorld }: Times, { crowd, counts }: Pick<Played, 'crowd' | 'counts'>): void {
    const { seed, history } = this.#moment;
    const next = sha256(`${history} ${counts.join(' ')}\n`);
    this.moment = { seed, tick: tick + 1, world: nextWorld, crowd, history: next };
  }

  /** The world at the tick to be played. */
  get world(): Readonly<Record<string, Level>> {
    return Object.fromEntries(
      this.#space.world.map(({ factor }, i) => [factor.name, factor.levels[this.#moment.world[i]!]!]),
    );
  }

  /** The crowd factors at the tick to be played. */
  get crowd(): Readonly<Record<string, CrowdLevels>> {
    return Object.fromEntries(
      this.#space.crowd.map((crowd) => {
        const levels = levelsAt(crowd, this.#moment.crowd);
        const names = placeNames(this.#space.scenario, crowd.factor);
        return [
          crowd.factor.name,
          names ? Object.fromEntries(names.map((name, place) => [name, levels[place]!])) : levels[0]!,
        ];
      }),
    );
  }
}
