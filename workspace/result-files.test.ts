import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { coefficientsText, readCoefficients } from './coefficients.ts';
import { comparisonsText, readComparisons } from './comparisons.ts';
import { type DatasetManifest, readDataset } from './dataset.ts';
import { effectsText, readEffects, writeEffectsOf } from './effects.ts';
import { type EvaluationReport, evaluationText, type ModelReport, readEvaluation } from './evaluation.ts';
import { readLearning, writeLearning } from './learning-curve.ts';
import { onPolicyText, readOnPolicy } from './on-policy.ts';
import { type Workspace, workspace } from './paths.ts';
import { predictionsText, readPredictions } from './predictions.ts';
import { writeJson } from './result-file.ts';
import { type DatasetRow, datasetRow, type RejectedRow, rejectedRow, writeRows } from './rows.ts';
import { readShares, sharesText } from './shares.ts';
import { readRepeats, readStability, type StabilityReport, writeStability } from './stability.ts';
import { readStudents, type StudentConfig } from './student-config.ts';
import { readSubgroups, subgroupsText } from './subgroups.ts';
import { logText, readLogs } from './training-log.ts';
import { writeFileAtomically } from './write-file.ts';

const root = mkdtempSync(join(tmpdir(), 'understudy-results-'));
afterAll(() => rmSync(root, { recursive: true }));
const paths = workspace(root);

const hex = 'ab'.repeat(32);
const facts = { path: 'data/test.jsonl', sha256: hex, rows: 20 };
const interval = { lower: 0.01, upper: 0.03 };
const subgroup = { by: 'trait', group: 'cheap', n: 20, mse: 0.02, interval, mae: 0.1, bias: -0.01 } as const;
const order = {
  ...{ states: 9, orders: 8, meanSd: 0.1, maxSd: 0.2, variance: 0.02, changeFromCanonical: 0.03 },
  byConstruction: false,
};
const model: ModelReport = {
  ...{ model: 'mlp', kind: 'student', policy: 'student:mlp:ab', caveat: 'small', n: 20, unanswered: 1 },
  ...{ mse: 0.02, mae: 0.1, r2: 0.5, pearson: 0.7, spearman: Number.NaN, ece: 0.05, kl: 0.04, bias: -0.01, bce: 0.3 },
  intervals: {
    mse: interval,
    mae: interval,
    r2: { lower: Number.NaN, upper: 0.6 },
    pearson: interval,
    bias: interval,
    logLoss: interval,
  },
  ...{ logLoss: 0.3, brier: 0.02, auc: Number.NaN },
  reliability: [{ from: 0.1, to: 0.2, n: 20, meanPredicted: 0.15, meanTarget: 0.2 }],
  ...{ parameters: 1234, decisionsPerSecond: 98765.4, beatsBaseline: true },
  achievable: { value: 0.9, ...interval },
  worstGroup: subgroup,
  order,
  onPolicy: {
    ...{ mse: 0.03, ...interval, covered: 0.9, visited: 40, states: 36, seenInTraining: 0.5, agents: 1000, ticks: 48 },
    answers: 'teacher',
  },
  versusBaseline: { value: -0.1, ...interval },
  versusBest: { value: 0.001, ...interval },
};
const comparison = {
  a: 'mlp',
  b: 'x, y',
  n: 20,
  difference: -0.001,
  ...interval,
  p: 0.04,
  exact: false,
  pHolm: 0.08,
  confidence: 0.95,
};
const evaluation: EvaluationReport = {
  ...{ scenario: 'ice-cream-v1', actions: ['buy'], teacher: ['oracle'], seed: 3, bestBaseline: 'mean' },
  ...{ labels: 'probabilities', labelled: 'by a teacher', asked: 'oracle', loss: 'mse', beside: [] },
  test: { ...facts, states: 18, seenInTraining: 0 },
  train: null,
  models: [model],
  comparisons: [comparison],
  ceiling: { r2: 0.97, mse: 0.001, reasking: 0.02, labels: 'one sample each' },
  teacherOrder: order,
  machine: 'a machine',
};

