import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type SweepOptions, sweep } from '../../sim/sweep/sweep.ts';
import { workspace } from '../../workspace/paths.ts';
import { sweepCheck } from './recomputed-sweep.ts';

const range = { fuel: { from: 1, to: 5 }, seats: { from: 0.1, to: 0.5 } };
it.each<[string, Partial<SweepOptions>, number]>([
  ['Parquet', { policies: ['oracle', 'uniform'], agents: [20, 30], settings: { fuel: [1, 2] }, format: 'parquet' }, 2],
  ['indices', { policies: ['uniform'], settings: range, design: 'saltelli', samples: 2 }, 8],
  ['points', { policies: ['uniform'], settings: { fuel: range.fuel }, design: 'lhs', samples: 3 }, 3],
])(
  'a sweep with %s is computed again, and numbers of its manifest that were changed are named',
  async (_, options, points) => {
    const root = mkdtempSync(join(tmpdir(), 'understudy-verified-'));
    const paths = workspace(root);
    try {
      await sweep({ agents: [20], ...options, scenario: 'mobility-v1', ticks: 3, replications: 2, seed: 3, workspace: root, processes: 1 }); // biome-ignore format: one line
      expect(await sweepCheck(paths)).toEqual([{ what: 'sweep', outcome: 'same', details: [] }]);
      const manifest = join(paths.sweep, 'sweep.json');
      const text = readFileSync(manifest, 'utf8');
      for (const [name, value] of Object.entries({ points, seed: 3, replications: 2, ticks: 3, failed: 0 })) {
        writeFileSync(manifest, text.replace(`"${name}": ${value}`, `"${name}": ${value + 1}`));
        const [{ outcome, details }] = (await sweepCheck(paths)) as [Awaited<ReturnType<typeof sweepCheck>>[number]];
        expect([name, outcome, details.join()]).toEqual([name, 'differs', expect.stringMatching(new RegExp(`sweep\\.json, .*\\b${name}\\b: ${value + 1}`))]); // biome-ignore format: one line
      }
    } finally {
      rmSync(root, { recursive: true });
    }
  },
);
