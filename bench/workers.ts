import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { serverCommand, startServer } from '../queue/server.test-support.ts';
import { queueStatus } from '../queue/status.ts';
import { estimateOf, makespanOf, requireRight, type SharedWork } from './queue-simulation.ts';

const COMMAND = fileURLToPath(new URL('../dist/cli/understudy.js', import.meta.url));
const JOBS = 16;

/** A command as a person gives it, with what it took. */
interface Took {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

/**
 * The same work in one process and by 1, 2 and 4 workers, on this machine, and what follows for large work: arithmetic held against a
 * simulation of the queue. Needs a build (npm run build) and redis-server.
 * @param labels questions to the bundled teacher
 * @param replications runs of 1,000 agents
 */
export async function workers(labels = 2000, replications = 192): Promise<void> {
  if (!serverCommand) return console.log('\nneither redis-server nor valkey-server is installed: nothing is measured');
  const works: readonly [string, number, string[]][] = [
    ['labels of tiny', labels, ['dataset', '--teacher', 'tiny', '--size', String(labels)]],
    [
      'replications of 1,000 agents × 72 ticks',
      replications,
      ['simulate', '--agents', '1000', '--ticks', '72', '--replications', String(replications)],
    ],
  ];
  let overhead = 0;
  for (const [what, pieces, args] of works) {
    console.log(`\n${pieces} ${what}, ${JOBS} jobs: seconds on the wall and of CPU (all processes), overhead a piece`);
    const alone = await run(args);
    console.log(row('in one command', alone, pieces));
    for (const count of [1, 2, 4]) {
      const took = await byWorkers(args, count);
      console.log(row(`${count} ${count === 1 ? 'worker' : 'workers'}`, took, pieces, alone));
      if (count === 1) overhead = Math.max(overhead, (took.cpuSeconds - alone.cpuSeconds) / JOBS);
    }
  }
  requireRight();
  console.log(
    `\nLarge work by arithmetic, and by a simulation of the queue (200 times; ${overhead.toFixed(2)} s a job as measured above)`,
  );
  const common = { variation: 0.15, jobSeconds: Math.max(0, overhead), foundSeconds: 45 };
  const cases: readonly [string, SharedWork][] = [128, 2048].flatMap((jobs) => [
    [
      `10^6 labels at 20/s on 16 GPUs, ${jobs} jobs`,
      { ...common, pieces: 1e6, jobs, servers: 16, pieceSeconds: 1 / 20, lossSeconds: Number.POSITIVE_INFINITY },
    ],
    [
      `… each GPU is lost every 2 hours`,
      { ...common, pieces: 1e6, jobs, servers: 16, pieceSeconds: 1 / 20, lossSeconds: 7200 },
    ],
  ]);
  for (const [what, work] of [
    ...cases,
    [
      '10^4 replications of 20 s on 64 cores, 512 jobs',
      { ...common, pieces: 1e4, jobs: 512, servers: 64, pieceSeconds: 20, lossSeconds: Number.POSITIVE_INFINITY },
    ] as const,
  ]) {
    const drawn = Array.from({ length: 200 }, (_, i) => makespanOf(work, i + 1)).sort((a, b) => a - b);
    const mean = drawn.reduce((a, b) => a + b, 0) / drawn.length;
    const estimate = estimateOf(work);
    console.log(
      `  ${what.padEnd(50)} ${minutes(estimate)} by arithmetic, ${minutes(mean)} simulated [${minutes(drawn[5]!)}, ${minutes(drawn[194]!)}], ${percent(estimate / mean - 1)}`,
    );
  }
}

const minutes = (seconds: number) => `${(seconds / 60).toFixed(1)} min`;
const percent = (share: number) => `${share >= 0 ? '+' : ''}${(100 * share).toFixed(1)} %`;

const row = (name: string, { seconds, cpuSeconds }: Took, pieces: number, alone?: Took): string =>
  `  ${name.padEnd(16)} ${seconds.toFixed(1).padStart(6)} s  ${cpuSeconds.toFixed(1).padStart(6)} s CPU${alone ? `  ${(((cpuSeconds - alone.cpuSeconds) / pieces) * 1000).toFixed(2)} ms CPU a piece, ${((cpuSeconds - alone.cpuSeconds) / JOBS).toFixed(2)} s a job` : ''}`;

/** Runs a command in a workspace of its own. */
async function run(args: readonly string[]): Promise<Took> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-workers-'));
  const began = performance.now();
  const child = spawn(process.execPath, [COMMAND, ...args, '--workspace', folder], { stdio: 'ignore' });
  let cpuSeconds = 0;
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  for (let code: number | null | undefined; code === undefined; ) {
    cpuSeconds = Math.max(cpuSeconds, cpuOf(child.pid!));
    code = await Promise.race([ended, setTimeout(20, undefined)]);
    if (typeof code === 'number' && code !== 0) throw new Error(`${args.join(' ')} ended with ${code}`);
  }
  rmSync(folder, { recursive: true });
  return { seconds: (performance.now() - began) / 1000, cpuSeconds };
}

/** The same by workers of one job at a time, which are there already. */
async function byWorkers(args: readonly string[], count: number): Promise<Took> {
  await using server = await startServer();
  const queue = ['--queue', server.url];
  const workers: ChildProcess[] = Array.from({ length: count }, (_, i) =>
    spawn(process.execPath, [COMMAND, 'worker', ...queue, '--concurrency', '1', '--name', `w${i}`], {
      stdio: 'ignore',
    }),
  );
  try {
    while ((await queueStatus(server.url)).workers.length < count) await setTimeout(100);
    const before = workers.reduce((sum, { pid }) => sum + cpuOf(pid!), 0);
    const took = await run([...args, ...queue, '--jobs', String(JOBS)]);
    const after = workers.reduce((sum, { pid }) => sum + cpuOf(pid!), 0);
    return { seconds: took.seconds, cpuSeconds: took.cpuSeconds + after - before };
  } finally {
    await Promise.all(
      workers.map((worker) => {
        const gone = new Promise((resolve) => worker.once('exit', resolve));
        worker.kill('SIGTERM');
        return gone;
      }),
    );
  }
}

/** Seconds of CPU of a process and all that it started (proc(5): user, system, and those of children that ended). */
function cpuOf(root: number): number {
  const stats = new Map<number, { parent: number; ticks: number }>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      const fields = stat
        .slice(stat.lastIndexOf(')') + 2)
        .split(' ')
        .map(Number);
      stats.set(Number(name), { parent: fields[1]!, ticks: fields.slice(11, 15).reduce((a, b) => a + b, 0) });
    } catch {
      // It ended while it was looked at.
    }
  }
  const sum = (pid: number): number =>
    (stats.get(pid)?.ticks ?? 0) +
    [...stats].filter(([, { parent }]) => parent === pid).reduce((total, [child]) => total + sum(child), 0);
  return sum(root) / 100;
}
