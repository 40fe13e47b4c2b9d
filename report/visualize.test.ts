import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, parse } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataset } from '../distill/dataset/dataset.ts';
import { evaluate } from '../measure/evaluation/evaluate.ts';
import { stability } from '../measure/stability/stability.ts';
import { workspace } from '../workspace/paths.ts';
import { figureNames } from './gallery.ts';
import { readStudy } from './study-files.ts';
import { type Visualization, visualize } from './visualize.ts';

let root: string;
/** A whole study: the oracle teaches, a constant stands for the student. */
let study: string;
/** What drawing it gave, its report and the stages that were told. */
let whole: Visualization;
let text: string;
const stages: string[] = [];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'understudy-visualize-'));
  study = join(root, 'study');
  await dataset({ teacher: 'oracle', size: 400, order: 'canonical', elicit: 'expected', workspace: study, seed: 1 });
  await stability({
    teacher: 'oracle',
    prompts: 12,
    runs: 3,
    temperature: 1,
    facets: 'all',
    crossed: true,
    workspace: study,
    seed: 1,
  });
  await evaluate({ test: join(study, 'data', 'test.jsonl'), models: ['constant:0.5'], workspace: study, seed: 1 });
  await mkdir(join(study, 'results', 'logs'), { recursive: true });
  await writeFile(
    join(study, 'results', 'logs', 'mlp.csv'),
    'epoch,train_loss,validation_loss\n1,0.6,0.62\n2,0.5,0.55\n',
  );
  await writeFile(
    join(study, 'results', 'metrics', 'learning-curve.csv'),
    'strategy,labels,seed,mse,lower,upper,mse_average,lower_average,upper_average,members\nrandom,9,1,.04,.03,.05,.03,.02,.04,4\n',
  );
  await writeFile(
    join(study, 'results', 'metrics', 'on-policy.csv'),
    'round,strategy,labels,mse_on_policy,mse_unseen,seen,mse_uniform,visited,compared,seed\n0,random,0,.04,.04,0,.05,9,9,1\n',
  );
  whole = await visualize({ workspace: study, progress: ({ stage }) => stages.push(stage) });
  text = await readFile(whole.report, 'utf8');
});
afterAll(() => rm(root, { recursive: true }));

