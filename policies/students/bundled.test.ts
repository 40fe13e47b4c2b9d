import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { describePolicy } from '../../scenarios/open.ts';
import { dataFile } from '../../workspace/bundled.ts';
import { readDecisions } from '../../workspace/decisions.ts';
import { students } from './architecture.ts';
import { bundledStudent } from './checkpoint.ts';
import { openStudent } from './open.ts';

/** A workspace without students of its own. */
const workspace = join(import.meta.dirname, 'no-workspace');
const open = (name: string) => openStudent(name, { scenario: iceCream, workspace });

for (const name of students) describePolicy(`student:${name}, bundled`, () => open(name), { describe, it });

describe('the bundled students', () => {
  it.each(students)('%s is small and says whose decisions it has learned', async (name) => {
    expect((await stat(bundledStudent(name).onnx)).size).toBeLessThan(300_000);
    await using student = await open(name);
    expect(student.config.teacher.id).toMatch(/^tiny-/);
    expect(student.caveat).toContain('not Gemma');
  });

  // Half of the variance at most is left by the worst; networks leave less than a fiftieth of it.
  it.each([
    ['logistic', 0.5],
    ['mlp', 0.02],
    ['encoder', 0.02],
    ['decoder', 0.02],
  ])('%s explains states that it has not seen', async (name, left) => {
    const { observations, probabilities } = await readDecisions(dataFile('samples/test.jsonl'), iceCream);
    const n = observations.masks.length;
    expect(n).toBe(200);
    await using student = await open(name);
    const answers = (await student.decide(observations)).probabilities;
    const truth = Array.from({ length: n }, (_, i) => probabilities[2 * i + 1]!);
    const mean = truth.reduce((sum, p) => sum + p, 0) / n;
    const squares = (predict: (i: number) => number) => truth.reduce((sum, p, i) => sum + (p - predict(i)) ** 2, 0);
    expect(squares((i) => answers[2 * i + 1]!)).toBeLessThan(left * squares(() => mean));
  });
});
