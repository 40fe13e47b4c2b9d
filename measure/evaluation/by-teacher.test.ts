import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { observations, phrasesOf } from '../../env/observation.ts';
import { sampleObservations } from '../../env/sampling/sampling.ts';
import { decisionsOf, type Teacher } from '../../policies/policy.ts';
import { mobilityTown } from '../../scenarios/mobility-v1/scenario.ts';
import { readEvaluation } from '../../workspace/evaluation.ts';
import { workspace } from '../../workspace/paths.ts';
import { evaluate } from './evaluate.ts';

const mobility = mobilityTown();
const k = mobility.actions.length;
let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'understudy-by-teacher-'));
  await mkdir(join(root, 'data'));
  const { masks } = sampleObservations(mobility, { size: 40, order: 'canonical', seed: 2 });
  const batch = observations(mobility, masks);
  const probabilities = Object.fromEntries(mobility.actions.map((action) => [action, 1 / k]));
  const rows = Array.from(masks, (_, i) => JSON.stringify({ ...phrasesOf(mobility, batch, i), probabilities }));
  await writeFile(join(root, 'data', 'test.jsonl'), `${rows.join('\n')}\n`);
});
afterAll(() => rm(root, { recursive: true }));

/** Gives every action but the first the same probability, in states of an even or an odd number of phrases. */
function teacher(id: string, even: number, odd: number): Teacher & { readonly asked: number[] } {
  const asked: number[] = [];
  const ask: Teacher['ask'] = async ({ masks }) =>
    Array.from(masks, (mask) => {
      asked.push(mask);
      const p = mobility.sets.indices(mask).length % 2 === 0 ? even : odd;
      return { outcome: 'ok', probabilities: [1 - (k - 1) * p, ...Array.from({ length: k - 1 }, () => p)] };
    });
  return {
    ...{ id, scenario: mobility.id, decidesBy: 'choice', ask, asked },
    decide: async (batch) => decisionsOf(await ask(batch), k),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

const options = () => ({
  ...{ test: join(root, 'data', 'test.jsonl'), workspace: root, seed: 1, agents: 0, orders: 1, scenario: mobility },
  models: [`constant:${Array.from({ length: k - 1 }, () => 0.1).join(',')}`],
});

it('holds a model against each teacher and the teachers against each other, on the same rows', async () => {
  const [near, far] = [teacher('near', 0.1, 0.14), teacher('far', 0.2, 0.2)];
  const report = await evaluate({ ...options(), teacher: [near, far] });
  const { teachers, pairs, differences, unreached } = report.byTeacher!;
  const odd = near.asked.slice(0, 40).filter((mask) => mobility.sets.indices(mask).length % 2 === 1).length / 40;
  const [first, second] = teachers.map(({ models }) => models.find(({ model }) => model.startsWith('constant'))!);
  expect(first!.mse).toBeCloseTo(odd * 0.04 ** 2, 12);
  expect(second!.mse).toBeCloseTo(0.01, 12);
  expect(pairs).toHaveLength(1);
  expect(pairs[0]).toMatchObject({ a: 'near', b: 'far', n: 40 });
  expect(pairs[0]!.mse).toBeCloseTo(odd * 0.06 ** 2 + (1 - odd) * 0.01, 12);
  const apart = differences.find(({ model }) => model.startsWith('constant'))!;
  expect(apart.value).toBeCloseTo(odd * 0.04 ** 2 - 0.01, 12);
  expect(apart.upper).toBeLessThan(0);
  expect(teachers[0]!.labels!.mse).toBeCloseTo(odd * (1 / k - 0.14) ** 2 + (1 - odd) * (1 / k - 0.1) ** 2, 12);
  expect(teachers[0]!.ceiling).toMatchObject({ r2: null, reason: expect.stringContaining('no results/metrics/stab') });
  expect(unreached).toEqual([]);
  expect((await readEvaluation(workspace(root)))!.byTeacher!.pairs).toHaveLength(1);
});

it('asks each about as many rows as its budget has, and goes on without one that breaks down', async () => {
  const down: Teacher = {
    ...teacher('down', 0.1, 0.1),
    decide: async () => {
      const { UnderstudyError } = await import('../../env/error.ts');
      throw new UnderstudyError('TEACHER_CRASHED', 'it is gone');
    },
  };
  const [a, b] = [teacher('a', 0.1, 0.1), teacher('b', 0.1, 0.1)];
  const { byTeacher } = await evaluate({ ...options(), teacher: [down, a, b], budget: 10 });
  expect([a.asked.length, b.asked.length]).toEqual([10, 10]);
  expect(a.asked).toEqual(b.asked);
  expect(byTeacher!.unreached).toEqual([{ teacher: 'down', reason: 'it is gone' }]);
  expect(byTeacher!.teachers.map(({ teacher, rows, answered }) => [teacher, rows, answered])).toEqual([
    ['a', 10, 10],
    ['b', 10, 10],
  ]);
});
