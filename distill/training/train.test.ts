import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defineScenario } from '../../env/define-scenario.ts';
import { fromPhrases, observations } from '../../env/observation.ts';
import { packStates } from '../../policies/students/learned.ts';
import { openStudent } from '../../policies/students/open.ts';
import { type TrainOptions, train } from './train.ts';

/** Six contexts and nothing else: small enough to learn in seconds. */
const scenario = defineScenario({
  id: 'six-contexts-v1',
  actions: ['no', 'yes'],
  horizon: 2,
  discount: 1,
  traits: { phrases: ['a person'] },
  contexts: {
    a: ({ x }) => x % 2 === 1,
    b: ({ x }) => Math.floor(x / 2) % 2 === 1,
    c: ({ x }) => Math.floor(x / 4) % 2 === 1,
    d: ({ x }) => Math.floor(x / 8) % 2 === 1,
    e: ({ x }) => Math.floor(x / 16) % 2 === 1,
    f: ({ x }) => Math.floor(x / 32) % 2 === 1,
  },
  world: {},
  agent: { x: { levels: Array.from({ length: 64 }, (_, i) => i), start: 0, next: ({ x }) => x } },
  reward: () => 0,
});
const contexts = ['a', 'b', 'c', 'd', 'e', 'f'];
const masks = Array.from({ length: 64 }, (_, x) => 1 | (x << 1));

interface Row {
  traits: string[];
  context: string[];
  probability_LLM: number;
  teacher?: string;
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'understudy-train-'));
});
afterAll(() => rm(folder, { recursive: true }));

const sets = Array.from({ length: 64 }, (_, x) => contexts.filter((_, j) => (x >> j) & 1));

