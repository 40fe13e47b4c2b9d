import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { range } from '../env/chance.ts';
import { defineScenario } from '../env/define-scenario.ts';
import type { Scenario } from '../env/scenario.ts';
import { uniform } from '../policies/baselines/constant.ts';
import { toSvg } from '../report/figures/render.ts';
import { light } from '../report/figures/theme.ts';
import { Simulation } from '../sim/simulation.ts';

/** What a town has of each thing unless that is what grows. */
const USUAL = { agents: 1_000_000, phrases: 8, factors: 4, actions: 2 };
const GROWING = {
  agents: [1_000, 10_000, 100_000, 1_000_000, 10_000_000],
  phrases: [2, 4, 8, 16, 32],
  factors: [2, 4, 8, 16],
  actions: [2, 4, 8, 16],
} as const satisfies Record<keyof typeof USUAL, readonly number[]>;

/** Agent-steps of one measurement, about, and measurements, of which the median counts. */
const STEPS = 2e7;
const ROUNDS = 3;
/** Levels of each factor. */
const LEVELS = 4;

/** A town of so many factors, each moved by itself and the action, whose phrases tell two of them and an hour apart. */
function grownTown({ phrases, factors, actions }: Omit<typeof USUAL, 'agents'>): Scenario {
  const next = (level: number, action: string) => {
    const up = (level + 1) % LEVELS;
    return action === 'a0' ? { [level]: 0.75, [up]: 0.25 } : { [level]: 0.5, [up]: 0.5 };
  };
  return defineScenario({
    id: `grown-${phrases}-${factors}-${actions}`,
    actions: range(0, actions - 1).map((a) => `a${a}`),
    horizon: 240,
    ticksPerDay: 24,
    discount: 1,
    traits: { phrases: ['tall'] },
    contexts: Object.fromEntries(
      range(1, phrases - 1).map((p) => [
        `phrase ${p}`,
        (s: Readonly<Record<string, number>>) => (s.f0! + LEVELS * s.f1! + s.hour!) % (p + 1) === 0,
      ]),
    ),
    world: { hour: { levels: range(0, 23), start: 0, next: ({ hour }: { hour: number }) => (hour + 1) % 24 } },
    agent: Object.fromEntries(
      range(0, factors - 1).map((f) => [
        `f${f}`,
        {
          levels: range(0, LEVELS - 1),
          start: 0,
          next: (s: Readonly<Record<string, number>> & { action: string }) => next(s[`f${f}`]!, s.action),
        },
      ]),
    ),
    reward: ({ action }: { action: string }) => (action === 'a0' ? 0 : 1),
    prompt: {
      paraphrases: ['A person: {traits}. Right now: {contexts}. What do they do?'],
      none: { traits: 'nothing is known about them', contexts: 'nothing out of the ordinary' },
      question: 'Reply with JSON.',
    },
  } as unknown as Parameters<typeof defineScenario>[0]) as Scenario;
}

/** Nanoseconds of CPU that an agent-step takes. */
async function costOf(size: typeof USUAL): Promise<number> {
  const scenario = grownTown(size);
  const population = new Simulation({ scenario, policy: uniform(scenario), agents: size.agents });
  // A day that warms up: each hour's tables are made once.
  for (let tick = 0; tick < scenario.ticksPerDay; tick++) await population.step();
  const ticks = Math.max(3, Math.round(STEPS / size.agents));
  const costs: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const cpu = process.cpuUsage();
    for (let tick = 0; tick < ticks; tick++) await population.step();
    const { user, system } = process.cpuUsage(cpu);
    costs.push((1000 * (user + system)) / (ticks * size.agents));
  }
  return costs.sort((a, b) => a - b)[ROUNDS >> 1]!;
}

/** How the cost of an agent-step grows with one thing at a time: a table, and docs/simulation-cost.svg. */
export async function growth(): Promise<void> {
  const rows: { of: string; size: number; nanoseconds: number }[] = [];
  for (const [of, sizes] of Object.entries(GROWING))
    for (const size of sizes) {
      const nanoseconds = await costOf({ ...USUAL, [of]: size });
      rows.push({ of, size, nanoseconds });
      console.log(
        `  ${`${size.toLocaleString('en')} ${of}`.padEnd(20)} ${nanoseconds.toFixed(2).padStart(8)} ns of CPU an agent-step`,
      );
    }
  const { agents, phrases, factors, actions } = USUAL;
  const svg = await toSvg(
    {
      title: {
        text: 'Cost of an agent-step',
        subtitle: `Nanoseconds of CPU; what does not grow: ${agents.toLocaleString('en')} agents, ${phrases} phrases, ${factors} factors, ${actions} actions`,
      },
      spacing: 24,
      hconcat: Object.entries(GROWING).map(([of, sizes]) => ({
        width: 150,
        height: 180,
        data: { values: rows.filter((row) => row.of === of) },
        mark: { type: 'line', point: true },
        encoding: {
          x: {
            field: 'size',
            type: 'quantitative',
            title: of,
            scale: { type: 'log' },
            axis: { values: [...sizes], format: '~s' },
          },
          y: {
            field: 'nanoseconds',
            type: 'quantitative',
            title: of === 'agents' ? 'ns of CPU an agent-step' : null,
            scale: { type: 'log' },
            axis: { values: [1, 10, 100, 1000] },
          },
        },
      })),
      resolve: { scale: { y: 'shared' } },
    } as unknown as Parameters<typeof toSvg>[0],
    light,
  );
  const file = fileURLToPath(new URL('../docs/simulation-cost.svg', import.meta.url));
  await writeFile(file, svg);
  console.log(`  drawn in ${file}`);
}
