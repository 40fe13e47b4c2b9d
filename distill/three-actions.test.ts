import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { defineScenario } from '../env/define-scenario.ts';
import { evaluate } from '../measure/evaluation/evaluate.ts';
import { openPolicy } from '../policies/open.ts';
import { run } from '../sim/run.ts';
import { train } from './training/train.ts';

const scenario = defineScenario({
  id: 'three-actions-v1',
  actions: ['wait', 'walk', 'ride'],
  horizon: 6,
  discount: 1,
  traits: { phrases: ['sporty', 'old'] },
  contexts: { rain: ({ x }) => x % 2 === 1, late: ({ x }) => x >= 2 },
  world: {},
  agent: { x: { levels: [0, 1, 2, 3], start: 0, next: ({ x }) => ((x + 1) % 4) as 0 | 1 | 2 | 3 } },
  reward: () => 0,
});
const sets = [['sporty'], ['old'], ['sporty', 'old']].flatMap((traits) =>
  [[], ['rain'], ['late'], ['rain', 'late']].map((context) => ({ traits, context })),
);
/** Rain drives from walking to riding, being late from waiting, sport from riding to walking. */
const answer = ({ traits, context }: (typeof sets)[number]) => {
  const walk = Math.exp((traits.includes('sporty') ? 1 : 0) - (context.includes('rain') ? 2 : 0));
  const ride = Math.exp(context.includes('rain') ? 1 : 0);
  const wait = Math.exp(context.includes('late') ? -1 : 0.5);
  const rounded = [walk, ride].map((weight) => Number((weight / (walk + ride + wait)).toFixed(6))) as [number, number];
  return [1 - rounded[0] - rounded[1], ...rounded];
};

let workspace: string;
beforeAll(async () => {
  workspace = await mkdtemp(join(tmpdir(), 'understudy-three-'));
});
afterAll(() => rm(workspace, { recursive: true }));

it('students of three actions are trained, evaluated and simulated', async () => {
  const file = join(workspace, 'rows.jsonl');
  const rows = Array.from({ length: 8 }, () => sets).flat();
  await writeFile(file, rows.map((set) => `${JSON.stringify({ ...set, probabilities: answer(set) })}\n`).join(''));
  const { students } = await train({ student: 'all', train: file, workspace, scenario, epochs: 120, seed: 1 });
  expect(students.map(({ loss, reason }) => [loss, reason])).toEqual(Array(4).fill(['bce', '3 actions']));

  const report = await evaluate({ test: file, workspace, scenario, seed: 1 });
  expect(report.actions).toEqual(['walk', 'ride']);
  for (const { model, kind, mse } of report.models)
    if (kind === 'student') expect(mse, model).toBeLessThan(model === 'logistic' ? 0.005 : 0.02);

  for (const student of ['logistic', 'mlp', 'encoder', 'decoder']) {
    await using policy = await openPolicy(`student:${student}`, { scenario, workspace });
    const { meanProbabilities, stateHash } = await run({ scenario, policy, agents: 500, seed: 2 });
    // Nearly half stay at home: the others walk or ride.
    const [home, ...others] = Object.values(meanProbabilities);
    expect(1 - home!).toBeGreaterThan(0.4);
    expect(1 - home!).toBeLessThan(0.95);
    expect(home! + others.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 9);
    expect(stateHash).toMatch(/^[0-9a-f]+$/);
  }
});
