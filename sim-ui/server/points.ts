import type { TickRecord } from '../../sim/tick-record.ts';
import type { Point } from '../protocol/runs.ts';
import { clamp } from '../protocol/values.ts';
import type { Comparison } from './comparison.ts';

/** A point of the charts with its place in the order of changes. */
interface Kept {
  readonly point: Omit<Point, keyof ReturnType<Comparison['at']>>;
  /** Of a tick that another run had played before this one forked from it. */
  readonly compared?: ReturnType<Comparison['at']>;
  version: number;
}

/** The points of one run's charts; viewers are sent those that have changed since they were sent any. */
export class Points {
  readonly #comparison: Comparison;
  #kept: Kept[] = [];
  #versions = 0;

  /** @param comparison what is known of each tick about teacher and student */
  constructor(comparison: Comparison) {
    this.#comparison = comparison;
  }

  /** A tick was played. @param policy who decided it */
  add(record: TickRecord, policy: string): void {
    this.#kept.push({
      point: {
        ...{ tick: record.tick, policy, counts: [...record.counts] },
        measures: [...Object.values(record.measures), record.reward],
        meanP: meanProbability(record),
        ...{ distinct: record.distinct, failed: record.failed },
      },
      version: ++this.#versions,
    });
  }

  /** A run begins with these points of another one, if any. */
  beginWith(points: readonly Point[]): void {
    this.#kept = points.map(({ gap, gapBounds, coverage, student, ...point }) => ({
      ...{ point, compared: { gap, gapBounds, coverage, student } },
      version: ++this.#versions,
    }));
  }

  /** These ticks' points are to be sent again. */
  touch(ticks: Iterable<number>): void {
    for (const tick of ticks) {
      const kept = this.#kept[tick];
      if (kept) kept.version = ++this.#versions;
    }
  }

  /** Those that have changed after a version, and the version that the run is at. */
  since(version: number): { points: Point[]; version: number } {
    return {
      points: this.#kept
        .filter((kept) => kept.version > version)
        .map(({ point, compared }) => ({ ...point, ...(compared ?? this.#comparison.at(point.tick)) })),
      version: this.#versions,
    };
  }
}

/** Mean P of each action over the agents that got one; null if none did. */
export const meanProbability = ({ decided, meanProbability }: TickRecord): number[] | null =>
  decided > 0 ? meanProbability.map(clamp) : null;