const icc = { value: 0.8, ...interval, f: 9, df1: 4, df2: 20, p: 0.001 };
const iccs = {
  'ICC(1,1)': { form: 'ICC(1,1)', ...icc },
  'ICC(2,1)': { form: 'ICC(2,1)', ...icc },
  'ICC(3,1)': { form: 'ICC(3,1)', ...icc },
  'ICC(1,k)': { form: 'ICC(1,k)', ...icc },
  'ICC(2,k)': { form: 'ICC(2,k)', ...icc },
  'ICC(3,k)': { form: 'ICC(3,k)', value: null, reason: 'undefined: no variance' },
} as const;
const cosine = { value: null, between: 0.4, method: 'lexical', prompts: 0, reason: 'no prompt has two explanations' };
const facet = {
  ...{ levels: ['7', '8'], asked: 'sample', prompts: 5, means: [0.4, 0.5], sds: [null, null] },
  ...{ meanAbsoluteDifference: 0.1, largestDifference: 0.2, mard: 0.1, icc: iccs, cosine },
};
const stability: StabilityReport = {
  ...{ scenario: 'ice-cream-v1', teacher: 'oracle', teacherId: 'oracle:ab', caveat: 'a rule' },
  ...{ elicitation: 'sample', temperature: 1, seed: 0, prompts: 6, runs: 5, kind: 'exchangeable reruns' },
  outcomes: { ok: 29, unparsable: 1, refused: 0, timeout: 0, missing: 0 },
  rungs: { json: 35, object: 3, words: 1 },
  ...{ complete: 5, action: 'buy', mean: 0.4, mard: 0.2, icc: iccs, cosine, predictedSd: 0.11 },
  std: { population: 0.1, sample: 0.12, perPrompt: { min: 0, median: 0.1, p90: 0.2, max: 0.3 } },
  variance: { within: 0.01, between: 0.04 },
  heaping: { n: 25, share: 0.8, chance: 0.2, index: 0.75 },
  facets: { seed: facet },
  components: {
    ...{ design: 'prompt, 5 seeds in each', facets: ['seed'], prompts: 5, observations: 25, total: 0.05 },
    effects: [{ effect: 'prompt', df: 4, meanSquare: 0.2, variance: 0.04, share: 0.8, ...interval }],
  },
  repeats: [{ repeats: 1, reliability: null, sd: 0.1 }],
  noiseCeiling: [{ repeats: 1, r2: null, pearson: null, mse: 0.01 }],
};
const answer = (prompt: number, run: number, probability: number | undefined, design = 'alone:seed') => ({
  ...{ prompt, run, traits: ['cheap'], context: [], temperature: 1, seed: 40 + run, design },
  ...{ outcome: probability === undefined ? 'refused' : 'ok', probability, explanation: 'hot, "very"' },
  ...{ order: 'canonical', paraphrase: 0, batch: undefined },
});

const provenance = { scenario: 'ice-cream-v1', teacher: 'oracle:ab', elicitation: 'sample', seed: 0 };
const manifest: DatasetManifest = {
  ...{ template: null, model: null, library: null, endpoints: null },
  ...{ devices: { CPU: 25 }, tokens: null, cost: null, energy: null, unknown: { energy: 'not measured' } },
  ...{ scenario: 'ice-cream-v1', prompt: { text: 'Decide.', sha256: hex }, teacher: 'oracle', teacherId: 'oracle:ab' },
  ...{ elicitation: 'sample', temperature: 1, explain: false, order: 'canonical', seed: 0, repeats: 1, asked: 25 },
  explanations: { share: 0, wanted: 0, given: 0 },
  sampling: { method: 'stratified', states: 25, emptyContext: 'include' },
  ...{ distribution: 'all states alike', split: 'one in five', heldOut: { by: 'state', states: 5 } },
  answers: { total: 25, asked: 25, remembered: 0 },
  outcomes: { ok: 25, unparsable: 0, refused: 0, timeout: 0, missing: 0 },
  rungs: { json: 25, object: 0, words: 0 },
  ...{ askedAgain: 0, rejects: {}, exports: [], finished: '2026-01-01T00:00:00.000Z', seconds: 1.5 },
  files: { train: { ...facts, path: join(root, 'data', 'train.jsonl') }, test: facts, rejects: facts },
};
const config: StudentConfig = {
  format: 'understudy-student-1',
  name: 'mlp',
  architecture: { kind: 'mlp', width: 2, hidden: [4] },
  head: { kind: 'sigmoid' },
  ...{ scenario: 'ice-cream-v1', phrases: ['a', 'b'], actions: ['skip', 'buy'] },
  ...{ sha256: hex, parameters: 17, seed: 0, teacher: { id: 'oracle:ab', licence: 'MIT' } },
  data: [{ file: 'train.jsonl', sha256: hex, rows: 80, states: 80 }],
  training: { loss: 'mse' },
};
const { name, sha256, parameters, seed, teacher, data } = config;
const summary = { name, sha256, parameters, seed, teacher, data, training: {} };

