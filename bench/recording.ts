import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { policyOf } from '../policies/policy-of.ts';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { Recorder, type RecorderOptions } from '../sim/record.ts';
import { Simulation } from '../sim/simulation.ts';
import type { Benchmark } from './measure.ts';

const AGENTS = 1_000_000;
const TICKS = 60;

/** Four days of a million agents of whom a fifth buy: recorded in both formats, against the same run that nobody records. */
export async function recording(): Promise<Benchmark> {
  const folder = await mkdtemp(join(tmpdir(), 'understudy-bench-'));
  const policy = policyOf(iceCream, ({ traits }) => (traits.includes('likes sweets') ? [0.7, 0.3] : [0.85, 0.15]));
  const simulation = new Simulation({ scenario: iceCream, policy, agents: AGENTS });
  const play = async (recorder?: Recorder) => {
    for (let tick = 0; tick < TICKS; tick++) {
      const record = await simulation.step();
      await recorder?.record(record, simulation);
    }
    return AGENTS * TICKS;
  };
  const recorded = async (options: RecorderOptions) => {
    await using recorder = await Recorder.open(join(folder, 'run'), options);
    await play(recorder);
    await recorder.mark();
    return AGENTS * TICKS;
  };
  await play();
  return {
    title: `${TICKS} ticks of ${AGENTS.toLocaleString('en')} agents, every purchase written to the disk`,
    unit: 'agent-steps',
    clock: 'cpu',
    rounds: 5,
    contestants: [
      { name: 'sim/record: recorded in Parquet', work: () => recorded({ parquet: iceCream }) },
      { name: 'sim/record: recorded in CSV', work: () => recorded({}) },
      { name: 'floor: not recorded', work: () => play() },
    ],
    close: () => rm(folder, { recursive: true }),
  };
}
