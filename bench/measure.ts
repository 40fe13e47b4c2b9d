export interface Contestant {
  readonly name: string;
  /** Does some work and says how many units it was. */
  readonly work: () => number | Promise<number>;
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
}

/** Lets the contestants take turns, so that a machine that slows down slows all of them; the first round warms up. */
export async function measure({ contestants, clock, rounds = 7 }: Benchmark): Promise<Rate[]> {
  const rates = contestants.map((): number[] => []);
  for (let round = 0; round <= rounds; round++)
    for (const [i, { work }] of contestants.entries()) {
      const seconds = clock === 'cpu' ? cpuClock() : wallClock();
      const units = await work();
      if (round > 0) rates[i]!.push(units / seconds());
    }
  return contestants.map(({ name }, i) => {
    const sorted = rates[i]!.sort((a, b) => a - b);
    return { name, median: sorted[Math.floor(sorted.length / 2)]!, least: sorted[0]!, most: sorted.at(-1)! };
  });
}

function cpuClock(): () => number {
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1e6;
  };
}

function wallClock(): () => number {
  const before = performance.now();
  return () => (performance.now() - before) / 1000;
}