interface Kind {
  readonly path: string;
  /** The verb that makes it. */
  readonly verb: string;
  readonly write: (value: never) => Promise<void>;
  readonly read: (paths: Workspace) => Promise<unknown>;
  readonly value: unknown;
  /** What is read where it is not what was written. */
  readonly back?: unknown;
  /** What is read if there is no file; default an empty list. */
  readonly absent?: 'undefined';
}

const table =
  (path: string, textOf: (rows: never) => string) =>
  (rows: unknown): Promise<void> =>
    writeFileAtomically(path, textOf(rows as never));
const { metrics } = paths;
const kinds: Readonly<Record<string, Kind>> = {
  'the evaluation': {
    ...{ path: paths.evaluation, verb: 'evaluate', read: readEvaluation, value: evaluation, absent: 'undefined' },
    write: (value: EvaluationReport) => writeJson(paths.evaluation, value),
  },
  predictions: {
    ...{ path: paths.predictions, verb: 'evaluate', read: (at) => readPredictions(at, ['mlp', 'x, y']) },
    write: table(paths.predictions, (rows) => predictionsText(rows, ['mlp', 'x, y'])),
    value: [
      {
        ...{ sample: 0, traits: ['cheap', 'old; wise'], context: [], action: 'buy', target: 0.5 },
        predicted: { mlp: 0.25, 'x, y': Number.NaN },
      },
    ],
    back: [
      {
        ...{ traits: ['cheap', 'old; wise'], context: [], action: 'buy', target: 0.5 },
        predicted: { mlp: 0.25, 'x, y': Number.NaN },
      },
    ],
  },
  comparisons: {
    ...{ path: paths.comparisons, verb: 'evaluate', read: readComparisons, value: [comparison] },
    write: table(paths.comparisons, comparisonsText),
  },
  subgroups: {
    ...{ path: paths.subgroups, verb: 'evaluate', read: readSubgroups },
    value: [
      {
        ...{
          model: 'mlp',
          of: 'model',
          by: 'trait',
          group: 'cheap',
          n: 20,
          mse: 0.02,
          ...interval,
          mae: 0.1,
          bias: -0.01,
        },
        ...{ logLoss: 0.5, logLossLow: 0.4, logLossHigh: 0.6 },
      },
    ],
    write: table(paths.subgroups, subgroupsText),
  },
  shares: {
    ...{ path: paths.shares, verb: 'evaluate', read: readShares },
    value: [
      {
        ...{ model: 'mlp', of: 'column', by: 'all', group: 'all', action: 'buy', n: 20, observed: 0.4 },
        ...{ observedLow: 0.3, observedHigh: 0.5, predicted: 0.45, difference: 0.05, low: -0.05, high: 0.15 },
      },
    ],
    write: table(paths.shares, sharesText),
  },
  effects: {
    ...{ path: paths.effects, verb: 'evaluate', read: readEffects, write: table(paths.effects, effectsText) },
    value: [
      { model: 'mlp', phrase: 'cheap', states: 3, mean: -0.1, meanAbsolute: 0.1 },
      { model: 'mlp', phrase: 'cheap', beside: 'hot', states: 2, mean: 0.1, meanAbsolute: 0.2 },
    ],
  },
  coefficients: {
    ...{ path: paths.coefficients, verb: 'evaluate', read: readCoefficients },
    write: table(paths.coefficients, coefficientsText),
    value: [
      { model: 'logistic', action: 'buy', logOdds: -1, lowest: -1.5, highest: -0.5 },
      { model: 'logistic', action: 'buy', phrase: 'a', beside: 'b', logOdds: 1, lowest: 1, highest: 1 },
    ],
  },
  'the stability study': {
    ...{ path: paths.stability, verb: 'stability', read: readStability, value: stability, absent: 'undefined' },
    write: (value: StabilityReport) => writeStability(paths, value, new Map([[value.teacher, []]])),
  },
  'its answers': {
    ...{ path: paths.stabilityTable, verb: 'stability', read: readRepeats },
    write: (rows: ReturnType<typeof answer>[]) =>
      writeStability(paths, stability, new Map([[stability.teacher, rows]])),
    value: [
      answer(0, 0, 0.5),
      answer(0, 1, 0.75),
      answer(1, 0, undefined),
      answer(1, 1, 0),
      answer(1, 0, 1, 'crossed'),
    ],
    back: [[0.5, 0.75], [0]],
  },
  'the data set': {
    ...{ path: paths.dataset, verb: 'dataset', read: readDataset, value: manifest, absent: 'undefined' },
    write: (value: DatasetManifest) => writeJson(paths.dataset, value),
    back: {
      ...{ teacher: 'oracle', teacherId: 'oracle:ab', elicitation: 'sample', order: 'canonical', seed: 0, asked: 25 },
      ...{ distribution: 'all states alike', split: 'one in five', finished: '2026-01-01T00:00:00.000Z' },
      files: { train: { ...facts, path: join('data', 'train.jsonl') }, test: facts, rejects: facts },
    },
  },
  'a training log': {
    ...{ path: join(paths.logs, 'mlp.csv'), verb: 'train', read: readLogs },
    write: table(join(paths.logs, 'mlp.csv'), logText),
    value: [
      { epoch: 1, train: 0.7, validation: 0.6, mse: 0.1, refit: 0.65 },
      { epoch: 2, train: 0.5, validation: 0.55, mse: 0.09 },
    ],
    back: [
      {
        model: 'mlp',
        epochs: [
          { epoch: 1, train: 0.7, validation: 0.6, mse: 0.1, refit: 0.65 },
          { epoch: 2, train: 0.5, validation: 0.55, mse: 0.09 },
        ],
        kept: 1,
      },
    ],
  },
  'a student’s configuration': {
    ...{ path: join(paths.configs, 'mlp.json'), verb: 'train', read: readStudents, value: config, back: [summary] },
    write: (value: StudentConfig) => writeJson(join(paths.configs, 'mlp.json'), value),
  },
  'the learning curve': {
    ...{ path: paths.learningCurve, verb: 'train --active N', read: readLearning },
    write: (rows: never) => writeLearning(paths, rows),
    value: [
      {
        ...{ strategy: 'random', labels: 250, seed: 0, mse: 0.1, ...interval, members: 4 },
        ...{ mseAverage: 0.09, lowerAverage: 0.08, upperAverage: 0.11 },
      },
    ],
  },
  'the rounds of on-policy distillation': {
    ...{ path: paths.onPolicyCurve, verb: 'train --on-policy N', read: readOnPolicy },
    write: table(paths.onPolicyCurve, onPolicyText),
    value: [
      {
        ...{ round: 1, strategy: 'on-policy', labels: 250, mseOnPolicy: 0.1, mseUnseen: Number.NaN, seen: 1 },
        ...{ mseUniform: 0.2, visited: 40, compared: 30, seed: 0 },
      },
    ],
  },
};

