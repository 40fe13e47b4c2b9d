import type { ContrastWish, TwinStatus } from '../protocol/pairs.ts';
import type { Point } from '../protocol/runs.ts';
import type { Status } from '../protocol/status.ts';
import type { Update } from '../protocol/update.ts';

/** A town at one tick, as the bytes of frame.ts. */
export interface Picture {
  readonly tick: number;
  readonly played: boolean;
  frame(form: { key: boolean; traitSets: boolean }): Uint8Array;
}

/** Something that may be news: it is if a part of its key is another than when it was told last. */
export interface News<T> {
  readonly key: readonly unknown[];
  read(): T;
}

/** The tick that a viewer looks at. */
export interface OnShow {
  readonly run: number;
  readonly picture: Picture;
  /** What of the status is another than in the present, if it is not the present. */
  readonly past?: Partial<Status>;
  /** The traits of each trait set of the people of its run, as their indices. */
  traitSets(): number[][];
  /** Two policies that are held against each other there; undefined while nothing is known of them. */
  apart(): News<Update['apart']> | undefined;
  differences(): News<Update['differences']> | undefined;
}

/** What everybody sees of a run that is played. */
export interface Present {
  readonly run: number;
  status(): Status;
  /** Points that have changed after a version, and the version that the run is at. */
  pointsSince(version: number): { points: Point[]; version: number };
  runs(): News<NonNullable<Update['runs']>>;
  /** The run's twin, and its town where that is known. */
  twin(): {
    readonly version: number;
    readonly status: () => TwinStatus | null;
    readonly picture?: Picture | undefined;
  };
}

/** What a viewer is told that others see too. */
type Shared = Pick<Update, 'status' | 'points' | 'reset' | 'traitSets' | 'runs' | 'twin' | 'apart' | 'differences'>;

const NO_WISHES: ContrastWish = { twin: false, distances: false, differences: false };

/** Keeps what one viewer was told of what others see too, and says what is new. */
export class Telling {
  readonly #present: Present;
  #wishes = NO_WISHES;
  #told = {
    ...{ run: -1, version: 0, runs: [undefined] as readonly unknown[] },
    picture: { run: -1, tick: -1, played: false },
  };
  #contrast: {
    twin: number;
    pictured?: Picture | undefined;
    apart: readonly unknown[];
    differences: readonly unknown[];
  } = { twin: 0, apart: [], differences: [] };

  constructor(present: Present) {
    this.#present = present;
  }

  get wishes(): ContrastWish {
    return this.#wishes;
  }

  /** What is told of two policies that are held against each other: from the beginning. */
  wish(wishes: ContrastWish): void {
    this.#wishes = wishes;
    this.#contrast = { twin: -1, apart: [], differences: [] };
  }

  /** Everything that has changed since the last time. */
  compose(onShow: OnShow): { readonly shared: Shared; readonly frame: Uint8Array | null } {
    const present = this.#present;
    const told = this.#told;
    const { run, picture: shown } = onShow;
    const restarted = told.run !== present.run;
    const { points, version } = present.pointsSince(restarted ? -1 : told.version);
    const { picture } = told;
    const another = picture.run !== run;
    const moved = another || picture.tick !== shown.tick || picture.played !== shown.played;
    const follows = !another && (shown.tick === picture.tick || (shown.tick === picture.tick + 1 && picture.played));
    const runs = present.runs();
    const shared: Shared = {
      status: { ...present.status(), ...onShow.past },
      points,
      reset: restarted,
      ...(another && { traitSets: onShow.traitSets() }),
      ...(!sameKey(told.runs, runs.key) && { runs: runs.read() }),
      ...this.#composeTwin(),
      ...this.composeContrasts(onShow),
    };
    const frame = moved ? shown.frame({ key: !follows, traitSets: another }) : null;
    this.#told = {
      ...{ run: present.run, version, runs: runs.key },
      picture: { run, tick: shown.tick, played: shown.played },
    };
    return { shared, frame };
  }

  /** Of two policies in the tick on show, what is new and wanted. */
  composeContrasts(onShow: OnShow): Pick<Update, 'apart' | 'differences'> {
    const told = this.#contrast;
    const apart = this.#wishes.distances ? onShow.apart() : undefined;
    const differences = this.#wishes.differences ? onShow.differences() : undefined;
    const news = {
      ...(apart && !sameKey(apart.key, told.apart) && { apart: apart.read() }),
      ...(differences && !sameKey(differences.key, told.differences) && { differences: differences.read() }),
    };
    if (apart) told.apart = apart.key;
    if (differences) told.differences = differences.key;
    return news;
  }

  /** The twin, if something happened to it, and its town where that changed. */
  #composeTwin(): Pick<Update, 'twin'> {
    const { version, status, picture } = this.#present.twin();
    const told = this.#contrast;
    if (told.twin === version) return {};
    told.twin = version;
    const now = status();
    if (!now) {
      told.pictured = undefined;
      return { twin: null };
    }
    if (!this.#wishes.twin || !picture || told.pictured === picture) return { twin: now };
    const before = told.pictured;
    const follows =
      before !== undefined && (picture.tick === before.tick || (picture.tick === before.tick + 1 && before.played));
    told.pictured = picture;
    return { twin: { ...now, frame: picture.frame({ key: !follows, traitSets: false }) } };
  }
}

/** Equal parts, by identity. */
const sameKey = (a: readonly unknown[], b: readonly unknown[]) =>
  a.length === b.length && a.every((part, i) => part === b[i]);
