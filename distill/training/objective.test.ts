import { describe, expect, it } from 'vitest';
import { objectiveOf } from './objective.ts';

const pairs = (labels: readonly number[]) => Float64Array.from(labels.flatMap((p) => [1 - p, p]));
const lattice = Array.from({ length: 60 }, (_, i) => [0.1, 0.35, 0.8][i % 3]!);
const smooth = Array.from({ length: 60 }, (_, i) => (i + 1) / 100);

describe('the objective', () => {
  it('is ordinal for labels on a small lattice, and says so', () => {
    const objective = objectiveOf('auto', pairs(lattice), 2);
    expect(objective).toMatchObject({
      loss: 'ordinal',
      reason: 'the labels sit on 3 levels',
      head: { kind: 'ordinal', levels: [0.1, 0.35, 0.8] },
      columns: 2,
    });
    // Above the first level? Above the second?
    expect([...objective.targetsOf(pairs([0.1, 0.35, 0.8]))]).toEqual([0, 0, 1, 0, 1, 1]);
  });

  it('is binary cross-entropy for other labels', () => {
    expect(objectiveOf('auto', pairs(smooth), 2)).toMatchObject({
      loss: 'bce',
      reason: '60 different labels in 60 rows are not a small lattice',
      head: { kind: 'sigmoid' },
    });
    // Three levels, but too few rows to know.
    expect(objectiveOf('auto', pairs(lattice.slice(0, 6)), 2).loss).toBe('bce');
  });

  it('is what was asked for', () => {
    expect(objectiveOf('ordinal', pairs(lattice), 2).loss).toBe('ordinal');
    expect(objectiveOf('mse', pairs(lattice), 2)).toMatchObject({ loss: 'mse', head: { kind: 'sigmoid' } });
    expect([...objectiveOf('mse', pairs([0.25, 0.5]), 2).targetsOf(pairs([0.25, 0.5]))]).toEqual([0.25, 0.5]);
  });

  it('has a softmax over more than two actions, and no ordinal loss', () => {
    const three = Float64Array.of(0.2, 0.3, 0.5, 0.6, 0.2, 0.2);
    expect(objectiveOf('auto', three, 3)).toMatchObject({
      loss: 'bce',
      head: { kind: 'softmax', actions: 3 },
      columns: 3,
    });
    expect(() => objectiveOf('ordinal', three, 3)).toThrow('an ordinal loss needs two actions, got 3');
  });

  it('does not exist where all labels are equal', () => {
    expect(() => objectiveOf('auto', pairs([0.5, 0.5, 0.5]), 2)).toThrow('all 3 labels are 0.5');
  });
});
