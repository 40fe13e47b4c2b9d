export interface Contestant {
  readonly name: string;
  /** Does some work and says how many units it was. */
  readonly work: () => number | Promise<number>;
}

/** A comparison: what it is about, and who takes part. The first contestant is ours. */
export interface Benchmark {
  readonly title: string;
  /** What one unit of work is. */
  readonly unit: string;
  readonly contestants: readonly Contestant[];
}

/** Rates in units per CPU-second of this process. */
export interface Rate {
  readonly name: string;
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

const ROUNDS = 7;

/** Lets the contestants take turns, so that a machine that slows down slows all of them; the first round warms up. */
export async function measure(contestants: readonly Contestant[]): Promise<Rate[]> {
  const rates = contestants.map((): number[] => []);
  for (let round = 0; round <= ROUNDS; round++)
    for (const [i, { work }] of contestants.entries()) {
      const before = process.cpuUsage();
      const units = await work();
      const { user, system } = process.cpuUsage(before);
      if (round > 0) rates[i]!.push(units / ((user + system) / 1e6));
    }
  return contestants.map(({ name }, i) => {
    const sorted = rates[i]!.sort((a, b) => a - b);
    return { name, median: sorted[Math.floor(sorted.length / 2)]!, least: sorted[0]!, most: sorted.at(-1)! };
  });
}
