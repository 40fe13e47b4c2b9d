import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProgressEvent } from '../../env/work.ts';
import { openStudent } from '../../policies/students/open.ts';
import { readTrainingData } from './data.ts';
import { type PlantedChoices, plantedChoices, plantedScenario } from './planted-choices.test-support.ts';
import { designsOf, logLoss, rivals } from './statistician.test-support.ts';
import { train } from './train.ts';

const scenario = plantedScenario();
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'understudy-choices-'));
});
afterAll(() => rm(folder, { recursive: true }));

const fileOf = async (name: string, rows: readonly object[]) => {
  const file = join(folder, `${name}.jsonl`);
  await writeFile(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return file;
};
const planted = { plan: 'few interactions', seed: 2, choices: 8 } as const;
const meanLoss = ({ taken }: PlantedChoices, p: ArrayLike<number>) =>
  taken.reduce((sum, y, i) => sum + logLoss(y, p[i]!), 0) / taken.length;

describe('training on single choices', () => {
  it('does on people held out no worse by more than .003 than regressions with the interactions that a statistician would choose, the logistic student alone, so the best of four too', async () => {
    const made = plantedChoices(scenario, { ...planted, people: 100, part: 0 });
    const test = plantedChoices(scenario, { ...planted, people: 500, part: 1 });
    const workspace = join(folder, 'planted');
    const told: ProgressEvent[] = [];
    const { students, labels } = await train({
      ...{ student: 'logistic', train: await fileOf('planted', made.rows), workspace, scenario, seed: 1 },
      progress: (event) => told.push(event),
    });
    // How many sets of penalties there are shows at the end only: until then nothing is counted.
    expect(told.length).toBeGreaterThan(2);
    for (const { done, of } of told.slice(0, -1)) expect([done, of]).toEqual([0, 1]);
    expect(told.at(-1)).toMatchObject({ done: 1, of: 1, note: expect.stringMatching(/^\d+ sets of penalties tried$/) });
    expect(labels).toBe('choices');
    expect(students[0]).toMatchObject({ loss: 'bce', reason: 'the labels are single choices' });
    expect(JSON.parse(await readFile(students[0]!.files.config, 'utf8'))).toMatchObject({
      labels: 'choices',
      // Nobody is taken for the model that made them.
      teacher: { id: 'labels in a table', licence: expect.not.stringContaining('model') },
    });
    await using student = await openStudent('logistic', { scenario, workspace });
    const { probabilities } = await student.decide(test.observations);
    const ours = meanLoss(
      test,
      probabilities.filter((_, i) => i % 2 === 1),
    );
    // Traits × differences of the alternatives, under the penalty that its own cross-validation prefers.
    const [rival] = rivals(made, designsOf(scenario).slice(-1)).sort((a, b) => a.heldOut - b.heldOut);
    const theirs = meanLoss(test, rival!.predict(test));
    // Chance alone moves the difference on 4,000 choices by about so much. More students can only make the best better.
    expect(ours).toBeLessThan(theirs + 0.003);
    // And it has found more than the attributes alone, or a coin, would say.
    expect(ours).toBeLessThan(0.93 * Math.LN2);
    expect(ours).toBeGreaterThan(meanLoss(test, test.truth));
  });

  it('on choices that depend on nothing says little more than how frequent they are', async () => {
    const { rows } = plantedChoices(scenario, { ...planted, people: 60, part: 0 });
    // Every third B, whatever was shown.
    const blind = rows.map((row, i) => ({ ...row, action: i % 3 === 0 ? 'B' : 'A' }));
    const workspace = join(folder, 'blind');
    await train({ student: 'logistic', train: await fileOf('blind', blind), workspace, scenario, seed: 1 });
    await using student = await openStudent('logistic', { scenario, workspace });
    const test = plantedChoices(scenario, { ...planted, people: 50, part: 1 });
    const { probabilities } = await student.decide(test.observations);
    const second = probabilities.filter((_, i) => i % 2 === 1);
    expect(Math.max(...second.map((p) => Math.abs(p - 1 / 3)))).toBeLessThan(0.2);
  });

  it('keeps all rows of a unit on one side of the split', async () => {
    const { rows } = plantedChoices(scenario, { ...planted, people: 40, part: 0 });
    const data = await readTrainingData(await fileOf('units', rows), scenario, 3);
    const unitsOf = (side: Int32Array) => new Set(Array.from(side, (i) => rows[i]!.unit));
    const held = unitsOf(data.validation);
    expect(held.size).toBe(8);
    for (const unit of unitsOf(data.train)) expect(held.has(unit)).toBe(false);
  });

  it('refuses rows of one unit: none could be held out', async () => {
    const { rows } = plantedChoices(scenario, { ...planted, people: 1, part: 0 });
    const file = await fileOf('one', rows);
    await expect(readTrainingData(file, scenario, 3)).rejects.toThrow('rows of one unit only');
  });

  it('counts rows by their weight: of 0 they say nothing', async () => {
    const { rows } = plantedChoices(scenario, { ...planted, people: 60, part: 0 });
    const weighted = rows.map((row, i) => ({ ...row, action: i % 2 ? 'A' : 'B', weight: i % 2 ? 0 : 1 }));
    const workspace = join(folder, 'weighted');
    for (const student of ['logistic', 'mlp'] as const) {
      const file = await fileOf('weighted', weighted);
      await train({ student, train: file, workspace, scenario, seed: 1, ...(student === 'mlp' && { epochs: 15 }) });
      await using opened = await openStudent(student, { scenario, workspace });
      const { probabilities } = await opened.decide(
        plantedChoices(scenario, { ...planted, people: 5, part: 1 }).observations,
      );
      expect(Math.min(...probabilities.filter((_, i) => i % 2 === 1)), student).toBeGreaterThan(0.9);
    }
  });
});
