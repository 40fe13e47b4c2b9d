import { drawOf } from './draws.ts';

/** Work that a queue shares out. */
export interface SharedWork {
  readonly pieces: number;
  readonly jobs: number;
  readonly servers: number;
  /** Seconds of a piece at one server. */
  readonly pieceSeconds: number;
  /** Coefficient of variation of how fast a server is at a job: neighbours on the machine, longer prompts. */
  readonly variation: number;
  /** Seconds that a job takes beside its pieces. */
  readonly jobSeconds: number;
  /** Seconds between two losses of a server in the middle of its work; Infinity: none. */
  readonly lossSeconds: number;
  /** Seconds after which a lost job is found. */
  readonly foundSeconds: number;
}

/**
 * Seconds until the last job is done, from an event loop: whoever is free takes the next job, a lost job is queued again when it is
 * found, and the server that lost it is back at once. Pieces fall on jobs by their hash, so jobs differ in size.
 */
export function makespanOf(work: SharedWork, seed: number): number {
  const { pieces, jobs, servers, pieceSeconds, variation, jobSeconds, lossSeconds, foundSeconds } = work;
  const draw = drawOf(seed);
  const queue: { readonly size: number; readonly from: number }[] = sizesOf(pieces, jobs, draw).map((size) => ({
    size,
    from: 0,
  }));
  const free = new Array<number>(servers).fill(0);
  let last = 0;
  while (queue.length > 0) {
    const server = free.indexOf(Math.min(...free));
    const now = free[server]!;
    // Jobs that wait to be found are not there yet.
    let next = queue.findIndex(({ from }) => from <= now);
    if (next < 0) next = queue.findIndex(({ from }) => from === Math.min(...queue.map((job) => job.from)));
    const [job] = queue.splice(next, 1);
    const begins = Math.max(now, job!.from);
    const pace = Math.max(0.1, 1 + variation * draw.normal());
    const takes = jobSeconds + job!.size * pieceSeconds * pace;
    const lostAfter =
      lossSeconds === Number.POSITIVE_INFINITY ? lossSeconds : -lossSeconds * Math.log(1 - draw.uniform());
    if (lostAfter < takes) {
      free[server] = begins + lostAfter;
      queue.push({ size: job!.size, from: begins + lostAfter + foundSeconds });
    } else {
      free[server] = begins + takes;
      last = Math.max(last, free[server]!);
    }
  }
  return last;
}

/** How many pieces each job has: binomial by their hash, with a normal law, and none is lost. */
function sizesOf(pieces: number, jobs: number, draw: ReturnType<typeof drawOf>): number[] {
  const mean = pieces / jobs;
  const sizes = Array.from({ length: jobs }, () =>
    Math.max(0, Math.round(mean + Math.sqrt(mean) * draw.normal() * (jobs > 1 ? 1 : 0))),
  );
  const excess = sizes.reduce((a, b) => a + b, 0) - pieces;
  return sizes.map((size, i) =>
    Math.max(0, size - Math.floor(((i + 1) * excess) / jobs) + Math.floor((i * excess) / jobs)),
  );
}

/**
 * The same by arithmetic: all that there is to do, divided by the servers; at the end, servers wait for the last job, on average for
 * half of one; each loss costs half a job, and at the end perhaps the time until it is found.
 */
export function estimateOf(work: SharedWork): number {
  const { pieces, jobs, servers, pieceSeconds, jobSeconds, lossSeconds } = work;
  const job = jobSeconds + (pieces / jobs) * pieceSeconds;
  const useful = (jobs * job) / servers;
  const losses = useful / lossSeconds;
  return useful + job / 2 + (losses * job) / 2;
}

/** @throws {Error} if the event loop is wrong about cases that are known */
export function requireRight(): void {
  const plain = {
    variation: 0,
    jobSeconds: 1,
    pieceSeconds: 2,
    lossSeconds: Number.POSITIVE_INFINITY,
    foundSeconds: 30,
  };
  const alone = makespanOf({ ...plain, pieces: 100, jobs: 1, servers: 3 }, 1);
  const single = makespanOf({ ...plain, pieces: 1000, jobs: 10, servers: 1 }, 1);
  const even = makespanOf({ ...plain, pieceSeconds: 0, pieces: 1000, jobs: 10, servers: 4 }, 1);
  if (alone !== 201 || Math.abs(single - 2010) > 1e-6 || even !== 3)
    throw new Error(`the simulation of the queue is wrong: ${[alone, single, even]} instead of 201, 2010, 3`);
}
