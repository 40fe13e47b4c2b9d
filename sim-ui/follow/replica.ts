import { decodeFrame, encodeFrame, type Frame } from '../frame.ts';
import type { ContrastWish, TwinStatus } from '../protocol/pairs.ts';
import type { Point } from '../protocol/runs.ts';
import type { Status } from '../protocol/status.ts';
import type { Update } from '../protocol/update.ts';
import type { News, OnShow, Picture, Present } from '../server/telling.ts';

type Runs = NonNullable<Update['runs']>;

/** What everybody sees of a town that another process plays, as it was told last: whatever one more viewer has to be told. */
export class Replica implements Present, OnShow {
  #status: Status | undefined;
  #since = 0;
  #points: { readonly point: Point; readonly version: number }[] = [];
  #version = 0;
  #runs: Runs = { kept: [], dropped: 0 };
  #frame: Frame | undefined;
  #picture: Picture | undefined;
  #people: number[][] = [];
  #twin: { version: number; status: TwinStatus | null; picture?: Picture | undefined } = { version: 0, status: null };
  #apart: Update['apart'];
  #differences: Update['differences'];

  /** Whether there is anything to tell of. */
  get told(): boolean {
    return this.#status !== undefined && this.#picture !== undefined;
  }

  /** @throws {FrameError} for a picture that is not one */
  take(update: Update, frame: Uint8Array | null): void {
    this.#status = update.status;
    this.#since = performance.now();
    this.#version++;
    if (update.reset) this.#points = [];
    for (const point of update.points) this.#points[point.tick] = { point, version: this.#version };
    if (update.runs) this.#runs = update.runs;
    if (update.traitSets) this.#people = update.traitSets;
    if (frame) {
      const decoded = decodeFrame(frame);
      const traitSets = decoded.traitSets ?? this.#frame?.traitSets;
      this.#frame = { ...decoded, ...(traitSets && { traitSets }) };
      this.#picture = pictureOf(this.#frame);
    }
    if (update.twin !== undefined) this.#takeTwin(update.twin);
    if (update.apart !== undefined) this.#apart = update.apart;
    if (update.differences !== undefined) this.#differences = update.differences;
  }

  #takeTwin(twin: NonNullable<Update['twin']> | null): void {
    const { frame, ...status } = twin ?? {};
    this.#twin = {
      version: this.#twin.version + 1,
      status: twin && (status as TwinStatus),
      picture: frame
        ? pictureOf(decodeFrame(new Uint8Array(frame as Uint8Array)))
        : twin
          ? this.#twin.picture
          : undefined,
    };
  }

  /** What is not wanted any more is not told any more either: it is forgotten, not kept as it was. */
  forget({ twin, distances, differences }: ContrastWish): void {
    if (!twin) this.#twin = { ...this.#twin, picture: undefined };
    if (!distances) this.#apart = undefined;
    if (!differences) this.#differences = undefined;
  }

  get run(): number {
    return this.#status!.run;
  }

  get picture(): Picture {
    return this.#picture!;
  }

  status(): Status {
    const status = this.#status!;
    return { ...status, ageMs: status.ageMs + performance.now() - this.#since };
  }

  pointsSince(version: number): { points: Point[]; version: number } {
    const news = this.#points.filter((kept) => kept.version > version);
    return { points: news.map(({ point }) => point), version: this.#version };
  }

  runs(): News<Runs> {
    return { key: [this.#runs], read: () => this.#runs };
  }

  twin(): ReturnType<Present['twin']> {
    const { version, status, picture } = this.#twin;
    return { version, status: () => status, picture };
  }

  traitSets(): number[][] {
    return this.#people;
  }

  apart(): ReturnType<OnShow['apart']> {
    return newsOf(this.#apart);
  }

  differences(): ReturnType<OnShow['differences']> {
    return newsOf(this.#differences);
  }
}

/** Something that was told as it is; undefined while it was not. */
export const newsOf = <T>(value: T | undefined): News<T> | undefined =>
  value === undefined ? undefined : { key: value === null ? [] : [value], read: () => value };

/** A picture in every form that a viewer may need, each made once. */
export function pictureOf(frame: Frame): Picture {
  const forms = new Map<number, Uint8Array>();
  const { traitSets, ...town } = frame;
  return {
    tick: frame.tick,
    played: frame.played !== undefined,
    frame: (form) => {
      const number = (form.key ? 1 : 0) | (form.traitSets ? 2 : 0);
      const known = forms.get(number);
      if (known) return known;
      const bytes = encodeFrame({ ...town, key: form.key, ...(form.traitSets && traitSets && { traitSets }) });
      forms.set(number, bytes);
      return bytes;
    },
  };
}
