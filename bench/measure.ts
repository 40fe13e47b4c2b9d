/** What some work took, measured by who did it: for work of other processes. */
export interface Measured {
  readonly units: number;
  readonly cpuSeconds: number;
  readonly seconds: number;
}

export interface Contestant {
  readonly name: string;
  /** Does some work and says how many units it was. */
  readonly work: () => number | Measured | Promise<number | Measured>;
  /** Compares its results with another's, once, before anything is measured; says how far they agree. */
  readonly check?: () => Promise<string>;
}

/** A comparison: what it is about, and who takes part. The first contestant is ours. */
export interface Benchmark {
  readonly title: string;
  /** What one unit of work is. */
  readonly unit: string;
  /** CPU seconds of this process, or seconds on the wall where other processes do the work. */
  readonly clock: 'cpu' | 'wall';
  /** Measured, after one that warms up; default 7. */
  readonly rounds?: number;
  readonly contestants: readonly Contestant[];
  readonly close?: () => Promise<void>;
}

/** Rates in units per second of the benchmark's clock. */
export interface Rate {
  readonly name: string;
  readonly median: number;
  readonly least: number;
  readonly most: number;
  /** Median of the units per second on the wall. */
  readonly wall: number;
}

/** Lets the contestants take turns, so that a machine that slows down slows all of them; the first round warms up. */
export async function measure({ contestants, clock, rounds = 7 }: Benchmark): Promise<Rate[]> {
  const rates = contestants.map((): { clock: number; wall: number }[] => []);
  for (let round = 0; round <= rounds; round++)
    for (const [i, { work }] of contestants.entries()) {
      const { units, cpuSeconds, seconds } = await timed(work);
      if (round > 0) rates[i]!.push({ clock: units / (clock === 'cpu' ? cpuSeconds : seconds), wall: units / seconds });
    }
  return contestants.map(({ name }, i) => {
    const sorted = rates[i]!.map((rate) => rate.clock).sort((a, b) => a - b);
    const wall = rates[i]!.map((rate) => rate.wall).sort((a, b) => a - b);
    const middle = Math.floor(sorted.length / 2);
    return { name, median: sorted[middle]!, least: sorted[0]!, most: sorted.at(-1)!, wall: wall[middle]! };
  });
}

async function timed(work: Contestant['work']): Promise<Measured> {
  const cpu = process.cpuUsage();
  const began = performance.now();
  const done = await work();
  if (typeof done !== 'number') return done;
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { units: done, cpuSeconds: (user + system) / 1e6, seconds };
}
