import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { mobilityTown } from '../../scenarios/mobility-v1/scenario.ts';
import { openScenario } from '../../scenarios/open.ts';
import { type Order, type WorkJob, workshopSchema } from '../protocol/work.ts';
import { planWork } from './work-plan.ts';
import { Workshop, type WorkshopOptions } from './workshop.ts';

const ask: Order = { do: 'ask', teacher: 'oracle', size: 12, students: ['logistic'], epochs: 2, report: false };

const example = fileURLToPath(new URL('../../examples/price.mjs', import.meta.url));
let folder: string;
let workshop: Workshop | undefined;
const trained: string[] = [];
let evaluated = 0;

/** A workshop in a small world of a file. */
async function open(options: Partial<WorkshopOptions> = {}): Promise<Workshop> {
  const world = join(folder, 'price.mjs');
  await copyFile(example, world);
  workshop = await Workshop.open({
    ...{ scenario: await openScenario(world), source: { name: world, parameters: {} } },
    ...{ workspace: folder, teacher: 'oracle' },
    questions: 100,
    onTrained: async (students) => {
      trained.push(...students);
      return students;
    },
    onEvaluated: async () => void evaluated++,
    ...options,
  });
  return workshop;
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'workshop-'));
  trained.length = 0;
  evaluated = 0;
});
afterEach(async () => {
  await workshop?.close();
  workshop = undefined;
  await rm(folder, { recursive: true, force: true });
});

/** The job once it has ended. */
const ended = () =>
  vi.waitFor(
    () => {
      const { job } = workshopSchema.parse(workshop!.state());
      if (!job || job.state === 'working' || job.state === 'stopping') throw new Error(`it is ${job?.state}`);
      return job;
    },
    { timeout: 100_000, interval: 50 },
  );