async function fileOf(name: string, rows: readonly Row[]): Promise<string> {
  const file = join(folder, `${name}.jsonl`);
  await writeFile(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return file;
}

/** Every set of contexts `copies` times, answered by a rule. */
const rowsBy = (rule: (has: (context: string) => boolean) => number, copies = 1): Row[] =>
  Array.from({ length: copies }, () =>
    sets.map((context) => ({
      traits: ['a person'],
      context,
      probability_LLM: rule((name) => context.includes(name)),
    })),
  ).flat();

const linear = rowsBy((has) => 1 / (1 + Math.exp(1 - (has('a') ? 2 : 0) + (has('b') ? 1.5 : 0) - (has('c') ? 1 : 0))));
const xor = rowsBy((has) => (has('a') !== has('b') ? 0.9 : 0.1), 4);

const trainIn = (name: string, options: Omit<TrainOptions, 'workspace' | 'scenario' | 'backend'>) =>
  train({ seed: 3, ...options, workspace: join(folder, name), scenario, backend: 'wasm' });

describe('train', () => {
  it('lets a logistic regression recover a linear teacher, and writes its three files', async () => {
    const { students, backend } = await trainIn('linear', {
      student: 'logistic',
      loss: 'bce',
      train: await fileOf(
        'linear',
        linear.map((row) => ({ ...row, teacher: 'oracle-0123' })),
      ),
    });
    expect(backend).toBe('wasm');
    expect(students[0]).toMatchObject({ student: 'logistic', loss: 'bce', finishedBefore: false });
    expect(students[0]!.validationMse).toBeLessThan(1e-4);

    const log = await readFile(join(folder, 'linear/results/logs/logistic.csv'), 'utf8');
    const [header, ...epochs] = log.trim().split('\n');
    expect(header).toMatch(/^epoch,train_loss,validation_loss/);
    expect(epochs).toHaveLength(students[0]!.epochs);
    const config = JSON.parse(await readFile(join(folder, 'linear/models/configs/logistic.json'), 'utf8'));
    expect(config).toMatchObject({
      scenario: 'six-contexts-v1',
      seed: 3,
      phrases: ['a person', ...contexts],
      teacher: { id: 'oracle-0123' },
      data: [{ file: 'linear.jsonl', rows: 64, states: 64 }],
      learned: { states: packStates(linear) },
    });

    await using student = await openStudent('logistic', { scenario, workspace: join(folder, 'linear') });
    const { probabilities } = await student.decide(observations(scenario, masks));
    linear.forEach(({ probability_LLM }, i) => {
      expect(probabilities[2 * i + 1]).toBeCloseTo(probability_LLM, 1.5);
    });
  });

  it('fits by an mlp what a logistic regression cannot: one of two, but not both', async () => {
    const file = await fileOf('xor', xor);
    const epochs = 60;
    const { students: logistic } = await trainIn('xor', { student: 'logistic', train: file, epochs });
    const { students: mlp } = await trainIn('xor', { student: 'mlp', train: file, epochs, layers: 2 });
    expect(logistic[0]!.validationMse).toBeGreaterThan(0.1);
    expect(mlp[0]!.validationMse).toBeLessThan(0.005);
    const { students: pairs } = await trainIn('xor-pairs', {
      student: 'logistic',
      train: file,
      interactions: true,
      learningRate: 0.2,
    });
    expect(pairs[0]!.validationMse).toBeLessThan(0.005);
    // A bias, seven phrases and their 21 pairs.
    expect(pairs[0]!.parameters).toBe(29);
    expect(mlp[0]).toMatchObject({ loss: 'ordinal', reason: 'the labels sit on 2 levels' });
  });

  it.each(['encoder', 'decoder'] as const)('teaches an %s which of two phrases comes first', async (student) => {
    const ordered = sets
      .filter((context) => context.includes('a') && context.includes('b'))
      .flatMap((context) =>
        [context, [...context].reverse()].map((shown) => ({
          traits: ['a person'],
          context: shown,
          probability_LLM: shown.indexOf('a') < shown.indexOf('b') ? 0.8 : 0.2,
        })),
      );
    const file = await fileOf('ordered', ordered);
    const { students } = await trainIn('ordered', { student, train: file, epochs: 60, learningRate: 1e-2 });
    expect(students[0]!.validationMse).toBeLessThan(0.01);

    await using policy = await openStudent(student, { scenario, workspace: join(folder, 'ordered') });
    const rows = [
      { traits: ['a person'], context: ['a', 'b'] },
      { traits: ['a person'], context: ['b', 'a'] },
    ];
    const { probabilities } = await policy.decide(fromPhrases(scenario, rows));
    expect(probabilities[1]).toBeGreaterThan(0.65);
    expect(probabilities[3]).toBeLessThan(0.35);
  });

  it('takes what a student makes of the order away by showing rows in other orders', async () => {
    const file = await fileOf('canonical', linear);
    const spread = async (name: string, augment: boolean) => {
      await trainIn(name, { student: 'encoder', train: file, epochs: 40, learningRate: 1e-2, augment });
      await using policy = await openStudent('encoder', { scenario, workspace: join(folder, name) });
      const rows = sets.flatMap((context) =>
        [context, [...context].reverse()].map((shown) => ({ traits: ['a person'], context: shown })),
      );
      const { probabilities } = await policy.decide(fromPhrases(scenario, rows));
      const moved = sets.map((_, i) => (probabilities[4 * i + 1]! - probabilities[4 * i + 3]!) ** 2);
      return moved.reduce((sum, square) => sum + square, 0) / moved.length;
    };
    expect(await spread('augmented', true)).toBeLessThan((await spread('as-shown', false)) / 4);
    const config = JSON.parse(await readFile(join(folder, 'augmented/models/configs/encoder.json'), 'utf8'));
    expect(config.training.settings.augment).toBe(true);
  });

  it('gives the same weights for the same call, whether or not it was interrupted', async () => {
    const file = await fileOf('again', linear);
    const call = { student: 'mlp', train: file, epochs: 12, layers: 2 } as const;
    const [whole] = (await trainIn('whole', call)).students;

    const controller = new AbortController();
    const interrupted = trainIn('halves', {
      ...call,
      signal: controller.signal,
      progress: ({ done }) => done === 5 && controller.abort(new Error('stopped by hand')),
    });
    await expect(interrupted).rejects.toThrow('stopped by hand');
    expect(existsSync(join(folder, 'halves/models/saved_models/mlp.onnx'))).toBe(false);
    const [halves] = (await trainIn('halves', call)).students;

    expect(halves).toMatchObject({ resumedAfter: 5, epochs: whole!.epochs, validationMse: whole!.validationMse });
    const onnx = (name: string) => readFile(join(folder, name, 'models/saved_models/mlp.onnx'));
    expect((await onnx('halves')).equals(await onnx('whole'))).toBe(true);
    expect(await readFile(halves!.files.log, 'utf8')).toBe(await readFile(whole!.files.log, 'utf8'));
    expect(existsSync(join(folder, 'halves/models/unfinished/mlp.json'))).toBe(false);
    const ran = JSON.parse(await readFile(join(folder, 'halves/results/logs/mlp.json'), 'utf8'));
    expect(ran).toMatchObject({ student: 'mlp', backend: 'wasm', seconds: halves!.seconds, resumedAfter: 5 });

    const [other] = (await trainIn('other', { ...call, seed: 4 })).students;
    expect(other!.validationMse).not.toBe(whole!.validationMse);
  });

  it('goes on with all four after an interrupt, and ends where a whole run ends', async () => {
    const file = await fileOf('all', linear);
    const call = { student: 'all', train: file, epochs: { logistic: 4, mlp: 4, encoder: 6, decoder: 6 } } as const;
    const whole = await trainIn('all-whole', call);
    expect(whole.students.map(({ student }) => student)).toEqual(['logistic', 'mlp', 'encoder', 'decoder']);
    expect(whole.students.map(({ epochs }) => epochs)).toEqual([4, 4, 6, 6]);

    const controller = new AbortController();
    const interrupted = trainIn('all-halves', {
      ...call,
      signal: controller.signal,
      progress: ({ stage, done }) =>
        stage === 'training decoder' && done === 3 && controller.abort(new Error('stopped by hand')),
    });
    await expect(interrupted).rejects.toThrow('stopped by hand');
    const halves = await trainIn('all-halves', call);
    expect(halves.students[3]).toMatchObject({ student: 'decoder', resumedAfter: 3 });
    for (const [i, { files }] of halves.students.entries())
      expect((await readFile(files.onnx)).equals(await readFile(whole.students[i]!.files.onnx))).toBe(true);
  });

  it('keeps a student that was trained by the very same call, and trains again when anything differs', async () => {
    const call = { student: 'logistic', loss: 'bce', train: await fileOf('kept', linear), epochs: 3 } as const;
    const [first] = (await trainIn('kept', call)).students;
    const [second] = (await trainIn('kept', call)).students;
    expect(second).toMatchObject({ finishedBefore: true, bestEpoch: first!.bestEpoch, parameters: 8 });
    // A configuration of an earlier version says what was learned when the rows are at hand again.
    const config = await readFile(first!.files.config, 'utf8');
    const { learned: _, ...earlier } = JSON.parse(config);
    await writeFile(first!.files.config, JSON.stringify(earlier));
    expect((await trainIn('kept', call)).students[0]!.finishedBefore).toBe(true);
    expect(await readFile(first!.files.config, 'utf8')).toContain(packStates(linear));
    const [third] = (await trainIn('kept', { ...call, epochs: 4 })).students;
    expect(third).toMatchObject({ finishedBefore: false, epochs: 4 });
    await writeFile(third!.files.onnx, 'damaged');
    const [fourth] = (await trainIn('kept', { ...call, epochs: 4 })).students;
    expect(fourth!.finishedBefore).toBe(false);
  });

  it('says what a student of Gemma is bound by', async () => {
    const lines: string[] = [];
    const { students } = await trainIn('gemma', {
      student: 'logistic',
      train: await fileOf(
        'gemma',
        linear.map((row) => ({ ...row, teacher: 'gemma-3-4b-0123' })),
      ),
      epochs: 2,
      log: (line) => lines.push(line),
    });
    const config = JSON.parse(await readFile(students[0]!.files.config, 'utf8'));
    expect(config.teacher.licence).toContain('derivative');
    expect(lines.join('\n')).toContain('derivative');
  });

  it.each([
    ['no rows', [], 'holds no decisions'],
    ['one row', linear.slice(0, 1), 'holds 1 row of one observation; at least 2'],
    ['equal labels', rowsBy(() => 0.35), 'all 64 labels are 0.35: there is nothing to learn; the policy constant:0.35'],
  ])('refuses a file with %s', async (name, rows, message) => {
    const file = await fileOf(name, rows);
    await expect(trainIn('refused', { student: 'mlp', train: file })).rejects.toThrow(message);
  });

  it('stops with the reason when the loss is no longer a number, and leaves nothing behind', async () => {
    const call = { student: 'mlp', train: await fileOf('nan', linear), learningRate: 1e30 } as const;
    await expect(trainIn('nan', call)).rejects.toThrow(
      /mlp: the loss is .* at epoch \d+, step \d+; lower the learning rate/,
    );
    expect(existsSync(join(folder, 'nan/models'))).toBe(false);
  });

  it('refuses options that make no sense, naming what is known', async () => {
    const file = await fileOf('options', linear);
    const refused = (options: object) =>
      expect(trainIn('refused', { student: 'mlp', train: file, ...options })).rejects;
    await refused({ student: 'gru' }).toThrow(
      'unknown student: gru (known: logistic, mlp, encoder, decoder, rules, all)',
    );
    await refused({ loss: 'hinge' }).toThrow('unknown loss: hinge (known: auto, bce, mse, ordinal)');
    await refused({ layers: 5 }).toThrow('layers must be 2, 3 or 4, got 5');
    await refused({ epochs: 0 }).toThrow('epochs must be a whole number of 1 or more, got 0');
    await expect(train({ student: 'mlp', train: file, workspace: join(file, 'inside'), scenario })).rejects.toThrow(
      'options.jsonl/inside cannot be written to (ENOTDIR); choose another --workspace',
    );
    await refused({ train: join(folder, 'missing.jsonl') }).toThrow('missing.jsonl');
  });
});
