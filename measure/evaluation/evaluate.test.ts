import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defineScenario } from '../../env/define-scenario.ts';
import { observations, phrasesOf } from '../../env/observation.ts';
import { sampleObservations } from '../../env/sampling/sampling.ts';
import type { Teacher } from '../../policies/policy.ts';
import { packStates } from '../../policies/students/learned.ts';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { openPolicy, openTeacher } from '../../scenarios/open.ts';
import { mse } from '../../stats/errors.ts';
import { dataFile } from '../../workspace/bundled.ts';
import { csvRows } from '../../workspace/csv.ts';
import { readDecisions } from '../../workspace/decisions.ts';
import { effectsOf } from '../explain/effects.ts';
import { evaluate } from './evaluate.ts';

let root: string;
const at = (...parts: string[]) => join(root, ...parts);
const jsonl = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

/** Decisions of the oracle, as a file of the research original's shape. */
async function oracleRows(
  size: number,
  seed: number,
): Promise<{ traits: string[]; context: string[]; probability_LLM: number }[]> {
  const batch = sampleObservations(iceCream, { size, order: 'canonical', seed });
  await using oracle = await openPolicy('oracle');
  const { probabilities } = await oracle.decide(batch);
  return Array.from(batch.masks, (_, i) => {
    const { traits, context } = phrasesOf(iceCream, batch, i);
    return { traits: [...traits], context: [...context], probability_LLM: probabilities[2 * i + 1]! };
  });
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'understudy-evaluate-'));
  await mkdir(at('data'));
  const rows = await oracleRows(250, 1);
  await writeFile(at('data', 'train.jsonl'), jsonl(rows.slice(0, 200)));
  await writeFile(at('data', 'test.jsonl'), jsonl(rows.slice(200).map((row) => ({ ...row, teacher: 'oracle-1' }))));
});
afterAll(() => rm(root, { recursive: true }));

const options = () => ({ test: at('data', 'test.jsonl'), workspace: root, seed: 1, agents: 0 });