describe('a workshop', () => {
  it('asks, trains and evaluates as the verbs do, one order at a time', async () => {
    const { work, state } = bound(await open());
    await work({ do: 'begin', order: ask });
    await expect(work({ do: 'begin', order: ask })).rejects.toThrow('work is under way already');
    const job = await ended();
    expect(job).toMatchObject({ state: 'done', students: ['student:logistic'] } satisfies Partial<WorkJob>);
    expect(job.stages.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['asking oracle', expect.stringContaining('logistic')]),
    );
    expect([trained, evaluated]).toEqual([['student:logistic'], 1]);
    // What the verbs leave, the scenario that the workspace is of among it.
    expect(JSON.parse(await readFile(join(folder, 'study.json'), 'utf8'))).toMatchObject({
      scenario: 'ice-cream-price-v1',
      file: 'price.mjs',
    });
    expect(JSON.parse(await readFile(join(folder, 'data/dataset.json'), 'utf8'))).toMatchObject({ asked: 12 });
    await vi.waitFor(() => expect(state().data).toEqual({ rows: 10, teacher: 'oracle' }));
    expect(state().report).toBeUndefined();
    const plan = await work({ do: 'plan', order: { do: 'train', students: ['mlp'], report: false } });
    expect(plan).toMatchObject({
      questions: 0,
      confirm: false,
      words: ['Asks nobody.', 'Learns from the 10 rows of oracle.'],
    });
  });

  it('says in the words of the verb why something failed, and takes the next order', async () => {
    const { work } = bound(await open());
    await work({ do: 'begin', order: { do: 'train', students: ['mlp'], report: false } });
    const job = await ended();
    expect(job.state).toBe('failed');
    expect(job.problem).toMatch(/train\.jsonl/);
    await work({ do: 'begin', order: { ...ask, size: 99_999 } });
    expect((await ended()).problem).toContain('16');
  });

  it('stops at once, and the same order goes on from there', async () => {
    const { work, state } = bound(await open());
    const long: Order = { ...ask, students: ['encoder'], epochs: 1000 };
    await expect(work({ do: 'cancel' })).rejects.toThrow('no work is under way');
    await work({ do: 'begin', order: long });
    await vi.waitFor(
      () => expect(state().job!.stages.some(({ name, done }) => name.includes('encoder') && done > 1)).toBe(true),
      {
        timeout: 60_000,
      },
    );
    await work({ do: 'cancel' });
    expect((await ended()).state).toBe('stopped');
    expect(JSON.parse(await readFile(join(folder, 'data/dataset.json'), 'utf8'))).toMatchObject({ asked: 12 });
    await work({ do: 'begin', order: long });
    const again = () => state().job!.stages.find(({ name }) => name.includes('encoder'))?.done ?? 0;
    await vi.waitFor(() => expect(again()).toBeGreaterThan(1), { timeout: 60_000 });
  });

  it('puts questions to a teacher elsewhere only if somebody has agreed to as many, within the limit of the server', async () => {
    const teacher = 'server:http://127.0.0.1:9/v1#nobody';
    const { work, state } = bound(await open({ teacher, questions: 14 }));
    expect(state().teachers).toEqual([
      { name: teacher, elsewhere: true },
      { name: 'oracle', elsewhere: false },
    ]);
    const order: Order = { ...ask, teacher };
    expect(await work({ do: 'plan', order })).toMatchObject({ questions: 12, confirm: true });
    await expect(work({ do: 'begin', order })).rejects.toThrow('somebody has to agree');
    await expect(work({ do: 'begin', order, confirmed: 11 })).rejects.toThrow('somebody has to agree');
    await expect(work({ do: 'begin', order: { ...order, size: 15 }, confirmed: 15 })).rejects.toThrow(
      '15 questions to server:http://127.0.0.1:9/v1#nobody are more than the 14',
    );
    await expect(work({ do: 'begin', order: { ...ask, teacher: 'server:http://evil/v1#x' } })).rejects.toThrow(
      'the teachers are server:http://127.0.0.1:9/v1#nobody, oracle',
    );
    await work({ do: 'begin', order, confirmed: 12 });
    expect(state().questionsLeft).toBe(2);
    expect((await ended()).problem).toContain('127.0.0.1:9');
  });

  it('begins nothing where no other process can open the scenario', async () => {
    const { work, state } = bound(await open({ source: undefined }));
    expect(state().problem).toContain('handed over by a program');
    await expect(work({ do: 'begin', order: ask })).rejects.toThrow('handed over by a program');
  });

  it('knows of a report, and what is newer', async () => {
    const { state, look } = bound(await open());
    await mkdir(join(folder, 'results'));
    await writeFile(join(folder, 'results/report.html'), '<title>report</title>');
    await look();
    expect(state().report).toMatchObject({ newer: [] });
    await new Promise((later) => setTimeout(later, 20));
    await mkdir(join(folder, 'data'));
    await writeFile(join(folder, 'data/labels.jsonl'), '');
    await look();
    expect(state().report).toMatchObject({ newer: ['the latest answers'] });
  });
});

const bound = (opened: Workshop) => ({
  work: opened.work.bind(opened),
  state: opened.state.bind(opened),
  look: opened.look.bind(opened),
});

it('says beforehand how many questions an order puts: of several actions one in each order', () => {
  const of = (order: Order, scenario: WorkshopOptions['scenario'] = iceCream) =>
    planWork(order, { scenario, workspace: '.', data: undefined });
  expect(of({ ...ask, teacher: 'tiny' }).questions).toBe(12);
  expect(of(ask).questions).toBe(0);
  const town = mobilityTown();
  expect(of({ ...ask, teacher: 'gguf:x' }, town).questions).toBe(12 * Math.min(4, town.actions.length));
  // 40 prompts, each 10 times and read once; 3,000 observations, and 1,000 more for the evaluation.
  expect(of({ do: 'study', teacher: 'tiny', size: 3000 }).questions).toBe(440 + 4000);
  expect(of({ ...ask, teacher: 'gguf:my models/x', epochs: undefined }).commands).toEqual([
    "understudy dataset --teacher 'gguf:my models/x' --size 12",
    'understudy train --student logistic',
    'understudy evaluate',
  ]);
});