describe('visualize', () => {
  it('draws every figure as SVG and PNG with its data as CSV, and one report', async () => {
    const { figures, report } = whole;
    expect(report).toBe(join(study, 'results', 'report.html'));
    expect((await readdir(join(study, 'results', 'plots'))).sort()).toEqual(
      ['figures.json', ...figureNames.flatMap((name) => [`${name}.csv`, `${name}.png`, `${name}.svg`])].sort(),
    );
    expect(figures).toHaveLength(3 * figureNames.length);
    expect(new Set(stages)).toEqual(new Set(['drawing figures']));
    const png = await readFile(join(study, 'results', 'plots', 'model-comparison.png'));
    expect(png.toString('latin1', 1, 4)).toBe('PNG');
    expect(png.readUInt32BE(16)).toBeGreaterThan(800);
  });

  it('writes a report that asks nobody for anything: no address, no script, a policy that forbids requests', () => {
    const readable = text.replaceAll(/base64,[\w+/=]+/g, 'base64');
    expect(readable.match(/https?:|\/\/[a-z]|<script|<link|<iframe|<img|@import|javascript:| on\w+=/gi)).toBeNull();
    for (const [, target] of text.matchAll(/url\(([^)]*)\)/g)) expect(target).toMatch(/^(data:font\/woff2|#)/);
    for (const [, target] of text.matchAll(/(?:href|src)="([^"]*)"/g)) expect(target).toMatch(/^#/);
    expect(text).not.toContain(' style="');
    const [, css] = /<style>([\s\S]*)<\/style>/.exec(text)!;
    const hash = createHash('sha256').update(css!).digest('base64');
    expect(text).toContain(`content="default-src 'none'; style-src 'sha256-${hash}'; font-src data:"`);
  });

  it('gives each id once, so that no figure borrows another one’s gradient', () => {
    const ids = Array.from(text.matchAll(/ id="([^"]+)"/g), ([, id]) => id);
    expect(ids.length).toBeGreaterThan(figureNames.length);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, id] of text.matchAll(/url\(#([^)]+)\)/g)) expect(ids).toContain(id);
  });

  it('says what was found, with which teacher, seed and files', async () => {
    expect(text).toContain('<h1>No model clearly beats nearest neighbours</h1>');
    expect(text).toContain('Understudy · ice-cream-v1 · teacher oracle');
    expect(text).toContain('a rule that was written down, not a language model');
    const bytes = await readFile(join(study, 'data', 'test.jsonl'));
    expect(text).toContain(createHash('sha256').update(bytes).digest('hex'));
    expect(text).toContain('12 of 12 prompts were answered in all 3 runs');
    expect(text).not.toContain('What is missing');
    for (const heading of ['Models and baselines', 'What phrases do', 'Training', 'The teacher’s stability'])
      expect(text).toContain(`<h2>${heading}</h2>`);
  });

  it('makes the same report of the same files', async () => {
    const first = text.split('\n');
    const second = (await readFile((await visualize({ workspace: study })).report, 'utf8')).split('\n');
    expect(second.filter((line, i) => line !== first[i]).map((line) => line.slice(0, 200))).toEqual([]);
  });

  it('of an empty workspace says what is missing and which verb makes it, and leaves the files of others', async () => {
    const empty = join(root, 'empty');
    const plots = join(empty, 'results', 'plots');
    await mkdir(plots, { recursive: true });
    await writeFile(join(plots, 'calibration.png'), 'not from here');
    await writeFile(join(plots, 'my-own.png'), 'kept');
    const { figures, report, missing } = await visualize({ workspace: empty });
    expect(figures).toEqual([]);
    const page = await readFile(report, 'utf8');
    for (const verb of ['stability', 'dataset', 'train', 'evaluate'])
      expect(page).toContain(`<code>understudy ${verb}</code>`);
    expect(missing).toHaveLength(4);
    expect(await readFile(join(plots, 'calibration.png'), 'utf8')).toBe('not from here');
    expect(await readFile(join(plots, 'my-own.png'), 'utf8')).toBe('kept');
  });

  it('moves figures of an earlier study aside when their data is gone, and says where', async () => {
    const grown = join(root, 'grown');
    await mkdir(join(grown, 'results', 'logs'), { recursive: true });
    const log = join(grown, 'results', 'logs', 'mlp.csv');
    await writeFile(log, 'epoch,train_loss,validation_loss\n1,0.6,0.62\n2,0.5,0.55\n');
    await visualize({ workspace: grown });
    const before = await readFile(join(grown, 'results', 'plots', 'training-curves.svg'), 'utf8');
    await rm(log);
    const { movedAside } = await visualize({ workspace: grown });
    expect(movedAside.map((path) => basename(path)).sort()).toEqual(
      ['csv', 'png', 'svg'].map((extension) => `training-curves.${extension}`),
    );
    expect(await readFile(join(grown, 'results', 'plots', 'earlier', 'training-curves.svg'), 'utf8')).toBe(before);
  });

  it.each([
    'results/metrics/evaluation.json',
    'results/metrics/stability.json',
    'data/dataset.json',
    'models/configs/mlp.json',
    'study.json',
  ])('refuses a workspace whose %s is of another scenario, and changes nothing', async (file) => {
    const other = join(root, 'other');
    await rm(other, { recursive: true, force: true });
    await mkdir(join(other, dirname(file)), { recursive: true });
    await mkdir(join(other, 'results', 'plots'), { recursive: true });
    await writeFile(join(other, file), JSON.stringify({ scenario: 'other-town-v3' }));
    await writeFile(join(other, 'results', 'report.html'), 'the report of the other town');
    await writeFile(join(other, 'results', 'plots', 'calibration.svg'), 'its figure');
    const files = async () => (await readdir(other, { recursive: true })).sort();
    const before = await files();
    await expect(visualize({ workspace: other })).rejects.toMatchObject({
      code: 'STUDY_SCENARIO',
      message: `${file} is of scenario other-town-v3, expected ice-cream-v1; use a workspace for each scenario`,
    });
    expect(await files()).toEqual(before);
    expect(await readFile(join(other, 'results', 'report.html'), 'utf8')).toBe('the report of the other town');
    expect(await readFile(join(other, 'results', 'plots', 'calibration.svg'), 'utf8')).toBe('its figure');
  });

  it('takes reruns for reruns, and no answers of other designs', async () => {
    const { repeats } = await readStudy(workspace(study));
    expect(repeats.map((answers) => answers.length)).toEqual(new Array(12).fill(3));
    const text = await readFile(join(study, 'results', 'metrics', 'stability.csv'), 'utf8');
    expect(text.split('\n').filter((line) => line.includes('crossed')).length).toBeGreaterThan(100);
  });

  it('of a stability study of the first version draws what that measured', async () => {
    const old = join(root, 'old');
    const metrics = join(old, 'results', 'metrics');
    await mkdir(metrics, { recursive: true });
    const path = join(study, 'results', 'metrics', 'stability.json');
    const { facets, components, repeats, noiseCeiling, predictedSd, ...rest } = JSON.parse(
      await readFile(path, 'utf8'),
    );
    for (const part of [facets, components, repeats, noiseCeiling, predictedSd]) expect(part).toBeDefined();
    await writeFile(join(metrics, 'stability.json'), JSON.stringify(rest));
    const rows = ['0,0,ok,0.3', '0,1,ok,0.35', '1,0,ok,0.9', '1,1,refused,'];
    await writeFile(join(metrics, 'stability.csv'), `prompt,run,outcome,probability\n${rows.join('\n')}\n`);
    const { figures, report } = await visualize({ workspace: old });
    expect(figures.filter((figure) => figure.endsWith('.svg')).map((figure) => basename(figure, '.svg'))).toEqual([
      'stability-spread',
      'stability-icc',
      'stability-heaping',
    ]);
    expect(await readFile(report, 'utf8')).toContain('<strong>How noisy.</strong>');
  });

  it.each([
    [
      'metrics/evaluation.json',
      '{"models": [',
      /evaluation\.json is damaged: it is not JSON; run `understudy evaluate` again/,
    ],
    ['metrics/evaluation.json', '', /evaluation\.json is damaged: .*; run `understudy evaluate` again/],
    ['metrics/evaluation.json', '[]', /evaluation\.json is damaged: .*; run `understudy evaluate` again/],
    [
      'metrics/stability.json',
      '{"teacher": 3}',
      /stability\.json is damaged: teacher: .*; run `understudy stability` again/,
    ],
    [
      'metrics/stability.csv',
      'prompt\n1\n',
      /stability\.csv is damaged: it has no column outcome; run `understudy stability` again/,
    ],
    [
      'metrics/effects.csv',
      'model\n1,2\n',
      /effects\.csv is damaged: line 2 has 2 cells, the header has 1; run `understudy (evaluate|explain)` again/,
    ],
    [
      'logs/encoder.csv',
      'epoch,loss\n1,0.5\n',
      /encoder\.csv is damaged: it has no column train_loss; run `understudy train` again/,
    ],
  ])('draws the rest when %s is %j, and says what is wrong with it', async (name, content, sentence) => {
    const damaged = join(root, 'damaged');
    await rm(damaged, { recursive: true, force: true });
    await mkdir(join(damaged, 'results', 'metrics'), { recursive: true });
    await mkdir(join(damaged, 'results', 'logs'));
    const curve = 'learning-curve';
    await copyFile(
      join(study, 'results', 'metrics', `${curve}.csv`),
      join(damaged, 'results', 'metrics', `${curve}.csv`),
    );
    await writeFile(join(damaged, 'results', name), content);
    const { figures, missing, report } = await visualize({ workspace: damaged });
    expect(figures.map((path) => basename(path))).toEqual([`${curve}.svg`, `${curve}.png`, `${curve}.csv`]);
    expect(missing[0]).toMatch(sentence);
    expect(await readFile(report, 'utf8')).toContain(basename(name));
  });

  it('draws what an evaluation holds when its predictions are damaged or gone', async () => {
    const half = join(root, 'half');
    await mkdir(join(half, 'results', 'metrics'), { recursive: true });
    for (const name of ['evaluation.json', 'subgroups.csv'])
      await copyFile(join(study, 'results', 'metrics', name), join(half, 'results', 'metrics', name));
    const drawn = async () => {
      const { figures, missing } = await visualize({ workspace: half });
      return { names: [...new Set(figures.map((path) => parse(path).name))], missing };
    };
    const gone = await drawn();
    expect(gone.names).toContain('model-comparison');
    expect(gone.names).not.toContain('calibration');
    await writeFile(join(half, 'results', 'metrics', 'predictions.csv'), 'sample_id,y_true\n1\n');
    const damaged = await drawn();
    expect(damaged.names).toEqual(gone.names);
    expect(damaged.missing[0]).toMatch(
      /predictions\.csv is damaged: line 2 has 1 cells, the header has 2; run `understudy evaluate` again/,
    );
  });

  it('leaves out a figure whose data it cannot show, and says which', async () => {
    const odd = join(root, 'odd');
    await mkdir(join(odd, 'results', 'metrics'), { recursive: true });
    await copyFile(
      join(study, 'results', 'metrics', 'evaluation.json'),
      join(odd, 'results', 'metrics', 'evaluation.json'),
    );
    const rows = await readFile(join(study, 'results', 'metrics', 'predictions.csv'), 'utf8');
    const [head, first, ...rest] = rows.split('\n');
    const target = head!.split(',').indexOf('y_true');
    const cells = first!.match(/("[^"]*"|[^,]*)(,|$)/g)!.map((cell) => cell.replace(/,$/, ''));
    cells[target] = '-0.7';
    await writeFile(join(odd, 'results', 'metrics', 'predictions.csv'), [head, cells.join(','), ...rest].join('\n'));
    const { figures, missing, report } = await visualize({ workspace: odd });
    expect(figures.some((path) => path.endsWith('calibration.svg'))).toBe(false);
    expect(figures.some((path) => path.endsWith('model-comparison.svg'))).toBe(true);
    expect(missing.join('\n')).toMatch(/(calibration could not be drawn \(.*-0\.7|predictions\.csv is damaged)/);
    expect(await readFile(report, 'utf8')).toMatch(/calibration could not be drawn|predictions\.csv is damaged/);
  });

  it.runIf(process.getuid?.() !== 0)('says which file it may not read', async () => {
    const locked = join(root, 'locked');
    await mkdir(join(locked, 'results', 'metrics'), { recursive: true });
    await writeFile(join(locked, 'results', 'metrics', 'stability.json'), '{}', { mode: 0 });
    expect((await visualize({ workspace: locked })).missing[0]).toBe(
      'results/metrics/stability.json cannot be read (EACCES).',
    );
  });

  it('says that a folder lies in the place of a file', async () => {
    const folder = join(root, 'folder');
    await mkdir(join(folder, 'results', 'metrics', 'evaluation.json'), { recursive: true });
    expect((await visualize({ workspace: folder })).missing[0]).toBe(
      'results/metrics/evaluation.json is a folder, expected a file; move it away and run `understudy evaluate` again.',
    );
  });

  it('stops when it is told to', async () => {
    await expect(visualize({ workspace: study, signal: AbortSignal.abort() })).rejects.toThrow('abort');
  });
});
