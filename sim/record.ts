import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import type { RunSummary } from './run.ts';
import type { Simulation, TickRecord } from './simulation.ts';

/**
 * Writes a run to a folder: ticks.csv (one row a tick: world, policy, counts, mean probabilities, reward, measures),
 * actions.csv (one row for each action other than the default: tick, agent, action; absent for cohorts, which have no
 * agents) and, when the run is over, run.json (its summary). A folder without run.json holds a run that was cut off.
 */
export class Recorder {
  private readonly directory: string;
  private readonly ticks: WriteStream;
  private readonly actions: WriteStream | undefined;
  private headed = false;

  private constructor(directory: string, withActions: boolean) {
    this.directory = directory;
    this.ticks = createWriteStream(join(directory, 'ticks.csv'));
    this.actions = withActions ? createWriteStream(join(directory, 'actions.csv')) : undefined;
  }

  static async open(directory: string, { cohorts = false } = {}): Promise<Recorder> {
    await mkdir(directory, { recursive: true });
    const recorder = new Recorder(directory, !cohorts);
    if (recorder.actions) await write(recorder.actions, 'tick,agent,action\n');
    return recorder;
  }

  /** Give it to run() as onTick. */
  readonly record = async (tick: TickRecord, simulation: Simulation): Promise<void> => {
    const { actions } = simulation.scenario;
    const row: Record<string, unknown> = {
      tick: tick.tick,
      day: tick.day,
      ...tick.world,
      policy: tick.policy,
      ...Object.fromEntries(actions.map((action, a) => [`agents_${action}`, tick.counts[a]])),
      ...Object.fromEntries(actions.map((action, a) => [`mean_p_${action}`, tick.meanProbability[a]])),
      reward: tick.reward,
      ...tick.measures,
      distinct_observations: tick.distinct,
      asked: tick.asked,
      failed: tick.failed,
    };
    if (!this.headed) await write(this.ticks, `${Object.keys(row).map(cell).join(',')}\n`);
    this.headed = true;
    await write(this.ticks, `${Object.values(row).map(cell).join(',')}\n`);
    if (this.actions) await this.recordActions(this.actions, tick.tick, simulation);
  };

  async close(summary: RunSummary): Promise<void> {
    for (const stream of [this.ticks, this.actions]) {
      if (!stream) continue;
      stream.end();
      await finished(stream);
    }
    const path = join(this.directory, 'run.json');
    await writeFile(`${path}.part`, `${JSON.stringify(summary, undefined, 2)}\n`);
    await rename(`${path}.part`, path);
  }

  private async recordActions(stream: WriteStream, tick: number, { actions, scenario }: Simulation): Promise<void> {
    let rows: string[] = [];
    for (let agent = 0; agent < actions.length; agent++) {
      if (actions[agent] === 0) continue;
      rows.push(`${tick},${agent},${cell(scenario.actions[actions[agent]!])}\n`);
      if (rows.length === 10_000) {
        await write(stream, rows.join(''));
        rows = [];
      }
    }
    await write(stream, rows.join(''));
  }
}

/** A CSV cell (RFC 4180). */
const cell = (value: unknown): string => {
  const text = String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/** Waits until the stream takes the text, or tells why it cannot. */
const write = (stream: WriteStream, text: string): Promise<void> =>
  new Promise((resolve, reject) => stream.write(text, (error) => (error ? reject(error) : resolve())));
