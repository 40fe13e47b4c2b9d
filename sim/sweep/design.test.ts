import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mobilityTown } from '../../scenarios/mobility-v1/scenario.ts';
import { type DesignOptions, designOf } from './design.ts';
import { readDesign } from './design-file.ts';
import { planOf } from './plan.ts';

const scenario = mobilityTown();
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-design-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('a design of settings', () => {
  const design = (parameters: DesignOptions['parameters'], more: Partial<DesignOptions> = {}) =>
    designOf(scenario, { parameters, seed: 0, ...more }).map((point) => Object.values(point.parameters));

  it('a grid goes by the step of a parameter, or by as many levels as are asked for', () => {
    expect(design({ seats: { from: 0.1, to: 0.25 }, fuel: [3, 1] })).toEqual(
      [0.1, 0.15, 0.2, 0.25].flatMap((seats) => [
        [seats, 3],
        [seats, 1],
      ]),
    );
    expect(design({ fuel: { from: 1, to: 4 } }, { samples: 3 })).toEqual([[1], [2.5], [4]]);
    expect(design({})).toEqual([[]]);
  });

  it('drawn points lie in their ranges, at each of the values that are listed', () => {
    const points = design({ fuel: { from: 1, to: 4 }, seats: [0.1, 0.2] }, { design: 'sobol', samples: 8 });
    expect(points).toHaveLength(16);
    expect(points.every(([seats, fuel], i) => fuel! >= 1 && fuel! <= 4 && seats === (i < 8 ? 0.1 : 0.2))).toBe(true);
    expect(design({ fuel: { from: 1, to: 4 } }, { design: 'saltelli', samples: 8 })).toHaveLength(24);
  });

  it.each<[DesignOptions['parameters'], Partial<DesignOptions>, string]>([
    [{ feul: [1] }, {}, 'mobility-v1 has no parameter feul (it has fuel, seats); did you mean fuel?'],
    [{ fuel: [] }, {}, 'the design is empty: fuel has no value'],
    [{ fuel: [1, 20] }, {}, 'fuel=20 is outside its range, 0 to 10'],
    [{ fuel: [Number.NaN] }, {}, 'fuel=NaN is outside its range, 0 to 10'],
    [{ fuel: [1, 1] }, {}, 'fuel=1 is there twice'],
    [{ fuel: { from: 4, to: 2 } }, {}, 'fuel=4..2 goes down; write 2..4'],
    [{ fuel: { from: 1, to: 5 } }, { design: 'lhs' }, 'lhs draws points: say how many with --samples'],
    [{ fuel: [1, 2] }, { design: 'sobol', samples: 4 }, 'sobol draws from ranges'],
    [{ fuel: { from: 1, to: 5 }, seats: [0.1] }, { design: 'saltelli', samples: 4 }, 'seats has values'],
    [{ fuel: { from: 1, to: 5 } }, { design: 'lhs', samples: 0 }, '1 or more points and dimensions, got 0'],
  ])('%j %j: %s', (parameters, more, message) => {
    expect(() => design(parameters, more)).toThrow(message);
  });
});

describe('a design file', () => {
  it.each([
    ['', 'is empty; it needs one run a line'],
    ['fuel,seats\n', 'below its header it has no row'],
    ['fuel,seat\n1,0.2\n', 'mobility-v1 has no parameter seat (it has fuel, seats); did you mean seats?'],
    ['fuel,seats\n1,0.2\n1,2\n', 'line 3 of FILE: seats=2 is outside its range, 0.05 to 1'],
    ['fuel,seats\n1,0.2\nNaN,0.2\n', 'line 3 of FILE: fuel is "NaN", expected a number'],
    ['fuel,seats\n1,\n', 'line 2 of FILE: seats is "", expected a number'],
    ['fuel,seats\n1,0.2\n2\n', 'line 3 of FILE: expected 2 cells (fuel, seats), got 1'],
    ['fuel,seed\n1,3\n2,3\n1,3\n', 'line 4 of FILE: it is the same run as line 2'],
    ['fuel,seed\n1,-3\n', 'line 2 of FILE: seed=-3 is not a whole number of 0 or more'],
    ['1 0.2\n2 0.2\n', 'has no header: its first line is numbers; name its columns with --columns fuel,seats'],
  ])('refuses the design %j: %s', async (text, message) => {
    const file = join(folder, 'design.csv');
    writeFileSync(file, text);
    const refused = await readDesign(file, scenario).catch((error: Error) => error.message.replaceAll(file, 'FILE'));
    expect(refused).toContain(message);
  });

  it('may say who decides, how many there are and on which seed', async () => {
    const file = join(folder, 'whole.csv');
    writeFileSync(file, 'fuel;policy;agents;seed\n1;"oracle";10;4\n\n2;uniform;20;5\n');
    const points = await readDesign(file, scenario);
    const { arms, runs } = planOf({ points, policies: ['unused'], agents: [1], seed: 0, replications: 2 });
    expect(arms).toEqual([
      { number: 0, parameters: { fuel: 1 }, policy: 'oracle', agents: 10 },
      { number: 1, parameters: { fuel: 2 }, policy: 'uniform', agents: 20 },
    ]);
    expect(runs.map(({ seed }) => seed)).toEqual([4, 5, 5, 6]);
    expect(() => planOf({ points: [], policies: ['uniform'], agents: [1], seed: 0, replications: 1 })).toThrow(
      'the design is empty',
    );
  });
});
