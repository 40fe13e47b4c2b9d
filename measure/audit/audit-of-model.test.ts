import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openTeacher } from '../../policies/open.ts';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { workspace as paths } from '../../workspace/paths.ts';
import { audit } from './audit.ts';

it('a model is asked in words that differ, each once: labels say how, and an audit that is made again asks nothing', async () => {
  const workspace = mkdtempSync(join(tmpdir(), 'understudy-audit-of-model-'));
  try {
    await using tiny = await openTeacher('tiny', { scenario: iceCream, workspace, labels: true });
    const claim = {
      ...({ scenario: iceCream, outcome: 'p:buy', expect: 'more', workspace, teachers: [tiny] } as const),
      a: { name: 'cold', phrases: ['dislikes sweets', 'spender', 'cold winter day'] },
      b: { name: 'hot', phrases: ['dislikes sweets', 'spender', 'hot summer day'] },
      levels: {
        paraphrase: ['0'],
        slots: ['declared'],
        list: ['commas', 'lines'],
        order: ['declared'],
        punctuation: ['declared'],
      },
    };
    const first = await audit(claim);
    expect(first.specifications).toBe(2);
    const asked = tiny.modelAnswers!;
    expect(asked).toBeGreaterThanOrEqual(2 * 2);
    const labels = readFileSync(paths(workspace).labels, 'utf8').trim().split('\n').map((line) => JSON.parse(line)); // biome-ignore format: one line
    const answers = labels.filter(({ outcome }) => outcome !== undefined);
    expect(new Set(answers.map(({ key }) => key)).size).toBe(answers.length);
    // The standard layout is not written: its labels are those of every other verb.
    expect(new Set(answers.map(({ layout }) => layout?.list))).toEqual(new Set([undefined, 'lines']));
    const again = await audit(claim);
    expect(again).toEqual(first);
    // What could not be used is asked for once more under a number of its own, and that too is known.
    expect(tiny.modelAnswers).toBe(asked);
  } finally {
    rmSync(workspace, { recursive: true });
  }
});