describe('evaluate', () => {
  it('finds the oracle without error on its own decisions, better than every baseline', async () => {
    const report = await evaluate({ ...options(), models: ['oracle', 'constant:0.9'] });
    const [oracle, constant, ...baselines] = report.models;
    expect(oracle).toMatchObject({ model: 'oracle', kind: 'policy', n: 50, unanswered: 0, beatsBaseline: true });
    expect(oracle!.mse).toBeLessThan(1e-20);
    expect(oracle!.pearson).toBeCloseTo(1, 12);
    expect(oracle!.versusBaseline!.upper).toBeLessThan(0);
    expect(constant).toMatchObject({ model: 'constant:0.9', beatsBaseline: false, pearson: Number.NaN });
    expect(baselines.map(({ model, kind }) => [model, kind])).toEqual([
      ['nearest', 'baseline'],
      ['mean', 'baseline'],
      ['uniform', 'baseline'],
    ]);
    expect(report).toMatchObject({
      bestBaseline: 'nearest',
      teacher: ['oracle-1'],
      actions: ['buy'],
      test: { path: join('data', 'test.jsonl'), rows: 50, seenInTraining: 0 },
      train: { path: join('data', 'train.jsonl'), rows: 200 },
    });
  });

  it('writes the documented columns first, and numbers that can be computed again from the predictions', async () => {
    const report = await evaluate({ ...options(), models: ['constant:0.9'] });
    const table = await readFile(at('results', 'metrics', 'evaluation.csv'), 'utf8');
    expect(table).toMatch(/^model,n,mse,mae,r2,pearson,spearman,ece,kl,bias,/);
    const scores = csvRows(table);
    expect(scores.map(({ model }) => model)).toEqual(['constant:0.9', 'nearest', 'mean', 'uniform']);
    const text = await readFile(at('results', 'metrics', 'predictions.csv'), 'utf8');
    expect(text).toMatch(
      /^sample_id,num_traits,num_context,total_tokens,y_true,constant:0\.9_pred,constant:0\.9_sq_error,nearest_pred,/,
    );
    const rows = csvRows(text);
    expect(rows.map(({ sample_id }) => Number(sample_id))).toEqual(Array.from({ length: 50 }, (_, i) => i));
    for (const row of rows) {
      expect(row.traits!.split('; ')).toHaveLength(Number(row.num_traits));
      expect(Number(row.total_tokens)).toBe(Number(row.num_traits) + Number(row.num_context));
      expect(Number(row.nearest_sq_error)).toBeCloseTo((Number(row.nearest_pred) - Number(row.y_true)) ** 2, 14);
    }
    const column = (name: string) => rows.map((row) => Number(row[name]));
    for (const { model, mse: reported } of report.models)
      expect(mse(column('y_true'), column(`${model}_pred`))).toBeCloseTo(reported, 12);
    expect(JSON.parse(await readFile(at('results', 'metrics', 'evaluation.json'), 'utf8')).models).toHaveLength(4);
  });

  it('tests every pair of models and breaks errors down, as tables that repeat the report', async () => {
    const report = await evaluate({ ...options(), models: ['constant:0.9', 'constant:0.5', 'constant:0.4'] });
    const pairs = csvRows(await readFile(at('results', 'metrics', 'comparisons.csv'), 'utf8'));
    expect(Object.keys(pairs[0]!)).toEqual([
      'a',
      'b',
      'difference',
      'lower',
      'upper',
      'p',
      'p_holm',
      'n',
      'exact',
      'confidence',
    ]);
    expect(pairs.map(({ a, b }) => `${a} ${b}`)).toEqual(report.comparisons.map(({ a, b }) => `${a} ${b}`));
    expect(report.comparisons).toHaveLength(3);
    for (const { a, b, difference, p, pHolm } of report.comparisons) {
      const mseOf = (name: string) => report.models.find(({ model }) => model === name)!.mse;
      expect(difference).toBeCloseTo(mseOf(a) - mseOf(b), 12);
      expect(pHolm).toBeGreaterThanOrEqual(p);
    }
    const groups = csvRows(await readFile(at('results', 'metrics', 'subgroups.csv'), 'utf8'));
    const traits = groups.filter(({ model, by }) => model === 'constant:0.9' && by === 'traits');
    expect(traits.reduce((sum, { n }) => sum + Number(n), 0)).toBe(50);
    expect(traits.reduce((sum, { n, mse }) => sum + Number(n) * Number(mse), 0) / 50).toBeCloseTo(
      report.models.find(({ model }) => model === 'constant:0.9')!.mse,
      12,
    );
    const { worstGroup } = report.models[0]!;
    const large = groups.filter(({ model, n }) => model === report.models[0]!.model && Number(n) >= 20);
    expect(worstGroup!.mse).toBe(Math.max(...large.map(({ mse }) => Number(mse))));
  });

  it('says what each phrase does to the decisions of students over the test states, of no teacher and no baseline', async () => {
    await evaluate({ ...options(), models: ['student:mlp', 'oracle', 'constant:0.9'] });
    const effects = csvRows(await readFile(at('results', 'metrics', 'effects.csv'), 'utf8'));
    expect(new Set(effects.map(({ model }) => model))).toEqual(new Set(['mlp', 'constant:0.9']));
    await using mlp = await openPolicy('student:mlp');
    const { observations: states } = await readDecisions(options().test, iceCream);
    const { effects: expected } = await effectsOf(mlp, iceCream, [...new Set(states.masks)]);
    const own = effects.filter(({ model }) => model === 'mlp');
    expect(own.map(({ phrase, beside, mean }) => [phrase, beside, Number(mean)])).toEqual(
      expected.map(({ phrase, beside = '', mean }) => [phrase, beside, mean]),
    );
    for (const { model, mean_absolute } of effects) if (model !== 'mlp') expect(Number(mean_absolute)).toBe(0);
  });

  it('writes the coefficients of a logistic regression, and removes those of an earlier one', async () => {
    const file = at('results', 'metrics', 'coefficients.csv');
    await evaluate({ ...options(), models: ['student:logistic', 'student:mlp'] });
    const rows = csvRows(await readFile(file, 'utf8'));
    expect(rows.map(({ model, phrase }) => `${model} ${phrase}`)).toEqual(
      ['', ...iceCream.phrases].map((phrase) => `logistic ${phrase}`),
    );
    await evaluate({ ...options(), models: ['constant:0.9'] });
    await expect(readFile(file)).rejects.toThrow('ENOENT');
  });

  it('says how large and how fast a model is, and where it was measured', async () => {
    const { models, machine } = await evaluate({ ...options(), models: ['student:logistic', 'oracle'], agents: 0 });
    const of = (name: string) => models.find(({ model }) => model === name)!;
    expect(of('logistic').parameters).toBe(17);
    expect([of('mean').parameters, of('uniform').parameters, of('nearest').parameters]).toEqual([1, 0, undefined]);
    for (const { decisionsPerSecond } of models) expect(decisionsPerSecond).toBeGreaterThan(0);
    expect(machine).toContain(`Node.js ${process.versions.node}`);
  });

  it('asks a teacher that is given about other orders and the states that a model visits, within the budget', async () => {
    const asked: number[] = [];
    await using oracle = await openTeacher('oracle');
    const teacher: Teacher = {
      ...oracle,
      decide(batch, work) {
        asked.push(batch.masks.length);
        return oracle.decide(batch, work);
      },
    };
    const alone = await evaluate({ ...options(), models: ['student:mlp'], agents: 40 });
    const report = await evaluate({
      ...options(),
      models: ['student:mlp'],
      teacher,
      budget: 300,
      orders: 4,
      agents: 40,
    });
    // Half of 300 questions are 30 states in 1 + 4 orders; the other half are draws of
    // states, of which some are drawn twice.
    expect(asked[0]).toBe(150);
    expect(asked[1]).toBeGreaterThan(100);
    expect(asked[1]).toBeLessThanOrEqual(150);
    expect(report.teacherOrder).toMatchObject({ states: 30, orders: 4, byConstruction: false });
    const [before, after] = [alone, report].map(({ models }) => models[0]!.onPolicy!);
    expect(before).toMatchObject({ answers: 'test file', visited: after!.visited });
    expect(after).toMatchObject({ answers: 'teacher', states: asked[1], agents: 40, covered: 1 });
    expect(after!.covered).toBeGreaterThan(before!.covered);
    expect(after!.mse).toBeGreaterThan(0);
    expect(alone.teacherOrder).toBeUndefined();
  });

  it('does not ask a recorded teacher about orders, which its file does not tell apart', async () => {
    const teacher = `recorded:${at('data', 'train.jsonl')}`;
    const report = await evaluate({ ...options(), models: ['student:mlp'], teacher, agents: 40 });
    expect(report.teacherOrder).toBeUndefined();
    expect(report.models[0]!.onPolicy!.answers).toBe('teacher');
  });

  it('knows at once that a teacher does not open', async () => {
    const stages: string[] = [];
    const progress = ({ stage }: { stage: string }) => stages.push(stage);
    const options = { test: at('data', 'test.jsonl'), workspace: root, seed: 1, models: ['oracle'], progress };
    await expect(evaluate({ ...options, teacher: 'nobody' })).rejects.toMatchObject({ code: 'POLICY_UNKNOWN' });
    expect(stages).toEqual([]);
  });

  it('of a single row has errors, and nothing that one row cannot tell', async () => {
    await writeFile(at('one.jsonl'), jsonl((await oracleRows(1, 3)).slice(0, 1)));
    const models = ['constant:0.9', 'constant:0.5'];
    const report = await evaluate({ ...options(), test: at('one.jsonl'), models, agents: 40 });
    const [best] = report.models;
    expect(best).toMatchObject({ n: 1, r2: Number.NaN, pearson: Number.NaN, spearman: Number.NaN });
    expect(best!.intervals.mse).toEqual({ lower: best!.mse, upper: best!.mse });
    expect(best!.worstGroup).toBeUndefined();
    expect(report.comparisons).toMatchObject([{ n: 1, p: 1, pHolm: 1, exact: true }]);
    expect(report.ceiling.r2).toBeNull();
    const [row] = csvRows(await readFile(at('results', 'metrics', 'evaluation.csv'), 'utf8'));
    expect([row!.parameters, row!.worst_group, row!.r2]).toEqual(['', '', 'NaN']);
  });

  it('measures neither orders nor visits where they are not wanted', async () => {
    const { models } = await evaluate({ ...options(), models: ['student:encoder'], orders: 1, agents: 0 });
    expect(models[0]!.order).toBeUndefined();
    expect(models[0]!.onPolicy).toBeUndefined();
  });

  it('holds R² against the noise that a stability study of the same teacher found', async () => {
    const report = () => evaluate({ ...options(), models: ['student:mlp'], orders: 1, agents: 0 });
    expect((await report()).ceiling).toMatchObject({ r2: null, reason: expect.stringContaining('stability.json') });
    const study = { teacher: 'oracle', teacherId: 'oracle-1', elicitation: 'sample', temperature: 1 };
    await writeFile(
      at('results', 'metrics', 'stability.json'),
      JSON.stringify({ ...study, variance: { within: 0.002, between: 0.05 } }),
    );
    const { ceiling, models } = await report();
    expect(ceiling).toMatchObject({ mse: expect.closeTo(0.002, 12), reasking: expect.closeTo(0.004, 12) });
    expect(models[0]!.achievable!.value).toBeCloseTo(models[0]!.r2 / ceiling.r2!, 12);
    await writeFile(at('results', 'metrics', 'stability.json'), '{');
    await expect(report()).rejects.toThrow(
      /stability\.json is damaged: it is not JSON; run `understudy stability` again/,
    );
    await rm(at('results', 'metrics', 'stability.json'));
  });

  it('gives the same report for the same files and seed, but for the rates', async () => {
    // A transformer is slow to explain and to simulate: it is asked about ten states, and the MLP is simulated.
    const rows = (await readFile(options().test, 'utf8')).trim().split('\n').slice(0, 10);
    await writeFile(at('ten.jsonl'), rows.map((row) => `${row}\n`).join(''));
    const report = async (seed: number, more: { models: string[]; agents: number; orders?: number }) => {
      const found = await evaluate({ ...options(), test: at('ten.jsonl'), seed, ...more });
      return { ...found, models: found.models.map(({ decisionsPerSecond: _, ...rest }) => rest) };
    };
    const ordered = { models: ['student:encoder'], agents: 0, orders: 4 };
    expect(await report(1, ordered)).toEqual(await report(1, ordered));
    const simulated = { models: ['student:mlp'], agents: 8 };
    const first = await report(1, simulated);
    expect(await report(1, simulated)).toEqual(first);
    expect((await report(2, simulated)).models[0]!.onPolicy).not.toEqual(first.models[0]!.onPolicy);
  });

  it('says which states are also in the train file', async () => {
    const lines: string[] = [];
    const report = await evaluate({
      ...options(),
      test: at('data', 'train.jsonl'),
      models: ['constant:0.5'],
      log: (line) => lines.push(line),
    });
    expect(report.test.seenInTraining).toBe(200);
    expect(lines.join('\n')).toContain('200 of 200 test states are in the train file too');
    expect(lines.join('\n')).toContain('constant:0.5 does not beat the baseline nearest');
  });

  it('leaves out what a policy does not answer, and says how much that is', async () => {
    const rows = await oracleRows(250, 1);
    await writeFile(at('known.jsonl'), jsonl(rows.slice(200, 230)));
    const { models } = await evaluate({ ...options(), models: [`recorded:${at('known.jsonl')}`] });
    expect(models[0]).toMatchObject({ n: 30, unanswered: 20, mae: 0 });
  });

  it('without a train file uses the uniform baseline alone and says why', async () => {
    const lines: string[] = [];
    const alone = await mkdtemp(join(root, 'alone-'));
    const { models, train } = await evaluate({
      ...options(),
      workspace: alone,
      models: ['constant:0.4'],
      log: (line) => lines.push(line),
    });
    expect(models.map(({ model }) => model)).toEqual(['constant:0.4', 'uniform']);
    expect(train).toBeNull();
    expect(lines[0]).toContain('the baselines that learn from it (mean, nearest) are left out');
  });

  it('compares every action but the default one if there are more than two', async () => {
    const queue = defineScenario({
      id: 'queue',
      actions: ['wait', 'leave', 'complain'],
      discount: 1,
      horizon: 2,
      traits: { phrases: ['patient', 'loud'] },
      contexts: { 'a long queue': ({ length }) => length === 'long' },
      world: { length: { levels: ['short', 'long'], start: 'long', next: ({ length }) => length } },
      agent: {},
      reward: () => 0,
    });
    const directory = await mkdtemp(join(root, 'queue-'));
    const rows = [1, 2, 3, 5, 6, 7].map((mask, i) => ({
      ...phrasesOf(queue, observations(queue, [mask]), 0),
      probabilities: [0.5, 0.1 + 0.05 * i, 0.4 - 0.05 * i],
    }));
    await writeFile(join(directory, 'test.jsonl'), jsonl(rows));
    const report = await evaluate({
      test: join(directory, 'test.jsonl'),
      workspace: directory,
      scenario: queue,
      seed: 1,
      models: ['constant:0.1,0.4'],
    });
    // Squared errors (.05 i)² for both actions.
    expect(report.models[0]!.mse).toBeCloseTo((0.0025 * (0 + 1 + 4 + 9 + 16 + 25)) / 6, 12);
    expect(report.models[0]!.n).toBe(6);
    expect(report.models[0]!.onPolicy!.states).toBeGreaterThan(0);
    expect(report.ceiling).toMatchObject({ r2: null });
    const predictions = csvRows(await readFile(join(directory, 'results', 'metrics', 'predictions.csv'), 'utf8'));
    expect(predictions.map(({ sample_id, action }) => `${sample_id} ${action}`).slice(0, 4)).toEqual([
      '0 leave',
      '0 complain',
      '1 leave',
      '1 complain',
    ]);
  });

  it('explains states of few phrases exactly, however many phrases there are', async () => {
    const contexts = Array.from({ length: 16 }, (_, i) => [`c${i}`, ({ x }: { x: number }) => x === i] as const);
    const wide = defineScenario({
      ...{ id: 'wide', actions: ['no', 'yes'], discount: 1, horizon: 2 },
      traits: { phrases: ['a person'] },
      contexts: Object.fromEntries(contexts),
      world: {},
      agent: { x: { levels: Array.from({ length: 16 }, (_, i) => i), start: 0, next: ({ x }) => x } },
      reward: () => 0,
    });
    const directory = await mkdtemp(join(root, 'wide-'));
    const rows = [1, 3, 5].map((mask) => ({ ...phrasesOf(wide, observations(wide, [mask]), 0), probability_LLM: 0.4 }));
    await writeFile(join(directory, 'test.jsonl'), jsonl(rows));
    const where = { test: join(directory, 'test.jsonl'), workspace: directory, scenario: wide };
    await evaluate({ ...options(), ...where, models: ['constant:0.4'] });
    const effects = await readFile(join(directory, 'results', 'metrics', 'effects.csv'), 'utf8');
    expect(csvRows(effects).map((row) => [row.phrase, row.mean, row.standard_error])).toEqual([
      ['c0', '0', ''],
      ['c1', '0', ''],
    ]);
  });

  it('says what is missing, and what to do', async () => {
    await expect(evaluate(options())).rejects.toThrow(/no students in .*saved_models; run `understudy train` first/);
    await writeFile(at('empty.jsonl'), '');
    await expect(evaluate({ ...options(), test: at('empty.jsonl'), models: ['uniform'] })).rejects.toThrow(
      /empty\.jsonl has no decisions/,
    );
    await expect(evaluate({ ...options(), test: at('none.jsonl'), models: ['oracle'] })).rejects.toThrow(
      /none\.jsonl does not exist/,
    );
    await writeFile(at('other.jsonl'), jsonl([{ traits: ['tall'], context: [], probability_LLM: 0.5 }]));
    await expect(evaluate({ ...options(), test: at('other.jsonl'), models: ['oracle'] })).rejects.toThrow(
      /other\.jsonl, line 1: .*"tall"/,
    );
    await expect(evaluate({ ...options(), models: ['oracel'] })).rejects.toThrow(/unknown policy: oracel/);
    await expect(evaluate({ ...options(), models: ['oracle', 'oracle'] })).rejects.toThrow(
      'two models are called oracle',
    );
    await expect(evaluate({ ...options(), models: ['uniform'] })).rejects.toThrow('uniform is always evaluated');
  });

  it('says so of a student that was trained on the very test file', async () => {
    const [onnx, json] = ['logistic.onnx', 'logistic.json'].map((name) => dataFile(`students/${name}`));
    const sha256 = createHash('sha256')
      .update(await readFile(options().test))
      .digest('hex');
    const config = JSON.parse(await readFile(json!, 'utf8'));
    await copyFile(onnx!, at('own.onnx'));
    await writeFile(at('own.json'), JSON.stringify({ ...config, data: [{ file: 'x', sha256, rows: 50, states: 50 }] }));
    const lines: string[] = [];
    const report = await evaluate({
      ...options(),
      models: ['student:logistic', at('own.onnx')],
      log: (line) => lines.push(line),
    });
    const caveatOf = (name: string) => report.models.find(({ model }) => model === name)?.caveat;
    expect(caveatOf('own')).toMatch(/; trained on the same file that it is tested on$/);
    expect(caveatOf('logistic')).not.toContain('same file');
    expect(lines).toContainEqual(expect.stringMatching(/^own: trained on the same file/));
  });

  it('counts the test states that each student learned, wherever their files lie and in whatever order', async () => {
    const [onnx, json] = ['mlp.onnx', 'mlp.json'].map((name) => dataFile(`students/${name}`));
    const config = JSON.parse(await readFile(json!, 'utf8'));
    const rows = (await readFile(options().test, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const put = async (name: string, learned: object) => {
      await copyFile(onnx!, at(`${name}.onnx`));
      await writeFile(at(`${name}.json`), JSON.stringify({ ...config, ...learned }));
      return at(`${name}.onnx`);
    };
    const backwards = rows.slice(0, 7).map(({ traits, context }) => ({
      traits: [...traits].reverse(),
      context: [...context].reverse(),
    }));
    const other = { traits: ['likes sweets'], context: [] };
    const models = [
      await put('seven', { learned: { states: packStates([...backwards, other, ...backwards]) } }),
      await put('none', { learned: { states: packStates([]) } }),
      await put('silent', {}),
      'constant:0.4',
    ];
    const lines: string[] = [];
    const asked = { teacher: 'oracle', budget: 400, orders: 1, agents: 40 };
    const report = await evaluate({ ...options(), ...asked, models, log: (line) => lines.push(line) });
    const seen = Object.fromEntries(report.models.map(({ model, seenInTraining }) => [model, seenInTraining]));
    expect(seen).toMatchObject({ seven: 7, none: 0, silent: null });
    expect('constant:0.4' in seen && seen['constant:0.4']).toBeUndefined();
    const caveatOf = (name: string) => report.models.find(({ model }) => model === name)!.caveat;
    expect(caveatOf('seven')).toMatch(/; learned 7 of the 50 states that it is tested on$/);
    expect(caveatOf('none')).not.toContain('tested on');
    expect(lines).toContain(
      'seven: learned 7 of the 50 states that it is tested on; errors look smaller than they are',
    );
    expect(lines).toContain('silent: its configuration does not say which states it learned; train it again to know');
    const table = csvRows(await readFile(at('results', 'metrics', 'evaluation.csv'), 'utf8'));
    const column = Object.fromEntries(table.map(({ model, seen_in_training }) => [model, seen_in_training]));
    expect(column).toMatchObject({ seven: '7', none: '0', silent: 'unknown', 'constant:0.4': '', uniform: '' });
    // One network: the two go the same ways, where one is known to have learned nothing.
    const share = (name: string) => report.models.find(({ model }) => model === name)!.onPolicy!.seenInTraining;
    expect(share('none')).toBe(0);
    expect(share('silent')).toBeGreaterThan(0);
  });

  it('names a student of the workspace whose file is damaged', async () => {
    const directory = await mkdtemp(join(root, 'damaged-'));
    await mkdir(join(directory, 'models', 'saved_models'), { recursive: true });
    await writeFile(join(directory, 'models', 'saved_models', 'mlp.onnx'), 'no network');
    await expect(evaluate({ ...options(), workspace: directory })).rejects.toThrow(/mlp/);
  });

  it('stops when it is told to and leaves the files of the last evaluation alone', async () => {
    await evaluate({ ...options(), models: ['constant:0.9'] });
    const before = await readFile(at('results', 'metrics', 'evaluation.csv'), 'utf8');
    await expect(evaluate({ ...options(), models: ['oracle'], signal: AbortSignal.abort() })).rejects.toThrow('abort');
    expect(await readFile(at('results', 'metrics', 'evaluation.csv'), 'utf8')).toBe(before);
  });
});
