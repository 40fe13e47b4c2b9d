import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { importTable } from '../distill/import/import-table.ts';
import { sequence } from '../env/random.ts';
import { evaluate } from '../measure/evaluation/evaluate.ts';
import { openScenario } from '../scenarios/open.ts';
import { type Visualization, visualize } from './visualize.ts';

let root: string;
let drawn: Visualization;
let page: string;

/** A table of choices by 60 people, with a model's guesses beside them; nothing in it is a teacher's. */
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'understudy-choices-'));
  const random = sequence(3, 'sampling');
  const lines = Array.from({ length: 300 }, (_, i) => {
    const home = random() < 0.5 ? 'yes' : 'no';
    const granted = random() < (home === 'yes' ? 0.8 : 0.3) ? 1 : 0;
    return `person ${i % 60},${home},${random() < 0.5 ? 'car' : 'house'},${granted},${home === 'yes' ? 0.9 : 0.6}`;
  });
  const table = join(root, 'loans.csv');
  await writeFile(table, `person,home,purpose,granted,guess\n${lines.join('\n')}\n`);
  const workspace = join(root, 'study');
  await importTable({ table, label: ['granted'], compare: ['guess'], unit: 'person', workspace, seed: 1 });
  const scenario = await openScenario(join(workspace, 'scenario.json'));
  const test = join(workspace, 'data', 'test.jsonl');
  const models = ['constant:0.5', 'constant:0.9'];
  await evaluate({ test, workspace, seed: 1, models, scenario, agents: 0, orders: 1 });
  drawn = await visualize({ workspace, scenario });
  page = await readFile(drawn.report, 'utf8');
});
afterAll(() => rm(root, { recursive: true }));

it('a report on choices in a table misses no teacher and speaks of none', () => {
  expect(drawn.missing).toEqual(['No training log: `understudy train` trains students and logs their losses.']);
  expect(page).toContain('single choices in loans.csv');
  // But for the offer to explain one, and what a label is called where it stands for a student's.
  const prose = page.replace(/<style>[\s\S]*?<\/style>/, '').replace(/To add a teacher, run[^.]*\./, '');
  expect(prose).not.toMatch(/teacher/i);
});

it('it has figures of log loss and of shares, and none of errors against 0 and 1', async () => {
  const names = drawn.figures.filter((path) => path.endsWith('.svg')).map((path) => basename(path, '.svg'));
  expect(names).toEqual(
    expect.arrayContaining(['model-comparison', 'predicted-vs-true', 'calibration', 'shares-by-phrase', 'beside']),
  );
  for (const name of ['error-distribution', 'error-by-size']) expect(names).not.toContain(name);
  const csv = await readFile(drawn.figures.find((path) => path.endsWith('model-comparison.csv'))!, 'utf8');
  expect(csv).toContain('logLoss');
});

it('its sentences are about log loss, and about where the column beside the labels is off', () => {
  const said = Object.fromEntries(drawn.findings.map(({ topic, text }) => [topic, text]));
  expect(said.Best).toMatch(/^On 60 single choices .* has a log loss of /);
  expect(said['Beside the labels']).toContain('guess has a log loss of');
  expect(said['Beside the labels']).toMatch(/Furthest off is guess in rows with .*“(home: no|purpose: \w+|home: yes)”/);
  expect(said['What can be achieved']).toBeUndefined();
});
