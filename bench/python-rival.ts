import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Measured } from './measure.ts';
import { type Shares, type Town, townData } from './town.ts';

interface Played extends Omit<Measured, 'units'> {
  readonly shares: Shares;
}

/** A Python process that plays a town on request. */
export class PythonRival {
  readonly version: string;
  readonly #town: Town;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;

  /** Undefined if there is no Python or no such library. */
  static async open(library: 'numpy' | 'torch', town: Town): Promise<PythonRival | undefined> {
    const script = fileURLToPath(new URL('simulation_numpy.py', import.meta.url));
    const env = { ...process.env, OPENBLAS_NUM_THREADS: '1', OMP_NUM_THREADS: '1' };
    const child = spawn(process.env.PYTHON ?? 'python3', [script, library], { env });
    child.on('error', () => {});
    child.stdin.on('error', () => {});
    const said: Buffer[] = [];
    child.stderr.on('data', (chunk) => said.push(chunk));
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    child.stdin.write(`${JSON.stringify(townData(town))}\n`);
    const first = await lines.next();
    if (!first.done) return new PythonRival(JSON.parse(first.value).version, town, child, lines);
    const why = Buffer.concat(said).toString().trim().split('\n').at(-1);
    console.error(`  ${library} is left out: ${why || 'no python3 (set PYTHON to name one)'}`);
    return undefined;
  }

  private constructor(
    version: string,
    town: Town,
    child: ChildProcessWithoutNullStreams,
    lines: AsyncIterator<string>,
  ) {
    this.version = version;
    this.#town = town;
    this.#child = child;
    this.#lines = lines;
  }

  async shares(agents: number): Promise<Shares> {
    return (await this.#play(agents)).shares;
  }

  async run(agents: number): Promise<Measured> {
    const { cpuSeconds, seconds } = await this.#play(agents);
    return { units: agents * this.#town.ticks, cpuSeconds, seconds };
  }

  close(): void {
    this.#child.stdin.end();
  }

  async #play(agents: number): Promise<Played> {
    this.#child.stdin.write(`${agents}\n`);
    const line = await this.#lines.next();
    if (line.done) throw new Error(`${this.version} ended before it was done`);
    return JSON.parse(line.value);
  }
}
