import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataset } from '../distill/dataset/dataset.ts';
import { evaluate } from '../measure/evaluation/evaluate.ts';
import { stability } from '../measure/stability/stability.ts';
import { workspace } from '../workspace/paths.ts';
import { figureNames } from './gallery.ts';
import { readStudy } from './study-files.ts';
import { visualize } from './visualize.ts';

let root: string;
/** A whole study: the oracle teaches, a constant stands for the student. */
let study: string;
/** Its report. */
let text: string;

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
  text = await readFile((await visualize({ workspace: study })).report, 'utf8');
});
afterAll(() => rm(root, { recursive: true }));

describe('visualize', () => {
  it('draws every figure as SVG and PNG with its data as CSV, and one report', async () => {
    const stages: string[] = [];
    const { figures, report } = await visualize({ workspace: study, progress: ({ stage }) => stages.push(stage) });
    expect(report).toBe(join(study, 'results', 'report.html'));
    expect((await readdir(join(study, 'results', 'plots'))).sort()).toEqual(
      figureNames.flatMap((name) => [`${name}.csv`, `${name}.png`, `${name}.svg`]).sort(),
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

  it('of an empty workspace says what is missing and which verb makes it, and removes figures of an earlier study', async () => {
    const empty = join(root, 'empty');
    await mkdir(join(empty, 'results', 'plots'), { recursive: true });
    await writeFile(join(empty, 'results', 'plots', 'calibration.png'), 'old');
    await writeFile(join(empty, 'results', 'plots', 'my-own.png'), 'kept');
    const { figures, report } = await visualize({ workspace: empty });
    expect(figures).toEqual([]);
    const page = await readFile(report, 'utf8');
    for (const verb of ['stability', 'dataset', 'train', 'evaluate'])
      expect(page).toContain(`<code>understudy ${verb}</code>`);
    expect(existsSync(join(empty, 'results', 'plots', 'calibration.png'))).toBe(false);
    expect(existsSync(join(empty, 'results', 'plots', 'my-own.png'))).toBe(true);
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

  it('says which file is damaged and which verb makes it again', async () => {
    const damaged = join(root, 'damaged');
    const put = async (name: string, text: string) => {
      await rm(damaged, { recursive: true, force: true });
      await mkdir(join(damaged, 'results', 'metrics'), { recursive: true });
      await mkdir(join(damaged, 'results', 'logs'));
      await writeFile(join(damaged, 'results', name), text);
      return visualize({ workspace: damaged });
    };
    await expect(put('metrics/evaluation.json', '{"models": [')).rejects.toThrow(
      /evaluation\.json is damaged: it is not JSON; run `understudy evaluate` again/,
    );
    await expect(put('metrics/stability.json', '{"teacher": 3}')).rejects.toThrow(
      /stability\.json is damaged: teacher: .*; run `understudy stability` again/,
    );
    await expect(put('metrics/predictions.csv', 'sample_id,y_true\n1\n')).rejects.toThrow(
      /predictions\.csv is damaged: line 2 has 1 cells, the header has 2; run `understudy evaluate` again/,
    );
    await expect(put('logs/mlp.csv', 'epoch,loss\n1,0.5\n')).rejects.toThrow(
      /mlp\.csv is damaged: it has no column train_loss; run `understudy train` again/,
    );
  });

  it('stops when it is told to', async () => {
    await expect(visualize({ workspace: study, signal: AbortSignal.abort() })).rejects.toThrow('abort');
  });
});
