import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as understudy from './index.ts';

it('exports what the documentation promises', () => {
  expect(Object.keys(understudy)).toEqual(
    expect.arrayContaining([
      ...['defineScenario', 'iceCream', 'openPolicy', 'run', 'describePolicy', 'describeScenario'],
      ...['icc', 'mard', 'meanCosineSimilarity', 'mse', 'mae', 'rSquared', 'pearson', 'spearman'],
      ...['expectedCalibrationError', 'klDivergence', 'jsDivergence', 'ksTest', 'wasserstein1'],
      ...['explain', 'shapleyValues', 'shapleyInteractions'],
      ...['AdamW', 'philox4x32', 'exactValue', 'occupancy'],
    ]),
  );
});

describe('README.md', () => {
  const readme = readFileSync(new URL('README.md', import.meta.url), 'utf8');
  const blocks = [...readme.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code!);
  const AsyncFunction = (async () => {}).constructor as new (
    ...parameters: string[]
  ) => (package_: typeof understudy, console: Pick<Console, 'log'>) => Promise<void>;

  /** Parsed by Node itself, no transpiler between: the syntax must be one that Node 20.19 has. */
  const compile = (code: string) =>
    new AsyncFunction(
      'understudy',
      'console',
      `'use strict';\n${code.replaceAll(/^import (\{[^}]+\}) from 'understudy';$/gm, 'const $1 = understudy;')}`,
    );

  it('has an example that runs as it stands', async () => {
    expect(blocks.length).toBeGreaterThan(0);
    for (const code of blocks) {
      expect(code).not.toMatch(/\busing\b/);
      const printed: unknown[][] = [];
      await compile(code)(understudy, { log: (...values) => printed.push(values) });
      expect(printed).toEqual([[expect.any(Number), expect.stringMatching(/^[0-9a-f]+$/)]]);
      expect(printed[0]![0]).toBeGreaterThan(0);
    }
  });

  it('names only what the package exports in its examples', () => {
    for (const code of blocks)
      for (const [, names] of code.matchAll(/import \{([^}]+)\} from 'understudy'/g))
        for (const name of names!.split(',')) expect(understudy).toHaveProperty(name.trim());
  });

  it('has the two commands as lines that can be pasted', () => {
    const lines = readme.split('\n');
    expect(lines).toContain('npm ci && npm start');
    expect(lines).toContain('npm ci && npm test');
  });
});