describe.each(Object.entries(kinds))('%s', (_, kind) => {
  const { path, verb, write, read, value, back = value, absent } = kind;
  const inside = relative(root, path);

  it('is read back as it was written, also by whoever knows fewer of its fields', async () => {
    await write(value as never);
    expect(await read(paths)).toEqual(back);
    const text = readFileSync(path, 'utf8');
    const more = path.endsWith('.json')
      ? text.replace('{', '{"a field of later versions": [1, {"x": null}],')
      : text.replace(/^(.*)$/gm, (line, ...rest) => (line ? `${line},${rest[1] === 0 ? 'later' : 'x'}` : line));
    writeFileSync(path, more);
    expect(await read(paths)).toEqual(back);
    writeFileSync(path, text);
  });

  it('is read back after a word processor put a byte order mark and its line ends there', async () => {
    await write(value as never);
    writeFileSync(path, `\uFEFF${readFileSync(path, 'utf8').replaceAll('\n', '\r\n')}`);
    expect(await read(paths)).toEqual(back);
  });

  it('is nothing if there is no file', async () => {
    rmSync(path, { force: true });
    expect(await read(paths)).toEqual(absent === 'undefined' ? undefined : []);
  });

  it.each([
    ['empty', () => ''],
    ['a page of a proxy', () => '<!doctype html>\n<html><body>Bad gateway</body></html>\n'],
    ['cut in the middle', (text: string) => text.slice(0, text.length * 0.6)],
    ['another table', () => 'who,what\n1,2\n'],
    ['UTF-16', (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le')],
    ['full of zeros', (text: string) => '\0'.repeat(text.length)],
  ])('is refused by name, with the verb that makes it, where it is %s', async (_, damage) => {
    await write(value as never);
    writeFileSync(path, damage(readFileSync(path, 'utf8')));
    const error: unknown = await read(paths).then(
      (found) => found,
      (reason) => reason,
    );
    await write(value as never);
    expect(error).toMatchObject({ code: 'DISTILL_FILE' });
    const { message } = error as Error;
    expect(message.slice(0, `${inside} is damaged: `.length)).toBe(`${inside} is damaged: `);
    expect(message).toContain(`run \`understudy ${verb}\` again`);
    expect(message).not.toContain(root);
  });

  it('is refused by name where it is a folder', async () => {
    rmSync(path, { force: true });
    mkdirSync(path);
    await expect(read(paths)).rejects.toThrow(
      `${inside} is a folder, expected a file; move it away and run \`understudy ${verb}\` again`,
    );
    rmSync(path, { recursive: true });
  });
});

describe('JSON results', () => {
  it('name the field that is wrong', async () => {
    await writeJson(paths.evaluation, { ...evaluation, models: [{ ...model, mse: 'small' }] });
    await expect(readEvaluation(paths)).rejects.toThrow(
      `${join('results', 'metrics', 'evaluation.json')} is damaged: models.0.mse: `,
    );
    await writeJson(paths.evaluation, { ...evaluation, actions: [] });
    await expect(readEvaluation(paths)).rejects.toThrow('is damaged: actions: ');
    writeFileSync(paths.evaluation, '[]');
    await expect(readEvaluation(paths)).rejects.toThrow('is damaged: Invalid input: expected object, received array;');
    rmSync(paths.evaluation);
  });

  it('hold null for what is not a number, and give it back as NaN', async () => {
    await writeJson(paths.evaluation, evaluation);
    const text = readFileSync(paths.evaluation, 'utf8');
    expect(text).toContain('"spearman": null');
    expect((await readEvaluation(paths))?.models[0]?.spearman).toBeNaN();
    rmSync(paths.evaluation);
  });
});

describe('files of earlier versions', () => {
  it('lack fields of the evaluation that came later', async () => {
    const { comparisons: _c, ceiling: _n, machine: _m, teacherOrder: _t, ...first } = evaluation;
    const { states: _s, ...test } = evaluation.test;
    const { bce: _b, ...old } = model;
    const { bias: _i, ...intervals } = model.intervals;
    const earlier = { ...first, test, models: [{ ...old, intervals }] };
    await writeJson(paths.evaluation, earlier);
    expect(await readEvaluation(paths)).toEqual(earlier);
    rmSync(paths.evaluation);
  });

  it('lack fields of the stability study that came later', async () => {
    const earlier = {
      ...{ teacher: 'tiny', elicitation: 'sample', temperature: 1, seed: 0, prompts: 6, runs: 5, complete: 5 },
      ...{ kind: 'exchangeable reruns', std: { population: 0.1, sample: 0.12 }, mard: 0.2 },
      icc: { 'ICC(1,1)': { value: 0.8, ...interval } },
      cosine: { value: 0.5, method: 'lexical' },
      heaping: { share: 0.8, chance: 0.2 },
    };
    await writeJson(paths.stability, earlier);
    expect(await readStability(paths)).toEqual(earlier);
    rmSync(paths.stability);
  });

  it('lack columns that came later', async () => {
    mkdirSync(metrics, { recursive: true });
    writeFileSync(paths.stabilityTable, 'prompt,outcome,probability\n0,ok,.5\n0,refused,\n0,ok,.7\n');
    expect(await readRepeats(paths)).toEqual([[0.5, 0.7]]);
    writeFileSync(paths.onPolicyCurve, 'strategy,labels,seed,mse_on_policy,mse_uniform\nrandom,5,0,.1,.2\n');
    expect(await readOnPolicy(paths)).toEqual([
      { strategy: 'random', labels: 5, seed: 0, mseOnPolicy: 0.1, mseUniform: 0.2 },
    ]);
    mkdirSync(dirname(join(paths.logs, 'x.csv')), { recursive: true });
    writeFileSync(join(paths.logs, 'x.csv'), 'epoch,train_loss,validation_loss\n1,.5,.6\n2,.4,.55\n');
    expect((await readLogs(paths)).find(({ model }) => model === 'x')).toEqual({
      model: 'x',
      epochs: [
        { epoch: 1, train: 0.5, validation: 0.6 },
        { epoch: 2, train: 0.4, validation: 0.55 },
      ],
    });
  });
});

it('evaluation.csv has a line for each model, empty cells for what was not measured, and its columns in the old order', () => {
  const { order: _o, onPolicy: _p, worstGroup: _w, achievable: _a, parameters: _n, ...bare } = model;
  const [header, full, empty] = evaluationText([
    { ...model, seenInTraining: 3 },
    { ...bare, decisionsPerSecond: undefined, seenInTraining: null },
  ]).split('\n');
  expect(header).toBe(
    'model,n,mse,mae,r2,pearson,spearman,ece,kl,bias,log_loss,brier,bce,mse_low,mse_high,mae_low,mae_high,r2_low,r2_high,pearson_low,pearson_high,bias_low,bias_high,unanswered,kind,policy,parameters,decisions_per_second,share_of_achievable,order_sd_mean,order_sd_max,order_change,mse_on_policy,mse_on_policy_low,mse_on_policy_high,covered,worst_group,worst_group_mse,seen_in_training,auc,log_loss_low,log_loss_high',
  );
  expect(full).toBe(
    'mlp,20,0.02,0.1,0.5,0.7,NaN,0.05,0.04,-0.01,0.3,0.02,0.3,0.01,0.03,0.01,0.03,NaN,0.6,0.01,0.03,0.01,0.03,1,student,student:mlp:ab,1234,98800,0.9,0.1,0.2,0.03,0.03,0.01,0.03,0.9,trait: cheap,0.02,3,NaN,0.01,0.03',
  );
  expect(empty?.endsWith(',1,student,student:mlp:ab,,,,,,,,,,,,,unknown,NaN,0.01,0.03')).toBe(true);
});

it('effects of one model are written among those of the others', async () => {
  const effect = { phrase: 'cheap', states: 2, mean: 0.1, meanAbsolute: 0.1, action: 'go' };
  rmSync(paths.effects, { force: true });
  await writeEffectsOf(paths, 'mlp', 'go', [effect]);
  await writeEffectsOf(paths, 'tiny', 'go', [effect]);
  await writeEffectsOf(paths, 'mlp', 'go', [{ ...effect, mean: 0.2 }]);
  expect(await readEffects(paths)).toEqual([
    { model: 'mlp', ...effect, mean: 0.2 },
    { model: 'tiny', ...effect },
  ]);
});

it('rows of a data set are lines of JSON that their schemas read back', async () => {
  const row: DatasetRow = {
    traits: ['cheap'],
    context: [],
    probability_LLM: 0.25,
    ...provenance,
    probability_sd: null,
  };
  const reject: RejectedRow = { traits: ['cheap'], context: [], outcome: 'refused', reply: 'No.\n', ...provenance };
  await writeRows(paths.train, [row, row]);
  await writeRows(paths.rejects, [reject]);
  const lines = (path: string) => readFileSync(path, 'utf8').split('\n');
  expect(lines(paths.train).map((line) => line && datasetRow.parse(JSON.parse(line)))).toEqual([row, row, '']);
  expect(lines(paths.rejects).map((line) => line && rejectedRow.parse(JSON.parse(line)))).toEqual([reject, '']);
  expect(datasetRow.safeParse({ ...row, probability_LLM: '0.25' }).success).toBe(false);
  expect(rejectedRow.safeParse({ ...reject, outcome: 'yes' }).success).toBe(false);
});
